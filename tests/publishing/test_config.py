"""The file of publishers: docs/publishing.md's example loads, and what is wrong is said without a secret."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from pipeline.publish import JsonLinesPublisher
from pipeline.publishers.base import Taken
from pipeline.publishers.config import PublishersError, load_publishers
from pipeline.publishers.file import FilePublisher
from pipeline.publishers.make import make_publisher
from pipeline.publishers.run import PublisherThreads, followers_of
from pipeline.publishers.webhook import WebhookPublisher
from pipeline.settings import Settings, SettingsError
from pipeline.wiring import build
from receipts.identity import ProgramId
from tests.support.messages import message

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "publishing.md").read_text(encoding="utf-8")
SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
SUNNY = ProgramId("sunny")


def written(folder: Path, text: str) -> Path:
    path = folder / "publishers.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_of_the_page_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    loaded = load_publishers(written(tmp_path, example))[SUNNY]
    assert [each.kind for each in loaded.values()] == ["webhook", "sqs", "sns", "amqp", "file"]
    named = {field for each in loaded.values() for field in type(each).model_fields}
    assert {field for field in named if f"`{field}`" not in PAGE} == set(), "keys that the page leaves out"


WEBHOOK = 'kind = "webhook"\nsecrets = [{env = "HOOK"}]\n'
WRONG = {
    f'{WEBHOOK}url = "http://core.example.com/"': "https://HOST/PATH",
    f'{WEBHOOK}url = "https://me:hunter2@core.example.com/"': "no user, password",
    'kind = "webhook"\nurl = "https://core.example.com/"\nsecrets = ["whsec_hunter2"]': "secrets.0",
    'kind = "webhook"\nurl = "https://core.example.com/"\nsecrets = []': "at least 1",
    'kind = "webhook"\nurl = "https://core.example.com/"\nsecrets = [{env = "A", file = "/b"}]': "either env",
    'kind = "sqs"\nqueue_url = "https://sqs.example.com/1/points"': "ends in .fifo",
    'kind = "sns"\ntopic_arn = "arn:aws:sns:eu-central-1:123456789012:points"': "of a FIFO topic",
    'kind = "amqp"\nurl = "amqp://me:hunter2@host/"\nqueue = "q"': "no password",
    'kind = "amqp"\nurl = "amqp://me@host/"': "a queue or an exchange",
    'kind = "amqp"\nurl = "amqp://me@host/"\nqueue = "q"\nparallel = 2': "parallel",
    'kind = "fax"': "kind",
    'kind = "file"\npath = "a"\nbogus = 1': "bogus",
    "kind = ": "publishers.toml",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_said_with_its_place_and_without_secrets(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, f"[program.sunny.publisher.core]\n{text}\n")
    with pytest.raises(PublishersError) as caught:
        load_publishers(path)
    assert WRONG[text] in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_name_is_plain(tmp_path: Path) -> None:
    path = written(tmp_path, '[program.sunny.publisher."Core Service"]\nkind = "file"\npath = "a"\n')
    with pytest.raises(PublishersError, match="1 to 40 of a to z"):
        load_publishers(path)


def test_a_wrong_file_stops_the_start(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, publishers_file=written(tmp_path, "[program.sunny.publisher.x]"))
    with pytest.raises(SettingsError, match="TILLPOINTS_PUBLISHERS_FILE"):
        build(settings)


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "secret"
    two = f'secrets = [{{env = "HOOK"}}, {{file = "{secret}"}}]'
    path = written(
        tmp_path,
        f'[program.sunny.publisher.core]\nkind = "webhook"\nurl = "https://core.example.com/"\n{two}\n',
    )
    settings = load_publishers(path)[SUNNY]["core"]
    monkeypatch.setenv("HOOK", SECRET)
    with pytest.raises(SettingsError, match=r"sunny\.core.*cannot be read"):
        make_publisher(settings, where="sunny.core", lines=JsonLinesPublisher)
    secret.write_text("whsec_short\n")
    with pytest.raises(SettingsError, match="24 to 64 random bytes"):
        make_publisher(settings, where="sunny.core", lines=JsonLinesPublisher)
    secret.write_text(f"{SECRET}\n")
    made = make_publisher(settings, where="sunny.core", lines=JsonLinesPublisher)
    assert isinstance(made, WebhookPublisher)
    monkeypatch.delenv("HOOK")
    with pytest.raises(SettingsError, match="HOOK is empty or not set"):
        make_publisher(settings, where="sunny.core", lines=JsonLinesPublisher)


def test_a_file_is_a_publisher_too(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    publisher = FilePublisher(path, JsonLinesPublisher(path))
    assert publisher.send(message()) == Taken()
    assert publisher.check() == str(path)
    assert len(path.read_text().splitlines()) == 1


def test_the_relays_threads_follow_each_publisher_and_end_in_good_order(tmp_path: Path) -> None:
    import threading

    from tests.support.ready import make_ready

    text = "".join(
        f'[program.sample.publisher.{name}]\nkind = "file"\npath = "{tmp_path}/{name}.jsonl"\n'
        for name in ("one", "two")
    )
    wiring = build(Settings(data_dir=tmp_path / "data", publishers_file=written(tmp_path, text)))
    make_ready(wiring)
    stop = threading.Event()
    threads = PublisherThreads(followers_of(wiring), poll_s=0.01, stop=stop)
    threads.start()
    stop.wait(0.1)
    stop.set()
    threads.join()
    with wiring.database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM publishers").scalar() == 2
        assert session.connection().exec_driver_sql("SELECT count(*) FROM leases").scalar() == 0
    wiring.close()
