"""Bring a whole plan into the store, and write it out again: facts as schema.rules.plan_file checks them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from db.connection import transaction
from db.edit import amend, rows
from db.edit.rows import Row

LISTED = ("deadlines", "sections", "indicators", "milestones")
"""The lists that a plan file has even where they are empty."""
BUNDLED = Path(__file__).parents[1] / "plans" / "hunnan-2021.json"
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
        amend.apply(connection, facts, amend.stored(connection, plan["id"]), advance=advance)


def export(connection: sqlite3.Connection, plan_id: str) -> Row | None:
    """Return a plan as its plan file holds it, from one state of the store; None if there is none."""
    connection.execute("BEGIN")
    try:
        held = facts(amend.stored(connection, plan_id))
    finally:
        connection.execute("ROLLBACK")
    return document(held) if held else None


def facts(held: amend.Rows) -> Row | None:
    """Return the facts of a plan by part from its rows, every member there; None if there is no such plan."""
    if not held["plan"]:
        return None
    (plan,) = (rows.facts("plan", row) for row in held["plan"].values())
    found: Row = {"plan": plan}
    for table, part in list(amend.PARTS.items())[1:]:
        items = list(held[table].values())
        if table in amend.PLACED:
            items.sort(key=lambda row: (row["position"], row["id"]))
        found[part] = [rows.facts(table, row) for row in items]
    for deadline in found["deadlines"]:
        deadline["beyond_period"] = deadline["due_on"] > plan["period_end"]
    return found


def document(held: Row) -> Row:
    """Return the facts of a plan as its plan file has them: without what is null, empty or false."""
    head = {"format": "plan-indicators", "format_version": 1, "plan": {}}
    return {**head, **{part: [] for part in LISTED}, **_said(held)}


def _said(value: Any) -> Any:
    """Leave out what need not be said; zero is a value."""
    if isinstance(value, list):
        return [_said(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {name: _said(member) for name, member in value.items()}
    return {name: member for name, member in kept.items() if member not in (None, [], {}) and member is not False}
