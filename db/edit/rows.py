"""Facts as schema.rules.plan_file checks them, turned into the columns of their tables and back."""

import json
from collections.abc import Iterable
from typing import Any

from db.resource import OBJECTS, STAMPS, UNSHOWN
from db.schema import SEARCHED
from db.text.fold import spelling

Row = dict[str, Any]

SEARCHED_MEMBERS = ("title", "title_en", "name", "name_en", "lead_department")
"""What a search looks through, in this order."""


def columns(table: str, facts: Row) -> Row:
    """Return the columns of an item, without its place in the outline and its date.

    The members of an object become columns with its name before theirs.
    """
    row: Row = {}
    for name, value in facts.items():
        if name in OBJECTS:
            row |= {f"{name}_{member}": each for member, each in value.items()}
        elif name != "beyond_period":  # whether a deadline lies beyond the plan's period is seen from its date
            row[name] = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
    if table in SEARCHED:
        row["tokens"] = spelling(facts.get(name) for name in SEARCHED_MEMBERS)
    return row


FOLLOWING = {
    "plan": set[str](),
    "section": {"plan_id", "level", "position"},
    "deadline": {"plan_id"},
    "indicator": {
        "plan_id", "position", "due_on", "target_normalized_value", "target_normalized_upper", "target_base_unit",
    },
    "milestone": {"plan_id", "position", "due_on"},
    "observation": {"plan_id", "period_end"},
}  # fmt: skip
"""Columns that follow from other facts of the plan."""


def facts(table: str, row: Row) -> Row:
    """Return the facts of an item from its columns, every member there."""
    found: Row = {}
    for name, value in row.items():
        group, _, member = name.partition("_")
        if name in UNSHOWN or name in STAMPS or name in FOLLOWING[table]:
            continue
        if group in OBJECTS:
            found.setdefault(group, {})[member] = value
        else:
            found[name] = json.loads(value) if name == "departments" else value
    if table == "indicator" and found["target"]["value"] is not None:
        found["target"]["text"] = None  # derived where there is a value
    return found


def levels(sections: Iterable[Row]) -> dict[str | None, int]:
    """Return how deep each section stands, a parent before its children; 0 above them all."""
    found: dict[str | None, int] = {None: 0}
    for facts in sections:
        found[facts["id"]] = found.get(facts["parent_id"], 0) + 1
    return found
