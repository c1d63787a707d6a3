"""Deadlines as an iCalendar feed (RFC 5545) that a calendar program can subscribe to."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

PRODUCT = "-//Plan Indicators//Deadlines//ZH"
REMINDERS = (30, 7)
"""Days before a deadline at which a calendar program reminds."""


def feed(rows: Iterable[tuple[bytes]], root: str) -> Iterator[bytes]:
    """Write a calendar with an all-day event for each deadline (JSON text with its plan included)."""
    from icalendar import Calendar  # noqa: PLC0415  (0.1 s that the service starts without)

    frame = Calendar()
    frame.add("prodid", PRODUCT)
    frame.add("version", "2.0")
    frame.add("calscale", "GREGORIAN")
    frame.add("method", "PUBLISH")
    frame.add("x-wr-calname", "规划指标到期日 / Plan deadlines")
    head, tail = frame.to_ical().split(b"END:VCALENDAR")
    yield head
    for (text,) in rows:
        yield _event(json.loads(text), root)
    yield b"END:VCALENDAR" + tail


def _event(deadline: dict[str, Any], root: str) -> bytes:
    """Write one deadline: the same UID for ever, a SEQUENCE that follows its version."""
    from icalendar import Alarm, Event  # noqa: PLC0415  (as above)

    plan, counts = deadline["plan"], deadline["counts"]
    due = date.fromisoformat(deadline["due_on"])
    event = Event()
    event.add("uid", f"{deadline['id']}@plan-indicators")
    event.add("dtstamp", datetime.fromisoformat(deadline["updated_at"]))
    event.add("last-modified", datetime.fromisoformat(deadline["updated_at"]))
    event.add("sequence", deadline["version"] - 1)
    event.add("dtstart", due)
    event.add("dtend", due + timedelta(days=1))
    event.add("summary", f"{plan['title']}: {deadline['label']}")
    event.add(
        "description",
        f"{counts['indicators']} 项指标, {counts['milestones']} 项任务到期"
        f" / {counts['indicators']} indicators and {counts['milestones']} milestones are due.",
    )
    event.add("url", f"{root}/v1/deadlines/{deadline['id']}")
    event.add("transp", "TRANSPARENT")
    event.add("status", "CANCELLED" if plan["status"] == "withdrawn" else "CONFIRMED")
    for days in REMINDERS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{deadline['label']}: {days} 天 / days")
        alarm.add("trigger", timedelta(days=-days))
        event.add_component(alarm)
    written: bytes = event.to_ical()
    return written
