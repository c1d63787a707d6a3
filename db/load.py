"""Bring a whole plan into the store, and write it out again: facts as schema.plan_file checks them."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from db import amend
from db.connection import transaction
from db.deadlines import DEADLINE
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.observations import OBSERVATION
from db.plans import PLAN
from db.resource import Resource
from db.rows import Row
from db.sections import SECTION
from db.shapes import Fields, json_object

LISTED = ("deadlines", "sections", "indicators", "milestones")
"""The lists that a plan file has even where they are empty."""
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
        amend.apply(connection, facts, advance=advance)


def export(connection: sqlite3.Connection, plan_id: str) -> Row | None:
    """Return a plan as its plan file holds it, without what is null, empty or false; None if there is none."""
    connection.execute("BEGIN")
    try:
        return document(connection, plan_id)
    finally:
        connection.execute("ROLLBACK")


def document(connection: sqlite3.Connection, plan_id: str) -> Row | None:
    """Return the same within a transaction that is running already."""
    held = facts(connection, plan_id)
    head = {"format": "plan-indicators", "format_version": 1, "plan": {}}
    return {**head, **{part: [] for part in LISTED}, **_said(held)} if held else None


def facts(connection: sqlite3.Connection, plan_id: str) -> Row | None:
    """Return the facts of a plan by part, every member there, within a running transaction; None if there is none."""
    plans = _facts(connection, PLAN, "id = :plan", "key", plan_id)
    if not plans:
        return None
    parts = {
        "deadlines": _facts(connection, DEADLINE, "plan_id = :plan", "key", plan_id),
        "sections": _facts(connection, SECTION, "plan_id = :plan", "position, {row}.id", plan_id),
        "indicators": _facts(connection, INDICATOR, "plan_id = :plan", "position, {row}.id", plan_id),
        "milestones": _facts(connection, MILESTONE, "plan_id = :plan", "position, {row}.id", plan_id),
        "observations": _facts(connection, OBSERVATION, "plan_id = :plan", "key", plan_id),
    }
    return {"plan": plans[0], **parts}


DERIVED = {"plan_id", "area_code_system", "version", "created_at", "updated_at"}
"""Stored members that the store adds to the facts of every item."""
FOLLOWING = {"section": {"level", "position"}, "indicator": {"due_on"}, "milestone": {"due_on"}}
"""Stored members that follow from other facts of the plan."""
TARGET = ("comparator", "value", "upper", "tolerance", "unit")
"""What is said of a target; the rest follows, but for the text of one without a value."""


def facts_of(resource: Resource) -> Fields:
    """Return the members of a resource that are facts, in the shape of the plan file."""
    left_out = DERIVED | FOLLOWING.get(resource.name, set())
    fields: dict[str, Any] = {name: value for name, value in resource.record.items() if name not in left_out}
    if resource.name == "deadline":
        fields["beyond_period"] = resource.fields["beyond_period"]
    if resource.name == "indicator":
        target = {name: fields["target"][name] for name in TARGET}
        fields["target"] = {**target, "text": "CASE WHEN i.target_value IS NULL THEN i.target_text END"}
    return fields


def _facts(
    connection: sqlite3.Connection, resource: Resource, condition: str, order: str, plan_id: str
) -> list[dict[str, Any]]:
    row = resource.row
    found = connection.execute(
        f"SELECT {json_object(facts_of(resource))} FROM {resource.name} {row}"
        f" WHERE {row}.{condition} ORDER BY {row}.{order.format(row=row)}",
        {"plan": plan_id},
    )
    return [json.loads(text) for (text,) in found]


def _said(value: Any) -> Any:
    """Leave out what need not be said; zero is a value."""
    if isinstance(value, list):
        return [_said(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _said(member) for name, member in value.items()}
    return {name: member for name, member in kept.items() if member not in (None, [], {}) and member is not False}
