"""Facts as schema.plan_file checks them, turned into the columns of their tables."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from db.fold import spelling

Row = dict[str, Any]

SEARCHED = ("title", "title_en", "name", "name_en", "lead_department")
"""What a search looks through, in this order."""


def plan(facts: Row) -> Row:
    """Return the columns of a plan."""
    return _plain(facts) | {f"source_{name}": value for name, value in facts["source"].items()}


def deadline(facts: Row) -> Row:
    """Return the columns of a deadline: whether it lies beyond the plan's period is seen from its date."""
    return {name: value for name, value in facts.items() if name != "beyond_period"}


def section(facts: Row) -> Row:
    """Return the columns of a section, without its place in the outline."""
    return {**_plain(facts), **_place(facts), "tokens": _tokens(facts)}


def milestone(facts: Row) -> Row:
    """Return the columns of a milestone, without its place and its date."""
    departments = json.dumps(facts["departments"], ensure_ascii=False)
    return {**_plain(facts), **_place(facts), "departments": departments, "tokens": _tokens(facts)}


def indicator(facts: Row) -> Row:
    """Return the columns of an indicator, without its place and its date."""
    row = milestone(facts)
    target, baseline = dict(row.pop("target")), row.pop("baseline")
    text = target.pop("text")
    return {
        **row,
        **target,
        "target_text": text,
        "baseline_value": baseline["value"],
        "baseline_period": baseline["period"],
    }


COLUMNS: dict[str, Callable[[Row], Row]] = {
    "plan": plan,
    "deadline": deadline,
    "section": section,
    "indicator": indicator,
    "milestone": milestone,
    "observation": dict,
}


def levels(sections: Iterable[Row]) -> dict[str | None, int]:
    """Return how deep each section stands, a parent before its children; 0 above them all."""
    found: dict[str | None, int] = {None: 0}
    for facts in sections:
        found[facts["id"]] = found.get(facts["parent_id"], 0) + 1
    return found


def _plain(facts: Row) -> Row:
    return {name: value for name, value in facts.items() if name != "source"}


def _place(facts: Row) -> Row:
    return {f"source_{name}": value for name, value in facts["source"].items()}


def _tokens(facts: Row) -> str:
    return spelling(facts.get(name) for name in SEARCHED)
