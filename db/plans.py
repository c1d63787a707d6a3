"""Plans: what is published, for which area and period; and the filters that all their parts share."""

import json
import sqlite3
from collections.abc import Collection

from db.resource import Condition, Filter, Resource, any_of, compare, members, prefix, record

AREA, LEVEL = prefix("p.area_code"), any_of("p.level")


def owned(row: str, index: str) -> dict[str, Filter]:
    """Describe the filters that every part of a plan shares; `index` finds the parts of a plan."""
    return {
        "plan": Filter(any_of(f"{row}.plan_id"), found_by=index),
        "area": Filter(_of_plans(row, AREA)),
        "level": Filter(_of_plans(row, LEVEL)),
    }


def _of_plans(row: str, condition: Condition) -> Condition:
    return lambda bind, values: f"{row}.plan_id IN (SELECT p.id FROM plan p WHERE {condition(bind, values)})"


def _count(table: str) -> str:
    return f"(SELECT count(*) FROM {table} WHERE {table}.plan_id = p.id)"


COUNTS = {
    "sections": _count("section"),
    "indicators": _count("indicator"),
    "milestones": _count("milestone"),
    "deadlines": _count("deadline"),
}

_STORED = list(record("plan", "p").items())
_AREA = [name for name, _ in _STORED].index("area_code") + 1
RECORD = dict([*_STORED[:_AREA], ("area_code_system", "'GB/T 2260'"), *_STORED[_AREA:]])

PLAN = Resource(
    name="plan",
    alias="p",
    record=RECORD,
    fields=members(RECORD, {"counts": COUNTS}),
    filters={
        "plan": Filter(any_of("p.id"), found_by="plan_by_id"),
        "area": Filter(AREA),
        "level": Filter(LEVEL),
        "status": Filter(any_of("p.status")),
        "period_from": Filter(compare("p.period_end", ">=")),
        "period_to": Filter(compare("p.period_start", "<=")),
        "updated_since": Filter(compare("p.updated_at", ">=")),
    },
    sorts={
        "id": "p.id",
        "title": "p.title",
        "area_code": "p.area_code",
        "period_start": "p.period_start",
        "updated_at": "p.updated_at",
    },
    order=("id",),
)


def present(connection: sqlite3.Connection, ids: Collection[str]) -> set[str]:
    """Return those of the ids that are plans."""
    found = connection.execute(
        "SELECT id FROM plan WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([*ids]),)
    )
    return {plan_id for (plan_id,) in found}
