"""One webhook: told in order, at least once, again and again, with a clock that a test moves by hand."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from db import connection
from db.clients import deliveries, webhooks
from db.log import changes
from deliver import courier
from deliver.courier import RETRIES, Office, step
from deliver.post import Answer
from schema.answers.target import Networks
from tests.api.contract import validator
from tests.conftest import WEBHOOK
from tests.edits import edit

OK, FAILED = Answer(204), Answer(500)


class Desk:
    """Hold an office whose receiver answers as the test says, and whose clock stands still."""

    def __init__(self, store: Path) -> None:
        self.store = store
        self.now = 1_800_000_000.0
        self.answers: list[Answer] = []
        self.sent: list[tuple[str, dict[str, str], Any]] = []
        self.office = Office(store, "/v1/changes", (), self.send, lambda: self.now, lambda: 0.5)

    def send(self, url: str, headers: dict[str, str], body: bytes, private: Networks) -> Answer:
        assert private == ()
        self.sent.append((url, headers, json.loads(body)))
        return self.answers.pop(0) if self.answers else OK

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.sent]

    def steps(self) -> list[str]:
        """Make attempts while there are any due; return what came of each."""
        outcomes = []
        while outcome := step(self.office, WEBHOOK):
            outcomes.append(outcome.status)
        return outcomes

    def told(self) -> list[deliveries.Delivery]:
        """Return all messages, oldest first."""
        with deliveries.opened(self.store) as opened:
            return [each for _, each in deliveries.select(opened, WEBHOOK, (), None, 10_000)][::-1]

    def position(self) -> deliveries.Position | None:
        with deliveries.opened(self.store) as opened:
            return deliveries.position(opened, WEBHOOK)


@pytest.fixture
def desk(store: Path) -> Desk:
    return Desk(store)


@pytest.fixture
def change(writer: sqlite3.Connection) -> Callable[[], None]:
    """Change a milestone: one change."""

    def make() -> None:
        with connection.transaction(writer, "test"):
            writer.execute("UPDATE milestone SET version = version + 1 WHERE code = '2.2.m01'")

    return make


def alter(writer: sqlite3.Connection, **facts: Any) -> None:
    with connection.transaction(writer, "test"):
        found = webhooks.get(writer, WEBHOOK)
        assert found is not None
        webhooks.update(writer, found._replace(**facts))


def test_nothing_has_happened_so_nothing_is_sent(desk: Desk) -> None:
    assert step(desk.office, WEBHOOK) is None
    assert step(desk.office, "wh-none") is None
    assert desk.sent == []


def test_every_change_is_told_once_in_order_as_the_feed_gives_it(desk: Desk, writer: sqlite3.Connection) -> None:
    begin = changes.feed(writer)
    for seed in range(30):
        edit(writer, Random(seed))
    rows = changes.since(writer, begin.latest, (), (), 1000)
    assert set(desk.steps()) == {"delivered"}
    assert desk.ids == [f"{begin.lineage}-{seq}" for seq, _ in rows]
    assert [body["data"] for _, _, body in desk.sent] == [json.loads(record) for _, record in rows]
    assert desk.steps() == []
    assert {url for url, _, _ in desk.sent} == {"https://receiver.example/"}
    for _, _, event in desk.sent:
        validator("/components/schemas/Event").validate(event)


def test_a_store_that_has_lost_what_was_told_says_so(desk: Desk, writer: sqlite3.Connection) -> None:
    feed = changes.feed(writer)
    with deliveries.opened(desk.store) as told:
        deliveries.move(told, WEBHOOK, deliveries.Position(f"{feed.lineage}-{feed.latest + 1}", None))
    assert desk.steps() == ["delivered"]
    (_, _, event) = desk.sent[0]
    assert event["type"] == "plan-indicators.reset"
    assert event["data"] == {"cursor": f"{feed.lineage}-{feed.latest}"}


def test_only_what_it_asks_for_is_told(desk: Desk, writer: sqlite3.Connection, change: Callable[[], None]) -> None:
    alter(writer, resources=["milestone"], plans=["hunnan-2021"])
    with connection.transaction(writer, "test"):
        writer.execute("UPDATE indicator SET version = version + 1 WHERE code IN ('2.2.01', '2.2.02')")
    change()
    assert desk.steps() == ["delivered"]
    assert desk.sent[0][2]["type"] == "plan-indicators.milestone.update"
    alter(writer, plans=["other-2021"])
    change()
    assert desk.steps() == []


def test_what_need_not_be_looked_at_again_is_written_down_now_and_then(
    desk: Desk, writer: sqlite3.Connection, change: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "SKIPPED", 2)
    alter(writer, resources=["plan"])
    change()
    change()
    assert desk.steps() == []
    assert desk.position() is None
    change()
    assert desk.steps() == []
    assert desk.position() == deliveries.Position(changes.position(writer), None)


def test_a_message_that_fails_is_tried_again_at_growing_intervals_and_then_is_dead(
    desk: Desk, change: Callable[[], None], writer: sqlite3.Connection
) -> None:
    change()
    change()
    webhook = webhooks.get(writer, WEBHOOK)
    assert webhook is not None
    desk.answers = [FAILED] * (len(RETRIES) + 1)
    assert desk.steps() == ["retrying"]
    assert desk.position() == deliveries.Position(webhook.since, "2027-01-15T08:00:00.000000Z")
    for number, wait in enumerate(RETRIES, 1):
        desk.now += wait * 1.05 - 0.5
        assert desk.steps() == []
        desk.now += 0.5
        last = number == len(RETRIES)
        assert desk.steps() == (["dead", "delivered"] if last else ["retrying"])
    assert len(set(desk.ids[:-1])) == 1
    assert len(desk.sent) == len(RETRIES) + 2
    stamps = [int(headers["webhook-timestamp"]) for _, headers, _ in desk.sent]
    assert stamps[-1] - stamps[0] == int(sum(RETRIES) * 1.05)
    dead, delivered = desk.told()
    assert (dead.status, dead.attempts, dead.answer, dead.due) == ("dead", len(RETRIES) + 1, 500, None)
    assert (delivered.status, delivered.attempts) == ("delivered", 1)
    assert desk.position() == deliveries.Position(changes.position(writer), None)


def test_the_order_holds_while_a_message_is_tried_again(desk: Desk, change: Callable[[], None]) -> None:
    change()
    desk.answers = [FAILED, Answer(None, "No answer within 15 s."), OK, OK]
    assert desk.steps() == ["retrying"]
    change()
    assert desk.steps() == []
    desk.now += 6
    assert desk.steps() == ["retrying"]
    assert desk.told()[0].error == "No answer within 15 s."
    desk.now += 400
    assert desk.steps() == ["delivered", "delivered"]
    assert desk.ids[0] == desk.ids[1] == desk.ids[2] < desk.ids[3]
    assert [each.attempts for each in desk.told()] == [3, 1]


@pytest.mark.parametrize("status", [301, 302, 400, 401, 404, 429, 503])
def test_any_other_answer_is_a_failure(desk: Desk, change: Callable[[], None], status: int) -> None:
    change()
    desk.answers = [Answer(status)]
    assert desk.steps() == ["retrying"]
    assert desk.told()[0].answer == status


@pytest.mark.parametrize(("asked", "given"), [(1, 5.25), (600, 600), (10**9, 86_400)])
def test_a_receiver_that_asks_for_time_is_given_it(
    desk: Desk, change: Callable[[], None], asked: float, given: float
) -> None:
    change()
    desk.answers = [Answer(503, None, asked)]
    desk.steps()
    assert desk.told()[0].due == desk.now + given


def test_a_receiver_that_is_gone_is_not_told_any_more_until_it_is_made_active(
    desk: Desk, change: Callable[[], None], writer: sqlite3.Connection
) -> None:
    change()
    desk.answers = [Answer(410)]
    assert desk.steps() == ["retrying"]
    found = webhooks.get(writer, WEBHOOK)
    assert found is not None
    assert (found.state, found.reason, found.version) == ("disabled", "The receiver answered 410 Gone.", 2)
    desk.now += 10**7
    assert desk.steps() == []
    alter(writer, state="active", reason=None)
    assert desk.steps() == ["delivered"]
    assert desk.ids[0] == desk.ids[1]


def test_a_webhook_changed_while_its_receiver_says_gone_stays_as_it_was_changed(
    desk: Desk, change: Callable[[], None], writer: sqlite3.Connection
) -> None:
    change()
    send = desk.send

    def meanwhile(*given: Any) -> Answer:
        send(*given)
        alter(writer, url="https://new.example/")
        return Answer(410)

    step(desk.office._replace(send=meanwhile), WEBHOOK)
    assert desk.steps() == ["delivered"]
    assert [url for url, _, _ in desk.sent] == ["https://receiver.example/", "https://new.example/"]


def test_what_is_paused_is_held_back_and_then_told(
    desk: Desk, change: Callable[[], None], writer: sqlite3.Connection
) -> None:
    alter(writer, state="paused")
    change()
    assert desk.steps() == []
    alter(writer, state="active")
    assert desk.steps() == ["delivered"]


def test_a_change_of_the_webhook_makes_the_next_attempt_due(
    desk: Desk, change: Callable[[], None], writer: sqlite3.Connection
) -> None:
    change()
    desk.answers = [FAILED]
    assert desk.steps() == ["retrying"]
    alter(writer, description="Mended.")
    assert desk.steps() == ["delivered"]


def ask(desk: Desk, message: deliveries.Delivery) -> None:
    with deliveries.opened(desk.store) as opened:
        deliveries.record(opened, WEBHOOK, message._replace(status="queued"))


PING = deliveries.Delivery("ping-1", "ping", "queued", 0, None, None, "2026-11-23T08:00:00.000000Z", None, None, 1)


def test_a_test_message_is_tried_once(desk: Desk) -> None:
    ask(desk, PING)
    assert desk.steps() == ["delivered"]
    assert desk.sent[0][2]["data"] == {"webhook_id": WEBHOOK}
    ask(desk, PING._replace(id="ping-2"))
    desk.answers = [FAILED]
    assert desk.steps() == ["dead"]
    assert desk.position() is None


def test_a_message_is_told_once_more_if_asked_for(desk: Desk, change: Callable[[], None]) -> None:
    change()
    change()
    desk.steps()
    reached = desk.position()
    ask(desk, desk.told()[0])
    assert desk.steps() == ["delivered"]
    assert desk.ids[2] == desk.ids[0]
    assert desk.sent[2][2] == desk.sent[0][2]
    assert desk.told()[0].attempts == 2
    assert desk.position() == reached


def test_what_is_told_once_more_to_a_receiver_that_is_gone_disables_it_too(
    desk: Desk, writer: sqlite3.Connection
) -> None:
    ask(desk, PING)
    desk.answers = [Answer(410)]
    assert desk.steps() == ["dead"]
    assert webhooks.get(writer, WEBHOOK).state == "disabled"  # type: ignore[union-attr]


def test_a_change_that_is_forgotten_cannot_be_told_again(
    desk: Desk, change: Callable[[], None], writer: sqlite3.Connection
) -> None:
    change()
    desk.steps()
    with connection.transaction(writer, "test"):
        changes.prune(writer, connection.now())
    ask(desk, desk.told()[0])
    assert desk.steps() == ["dead"]
    assert desk.told()[0].error == "The change is no longer available."
    assert len(desk.sent) == 1


@pytest.mark.parametrize("tried", [False, True])
@pytest.mark.parametrize("lost", ["pruned", "restored"])
def test_who_cannot_be_told_what_happened_is_told_to_copy_anew(
    desk: Desk, change: Callable[[], None], writer: sqlite3.Connection, lost: str, *, tried: bool
) -> None:
    change()
    change()
    if tried:
        desk.answers = [FAILED]
        desk.steps()
        desk.now += 10
    with connection.transaction(writer, "test"):
        changes.prune(writer, connection.now()) if lost == "pruned" else changes.part(writer)
    desk.answers = [FAILED]
    cursor = changes.position(writer)
    assert desk.steps() == (["dead", "retrying"] if tried else ["retrying"])
    desk.now += 10
    assert desk.steps() == ["delivered"]
    event = desk.sent[-1][2]
    assert (event["id"], event["type"], event["data"]) == (
        f"{cursor}-reset",
        "plan-indicators.reset",
        {"cursor": cursor},
    )
    assert desk.position() == deliveries.Position(cursor, None)
    change()
    assert desk.steps() == ["delivered"]


def test_who_is_killed_before_writing_down_sends_the_same_again(
    desk: Desk, change: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    change()

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(deliveries, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            step(desk.office, WEBHOOK)
    desk.now += 100
    assert desk.steps() == ["delivered"]
    (_, first, body), (_, second, again) = desk.sent
    assert first["webhook-id"] == second["webhook-id"]
    assert body == again
    assert first["webhook-signature"] != second["webhook-signature"]  # of another moment


def test_if_what_was_told_is_lost_everything_is_told_anew(desk: Desk, change: Callable[[], None]) -> None:
    change()
    desk.steps()
    deliveries.beside(desk.store).unlink()
    assert desk.steps() == ["delivered"]
    assert desk.ids[0] == desk.ids[1]


def test_telling_leaves_no_mark_in_the_store(desk: Desk, change: Callable[[], None], store: Path) -> None:
    change()
    state = connection.watch(store)
    before = state()
    assert desk.steps() == ["delivered"]
    assert state() == before


def test_the_last_delivered_messages_are_remembered_and_all_others(
    desk: Desk, change: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "KEPT", 2)
    for _ in range(4):
        change()
    ask(desk, PING)
    desk.answers = [FAILED]
    desk.steps()
    assert [each.status for each in desk.told()] == ["dead", "delivered", "delivered"]
    with deliveries.opened(desk.store) as opened:
        deliveries.forget(opened, WEBHOOK)
    assert desk.told() == []
    assert desk.position() is None
