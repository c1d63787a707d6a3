"""What tallies tell of all indicators is what is counted row by row, on any date."""

import sqlite3
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import lists, summaries
from db.indicators import INDICATOR
from db.resource import Ask
from db.status import STATUSES
from db.summaries import GROUPS
from tests.db.small import clear, context, indicator, observation, put, rows

Drawn = tuple[dict[str, Any], str | None, float]
DATES = ("2021-12-31", "2022-01-31", "2022-02-18", "2022-02-19", "2022-02-20", "2022-04-09", "2022-04-10", "2022-04-11")
DUE = ("p.due-2022-02-19", "p.due-2022-04-10")


@st.composite
def items(draw: st.DrawFn) -> Drawn:
    members = {
        "kind": draw(st.sampled_from(["increment", "level", "share"])),
        "deadline_id": draw(st.sampled_from(DUE)),
        "lead_department": draw(st.sampled_from([None, "甲局", "乙局"])),
    }
    if draw(st.booleans()):
        members["target"] = {"comparator": "relative", "text": "如文"}
    return members, draw(st.sampled_from([None, "2022-01", "2022-02", "2022-03"])), draw(st.integers(-5, 120))


def by_rows(store: sqlite3.Connection, by: str, at: str) -> dict[Any, dict[str, int]]:
    """Count what a list shows."""
    found: dict[Any, dict[str, int]] = {}
    levels = dict(store.execute("SELECT id, level FROM plan"))
    for row in rows(store, INDICATOR, context=context(at)):
        keys = {
            **row,
            **row["target"],
            "level": levels[row["plan_id"]],
            "department": row["lead_department"],
            "status": row["progress"]["status"],
            "area": "210112",
            **{name: row[f"{name}_id"] for name in ("plan", "section", "deadline")},
        }
        group = found.setdefault(keys[by], dict.fromkeys(STATUSES, 0))
        group[row["progress"]["status"]] += 1
    return found


@pytest.mark.parametrize("at", DATES)
@settings(max_examples=6)
@given(drawn=st.lists(items(), min_size=30, max_size=40))
def test_tallies_tell_what_is_counted_by_row(scratch: sqlite3.Connection, drawn: list[Drawn], at: str) -> None:
    clear(scratch)
    assert not scratch.execute("SELECT 1 FROM indicator_tally WHERE indicators <> 0").fetchall()
    put(
        scratch,
        indicators=[indicator(number, **members) for number, (members, _, _) in enumerate(drawn, 1)],
        observations=[
            observation(1, number, period, value, unit=None if "target" in members else "项")
            for number, (members, period, value) in enumerate(drawn, 1)
            if period is not None
        ],
    )
    for by in GROUPS:
        statement = lists.prepare(scratch, INDICATOR, Ask(context=context(at)))
        data, groups, total = summaries.summary(scratch, statement, by, 100)
        assert {group["key"]: group["statuses"] for group in data} == by_rows(scratch, by, at)
        assert (groups, total) == (len(data), len(drawn))
