# syntax=docker/dockerfile:1
# One image for every process: `api`, `worker`, `relay`, `mailbox`, or `serve` for all in one.
# PYTHON_IMAGE takes a digest (python:3.13-slim@sha256:...), so that what was looked at is what is built (docs/deploy.md).
# None is written here: no registry could be asked where this file was written, and one that nobody has seen pins nothing.
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
RUN python -m venv /opt/build && python -m venv --without-pip /opt/tillpoints
COPY requirements.lock requirements.image.lock ./
# What a running program needs goes to its own environment; what builds it stays behind in this stage.
RUN /opt/build/bin/pip --python /opt/tillpoints/bin/python install --no-cache-dir --no-deps --require-hashes \
      -r requirements.image.lock \
 && /opt/build/bin/python -c "import re; lock = open('requirements.lock').read(); wanted = ('hatchling', 'packaging', 'pathspec', 'pluggy', 'trove-classifiers'); print(''.join(block for block in re.split(r'^(?=\S)', lock, flags=re.M) if block.split('==')[0] in wanted))" > build.lock \
 && /opt/build/bin/pip install --no-cache-dir --no-deps --require-hashes -r build.lock
COPY pyproject.toml README.md LICENSE THIRD_PARTY_NOTICES.md ./
COPY receipts receipts
COPY ingest ingest
COPY ocr ocr
COPY matching matching
COPY awarding awarding
COPY pipeline pipeline
COPY api api
COPY fixtures fixtures
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels . \
 && /opt/build/bin/pip --python /opt/tillpoints/bin/python install --no-cache-dir --no-deps /wheels/*.whl \
 && /opt/tillpoints/bin/python -m compileall -q /opt/tillpoints/lib

FROM ${PYTHON_IMAGE}
RUN useradd --create-home --uid 10001 tillpoints && install -d -o 10001 -g 10001 /data
COPY --from=build /opt/tillpoints /opt/tillpoints
USER 10001:10001
ENV PATH=/opt/tillpoints/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    TILLPOINTS_DATA_DIR=/data TILLPOINTS_HOST=0.0.0.0
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["tillpoints"]
CMD ["serve"]
