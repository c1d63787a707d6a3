"""All webhooks: told side by side; and the process that tells them, killed at random."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import CliRunner
from standardwebhooks.webhooks import Webhook

from cli import main
from db import connection
from db.clients import deliveries, webhooks
from db.log import changes
from deliver import rounds
from deliver.courier import Office
from deliver.post import Answer
from tests.api.test_server import COMMAND, TOP
from tests.conftest import WEBHOOK
from tests.deliver.receiver import OK, Receiver, Reply, receiving
from tests.edits import edit

KILLS = int(os.environ.get("WEBHOOK_KILLS", "3"))
SEED = int(os.environ.get("TORTURE_SEED", "1"))


def change(writer: sqlite3.Connection) -> None:
    with connection.transaction(writer, "test"):
        writer.execute("UPDATE milestone SET version = version + 1 WHERE code = '2.2.m01'")


def subscribe(writer: sqlite3.Connection, url: str) -> tuple[str, str]:
    """Make a webhook; return its id and secret."""
    with connection.transaction(writer, "test"):
        made, secret = webhooks.insert(writer, {"url": url, "since": changes.position(writer)})
    return made.id, secret


@pytest.fixture
def going(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Office], list[tuple[str, str]]]]:
    """Let rounds go on in a thread, until the test ends."""
    monkeypatch.setattr(rounds, "LOOK_EVERY", 0.01)
    stop, threads = Event(), []

    def start(office: Office) -> list[tuple[str, str]]:
        seen: list[tuple[str, str]] = []

        def told(key: str, delivery: deliveries.Delivery) -> None:
            seen.append((key, delivery.status))

        threads.append(Thread(target=rounds.go, args=(office, stop, told)))
        threads[-1].start()
        return seen

    yield start
    stop.set()
    for thread in threads:
        thread.join(30)


def until(condition: Callable[[], Any]) -> None:
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it never came true")


def test_a_slow_receiver_holds_up_no_other(
    store: Path, writer: sqlite3.Connection, going: Callable[[Office], list[tuple[str, str]]]
) -> None:
    slow, fast = subscribe(writer, "https://slow.example/")[0], subscribe(writer, "https://fast.example/")[0]
    waiting, release = Event(), Event()

    def send(url: str, *_: Any) -> Answer:
        if "slow" in url:
            waiting.set()
            release.wait(30)
        return Answer(204)

    seen = going(Office(store, "", (), send))
    change(writer)
    assert waiting.wait(30)
    change(writer)
    until(lambda: seen.count((fast, "delivered")) == 2 and seen.count((WEBHOOK, "delivered")) == 2)
    assert slow not in {key for key, _ in seen}
    release.set()
    until(lambda: seen.count((slow, "delivered")) == 2)


def test_a_store_that_cannot_be_read_or_written_is_tried_again(
    store: Path,
    writer: sqlite3.Connection,
    going: Callable[[Office], list[tuple[str, str]]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    deliveries.beside(store).mkdir()
    seen = going(Office(store, "", (), lambda *_: Answer(204)))
    change(writer)
    until(lambda: f"webhook {WEBHOOK}:" in caplog.text)
    writer.execute("ALTER TABLE webhook RENAME TO kept")
    until(lambda: "webhooks: no such table" in caplog.text)
    writer.execute("ALTER TABLE kept RENAME TO webhook")
    deliveries.beside(store).rmdir()
    until(lambda: seen == [(WEBHOOK, "delivered")])


STARTED: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    """Leave no process behind, whatever became of the test."""
    yield
    while STARTED:
        process = STARTED.pop()
        process.kill()
        process.wait()


def start(store: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PLAN_DATABASE": str(store), "PLAN_WEBHOOK_PRIVATE": "127.0.0.1"}
    environment["PLAN_PUBLIC_URL"] = "https://plans.gov.example"
    with store.with_suffix(".deliver").open("ab") as output:
        STARTED.append(
            subprocess.Popen([COMMAND, "deliver"], env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=TOP)
        )
    return STARTED[-1]


def test_no_change_is_lost_or_invented_however_often_it_is_killed(store: Path, writer: sqlite3.Connection) -> None:
    random = Random(SEED)
    begin = changes.feed(writer).latest
    flaky = Random(SEED + 1)

    def decide(number: int, body: Any) -> Reply:
        time.sleep(flaky.random() / 100)
        return OK

    writer.execute("DELETE FROM webhook")
    with receiving(Receiver(decide)) as receiver:
        _, secret = subscribe(writer, receiver.url)
        for round_ in range(KILLS):
            process = start(store)
            for _ in range(20):
                edit(writer, random)
                time.sleep(random.random() / 50)
            receiver.wait_for(round_ * 5 + 1)
            process.kill()
            process.wait()
        process = start(store)
        lineage = changes.feed(writer).lineage
        wanted = [f"{lineage}-{seq}" for seq, _ in changes.since(writer, begin, (), (), 10_000)]
        until(lambda: wanted[-1] in receiver.ids)
        process.terminate()
        assert process.wait(timeout=60) == 0
        first = list(dict.fromkeys(receiver.ids))
        assert first == wanted
        records = {
            f"{lineage}-{seq}": json.loads(record) for seq, record in changes.since(writer, begin, (), (), 10_000)
        }
        for _, headers, body in receiver.received:
            assert Webhook(secret).verify(body, headers)["id"] == headers["webhook-id"]
            event = json.loads(body)
            assert event["source"] == "https://plans.gov.example/v1/changes"
            assert event["data"] == records[headers["webhook-id"]]
        assert "Traceback" not in store.with_suffix(".deliver").read_text()


def test_each_attempt_is_a_line(store: Path, writer: sqlite3.Connection) -> None:
    writer.execute("DELETE FROM webhook")
    with receiving(Receiver(lambda *_: (500, {}))) as receiver:
        key, _ = subscribe(writer, receiver.url)
        change(writer)
        process = start(store)
        receiver.wait_for(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    (line,) = map(json.loads, store.with_suffix(".deliver").read_text().splitlines())
    assert line.pop("at").endswith("Z")
    assert line == {
        "webhook_id": key,
        "id": changes.position(writer),
        "status": "retrying",
        "attempts": 1,
        "answer": 500,
        "error": None,
    }


def test_two_cannot_deliver_at_once(store: Path) -> None:
    with closing(deliveries.hold(store)):
        second = CliRunner().invoke(main, ["deliver", "--database", str(store)])
    assert second.exit_code == 1
    assert "another process is delivering already" in second.stderr


def test_a_node_that_only_reads_tells_nobody(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAN_READ_ONLY", "1")
    refused = CliRunner().invoke(main, ["deliver", "--database", str(store)])
    assert refused.exit_code == 1
    assert "is read-only" in refused.stderr


def test_it_ends_when_told_to(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGTERM, signal.SIGINT)}
    seen: list[Office] = []

    def go(office: Office, stop: Event, told: Any) -> None:
        seen.append(office)
        os.kill(os.getpid(), signal.SIGTERM)
        assert stop.wait(10)

    monkeypatch.setattr("cli.deliver.go", go)
    monkeypatch.setenv("PLAN_WEBHOOK_PRIVATE", "127.0.0.1")
    try:
        ended = CliRunner().invoke(main, ["deliver", "--database", str(store)])
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)
    assert ended.exit_code == 0
    assert (seen[0].source, [str(network) for network in seen[0].private]) == ("/v1/changes", ["127.0.0.1/32"])


def test_a_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    rounds.line("wh-1", deliveries.Delivery("a-1", "change", "delivered", 1, 204, None, "", "now", None, 1))
    assert json.loads(capsys.readouterr().out)["answer"] == 204
