"""Bring a whole plan into the store, and write it out again: facts as schema.plan_file checks them."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from db.connection import changed_at, transaction
from db.deadlines import DEADLINE
from db.fold import spelling
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.observations import OBSERVATION
from db.plans import PLAN
from db.query import Fields, Resource, json_object, sparse
from db.sections import SECTION

Row = dict[str, Any]

BUNDLED = Path(__file__).parent / "plans" / "hunnan-2021.json"
"""The plan that comes with the program."""


class PlanExistsError(Exception):
    """Say that the store has a plan of this id already; nothing has been changed."""


def insert(
    connection: sqlite3.Connection,
    facts: Row,
    actor: str,
    advance: Callable[[int], None] = lambda _: None,
    at: str = "",
) -> None:
    """Insert a plan and all its parts in one transaction; `advance` is told how many rows are in.

    It is recorded as of now, or of the given moment.

    Raises PlanExistsError, and sqlite3.Error for what the store refuses; both leave the store as it was.
    """
    plan = facts["plan"]
    with transaction(connection, actor, at):
        if connection.execute("SELECT 1 FROM plan WHERE id = ?", (plan["id"],)).fetchone():
            raise PlanExistsError(f"The store has a plan {plan['id']} already")
        database = Database(connection, execute_plugins=False)
        for table, rows in parts(facts, changed_at()):
            database.table(table).insert_all(_counted(rows, advance))


def parts(facts: Row, at: str) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield the tables that a plan fills, in an order that meets every reference, each with its rows."""
    plan = facts["plan"]
    stamps = {"created_at": at, "updated_at": at}
    due_on = {deadline["id"]: deadline["due_on"] for deadline in facts["deadlines"]}
    for table, rows, extra in (
        ("plan", [_plan(plan)], stamps),
        ("deadline", facts["deadlines"], {"plan_id": plan["id"], **stamps}),
        ("section", _sections(facts["sections"]), {"plan_id": plan["id"], **stamps}),
        ("indicator", map(_indicator, _items(facts["indicators"], due_on)), {"plan_id": plan["id"], **stamps}),
        ("milestone", _items(facts["milestones"], due_on), {"plan_id": plan["id"], **stamps}),
        ("observation", facts["observations"], {"plan_id": plan["id"]}),
    ):
        yield table, ({**row, **extra} for row in rows)


def export(connection: sqlite3.Connection, plan_id: str) -> Row | None:
    """Return a plan as its plan file holds it, null members and empty lists left out; None if there is none."""
    connection.execute("BEGIN")
    try:
        plans = _facts(connection, PLAN, "id", "id = :plan", plan_id)
        if not plans:
            return None
        parts = {
            "deadlines": _facts(connection, DEADLINE, "key", "plan_id = :plan", plan_id),
            "sections": _facts(connection, SECTION, "position", "plan_id = :plan", plan_id),
            "indicators": _facts(connection, INDICATOR, "position", "plan_id = :plan", plan_id),
            "milestones": _facts(connection, MILESTONE, "position", "plan_id = :plan", plan_id),
            "observations": _facts(connection, OBSERVATION, "key", "plan_id = :plan", plan_id),
        }
        return {"format": "plan-indicators", "format_version": 1, "plan": plans[0], **_without_nulls(parts)}
    finally:
        connection.execute("ROLLBACK")


DERIVED = {
    "area_code_system", "counts", "version", "created_at", "updated_at", "plan_id", "level", "position", "statuses",
    "days_left", "state", "as_of", "due_on", "status", "light", "progress", "superseded_by",
}  # fmt: skip
"""What the service adds to the facts of a plan file."""

KEPT = {"plan": {"level", "status"}, "deadline": {"due_on"}, "milestone": {"state"}}
"""Members of these names that are facts there all the same."""

TARGET = {
    **{name: f"i.{name}" for name in ("comparator", "value", "upper", "tolerance", "unit")},
    "text": "CASE WHEN i.value IS NULL THEN i.target_text END",
}


def facts_of(resource: Resource) -> Fields:
    """Return the members of a resource that are facts, in the shape of the plan file."""
    derived = DERIVED - KEPT.get(resource.name, set())
    fields = sparse(resource.fields, [name for name in resource.fields if name not in derived])
    return {**fields, "target": TARGET} if "target" in fields else fields


def _facts(
    connection: sqlite3.Connection, resource: Resource, order: str, condition: str, plan_id: str
) -> list[dict[str, Any]]:
    rows = connection.execute(
        f"SELECT {json_object(facts_of(resource))} FROM {resource.name} {resource.key}"
        f" WHERE {resource.key}.{condition} ORDER BY {resource.key}.{order}",
        {"plan": plan_id},
    )
    return [_without_nulls(json.loads(text)) for (text,) in rows]


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    kept = {name: _without_nulls(value) if isinstance(value, dict) else value for name, value in members.items()}
    return {name: value for name, value in kept.items() if value is not None and value not in ([], {})}


def _counted(rows: Iterable[Row], advance: Callable[[int], None]) -> Iterable[Row]:
    for row in rows:
        yield row
        advance(1)


def _plan(facts: Row) -> Row:
    plain = {name: value for name, value in facts.items() if name != "source"}
    return plain | {f"source_{name}": value for name, value in facts["source"].items()}


def _sections(facts: list[Row]) -> Iterable[Row]:
    levels: dict[str, int] = {}
    for position, section in enumerate(facts, 1):
        levels[section["id"]] = level = levels.get(section["parent_id"], 0) + 1
        plain = {name: value for name, value in section.items() if name != "source"}
        yield {**plain, **_place(section), "level": level, "position": position, "tokens": _tokens(section)}


def _items(facts: list[Row], due_on: dict[str, str]) -> Iterable[Row]:
    """Yield what indicators and milestones have in common, as columns."""
    for position, item in enumerate(facts, 1):
        plain = {name: value for name, value in item.items() if name != "source"}
        yield {
            **plain,
            **_place(item),
            "position": position,
            "due_on": due_on[item["deadline_id"]],
            "departments": json.dumps(item["departments"], ensure_ascii=False),
            "tokens": _tokens(item),
        }


def _indicator(item: Row) -> Row:
    target, baseline = dict(item.pop("target")), item.pop("baseline")
    text = target.pop("text")
    return {
        **item,
        **target,
        "target_text": text,
        "baseline_value": baseline["value"],
        "baseline_period": baseline["period"],
    }


def _place(item: Row) -> Row:
    return {f"source_{name}": value for name, value in item["source"].items()}


SEARCHED = ("title", "title_en", "name", "name_en", "lead_department")


def _tokens(item: Row) -> str:
    return spelling(item.get(name) for name in SEARCHED)
