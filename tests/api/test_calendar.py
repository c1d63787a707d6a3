"""The calendar feed, read by a parser that did not write it (vobject; the feed is written by icalendar)."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import vobject

from db import connection
from tests.api.contract import ContractClient
from tests.second_plan import PLAN

pytestmark = pytest.mark.usefixtures("second")


def events(client: ContractClient, query: str = "") -> dict[str, vobject.base.Component]:
    text = client.get(f"/v1/deadlines.ics{query}").get_data(as_text=True)
    feed = vobject.readOne(text)
    return {event.uid.value: event for event in getattr(feed, "vevent_list", [])}


def test_every_deadline_is_an_all_day_event_that_a_calendar_program_reads(client: ContractClient) -> None:
    found = events(client)
    ids = [item["id"] for item in client.get("/v1/deadlines").get_json()["data"]]
    assert [*found] == [f"{deadline}@plan-indicators" for deadline in ids]
    event = found["hunnan-2021.due-2021-12-31@plan-indicators"]
    assert event.dtstart.value == date(2021, 12, 31)
    assert event.dtend.value == date(2022, 1, 1)
    assert event.sequence.value == "0"
    assert event.dtstamp.value.tzinfo is not None
    assert event.summary.value == "浑南区2021年工作计划: 2021年底"
    assert "66" in event.description.value
    assert event.url.value == "http://localhost/v1/deadlines/hunnan-2021.due-2021-12-31"
    assert event.status.value == "CONFIRMED"


def test_a_calendar_program_reminds_a_month_and_a_week_ahead(client: ContractClient) -> None:
    event = events(client, f"?plan={PLAN}")[f"{PLAN}.due-2025-06-30@plan-indicators"]
    assert [alarm.trigger.value for alarm in event.valarm_list] == [timedelta(days=-30), timedelta(days=-7)]


def test_the_feed_honours_the_filters_of_the_list(client: ContractClient) -> None:
    assert [*events(client, "?department=市发改委")] == [f"{PLAN}.due-2025-06-30@plan-indicators"]
    assert [*events(client, "?plan=none")] == []


def test_a_changed_deadline_keeps_its_uid_and_raises_its_sequence(client: ContractClient, store: Path) -> None:
    writer = connection.open_writer(store)
    with connection.transaction(writer, "test"):
        writer.execute(
            "UPDATE deadline SET due_on = '2025-07-31', version = version + 1, updated_at = changed_at() WHERE id = ?",
            (f"{PLAN}.due-2025-06-30",),
        )
    writer.close()
    event = events(client)[f"{PLAN}.due-2025-06-30@plan-indicators"]
    assert event.dtstart.value == date(2025, 7, 31)
    assert event.sequence.value == "1"


def test_the_deadlines_of_a_withdrawn_plan_are_cancelled(client: ContractClient, store: Path) -> None:
    writer = connection.open_writer(store)
    with connection.transaction(writer, "test"):
        writer.execute("UPDATE plan SET status = 'withdrawn', version = version + 1 WHERE id = ?", (PLAN,))
    writer.close()
    assert {event.status.value for event in events(client, f"?plan={PLAN}").values()} == {"CANCELLED"}


def test_lines_are_folded_and_end_as_rfc_5545_has_it(client: ContractClient) -> None:
    body = client.get("/v1/deadlines.ics").get_data()
    assert body.count(b"\n") == body.count(b"\r\n")
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
