"""Bring a plan in the store to what its facts say: rows are created, changed in the columns that differ, or deleted."""

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from db.connection import changed_at
from db.edit import rows
from db.edit.rows import Row

PARTS = {
    "plan": "plan",
    "deadline": "deadlines",
    "section": "sections",
    "indicator": "indicators",
    "milestone": "milestones",
    "observation": "observations",
}
"""The tables, each after those it refers to, with their names in a plan file."""


PLACED = ("section", "indicator", "milestone")
"""The tables whose rows have a place in the document."""


class Change(NamedTuple):
    """Tell what became of one row: created, changed, deleted or left."""

    outcome: str
    resource: str
    id: str


Rows = dict[str, dict[str, Row]]
"""The rows of a plan as they stand in the store: by table, by id, in the order of the store."""


def stored(connection: sqlite3.Connection, plan_id: str) -> Rows:
    """Read all rows of a plan; none if there is no such plan."""
    return {table: _rows(connection, table, plan_id) for table in PARTS}


def apply(
    connection: sqlite3.Connection,
    wanted: Row,
    held: Rows,
    fresh: Collection[tuple[str, str]] | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> list[Change]:
    """Make the store hold exactly this plan, within the running transaction; tell what became of each row.

    `wanted` is a plan file as schema.rules.plan_file checks it; `held` are the rows of the plan before, and afterwards
    those of the plan as it is then. `fresh` names the items (table, id) that are new or changed, where not all are: of
    the others nothing changes but what follows from these. `advance` is called with the number of rows written.
    Raises sqlite3.IntegrityError, at the latest when the transaction is committed, for a reference to nothing.
    """
    connection.execute("PRAGMA defer_foreign_keys = ON")  # rows that refer to each other come in any order
    asked = {table: dict(_asked(table, wanted, held[table], fresh)) for table in PARTS}
    versions = retired(connection, wanted["plan"]["id"])
    told = []
    for table, keys in list(_steps(asked, held)):
        for key in keys:
            version = versions.get((table, key), 0) + 1
            outcome, held[table][key] = _put(connection, table, held[table].get(key), asked[table][key], version)
            told.append(Change(outcome, table, key))
            advance(1)
    for table in reversed(PARTS):
        for key in held[table].keys() - asked[table].keys():
            connection.execute(f"DELETE FROM {table} WHERE id = ?", (key,))
            del held[table][key]
            told.append(Change("deleted", table, key))
    return told


def parts(wanted: Row, at: str) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield the tables that a new plan fills, in an order that meets every reference, each with its rows."""
    stamps = {"created_at": at, "updated_at": at}
    for table in PARTS:
        more = {} if table == "observation" else stamps
        yield table, ({**columns, **more} for _, columns in _asked(table, wanted, {}, None))


def remove_plan(connection: sqlite3.Connection, plan_id: str) -> None:
    """Delete a plan that has no parts, within the running transaction."""
    connection.execute("DELETE FROM plan WHERE id = ?", (plan_id,))


def retired(connection: sqlite3.Connection, plan_id: str) -> dict[tuple[str, str], int]:
    """Return the last version of each deleted (table, id) of a plan; none of these ids is derived again."""
    found = connection.execute(
        "SELECT resource, id, version FROM retired WHERE id = :plan OR id GLOB :plan || '.*'", {"plan": plan_id}
    )
    return {(resource, key): version for resource, key, version in found}


def positions(order: Sequence[str], held: Mapping[str, int]) -> dict[str, int]:
    """Give each id a position such that (position, id) has the order given; those held are kept where they fit."""
    ahead: int | None = None
    nexts: list[int | None] = []
    for key in reversed(order):
        nexts.append(ahead)
        ahead = held.get(key, ahead)
    found: dict[str, int] = {}
    last, before = 0, ""
    for key, following in zip(order, reversed(nexts), strict=True):
        position = held.get(key, 0)
        if not position or (position, key) <= (last, before) or position > (following or position):
            room = following is None or last + 1 < following or key <= before or last == 0
            position = last + 1 if room else last
        found[key] = position
        last, before = position, key
    return found


def _rows(connection: sqlite3.Connection, table: str, plan_id: str) -> dict[str, Row]:
    owner = "id" if table == "plan" else "plan_id"
    found = connection.execute(f"SELECT * FROM {table} WHERE {owner} = ? ORDER BY key", (plan_id,))
    names = [column[0] for column in found.description]
    return {row["id"]: row for row in (dict(zip(names, values, strict=True)) for values in found)}


def _asked(
    table: str, wanted: Row, held: dict[str, Row], fresh: Collection[tuple[str, str]] | None
) -> Iterator[tuple[str, Row]]:
    """Yield the columns of each item: those of its facts if they are fresh, and what follows from other items."""
    items = [wanted["plan"]] if table == "plan" else wanted[PARTS[table]]
    placed = table in PLACED
    before = {key: row["position"] for key, row in held.items()} if placed else {}
    places = positions([item["id"] for item in items], before) if placed else {}
    levels = rows.levels(items) if table == "section" else {}
    due_on = {deadline["id"]: deadline["due_on"] for deadline in wanted["deadlines"]}
    for item in items:
        key = item["id"]
        columns = rows.columns(table, item) if fresh is None or (table, key) in fresh else {}
        if placed:
            columns["position"] = places[key]
        if table == "section":
            columns["level"] = levels[key]
        elif placed:
            columns["due_on"] = due_on[item["deadline_id"]]
        if table != "plan":
            columns["plan_id"] = wanted["plan"]["id"]
        yield key, columns


def _steps(asked: Rows, held: Rows) -> Iterator[tuple[str, list[str]]]:
    """Order the writes: a deadline's new date comes after the items due by it, lest it cascades to them unrecorded."""
    for table in PARTS:
        yield table, [key for key in asked[table] if table != "deadline" or key not in held[table]]
    yield "deadline", [key for key in asked["deadline"] if key in held["deadline"]]


def _put(connection: sqlite3.Connection, table: str, held: Row | None, columns: Row, version: int) -> tuple[str, Row]:
    """Insert a row, or change the columns that differ and raise its version; return what became of it, and the row."""
    if held is None:
        if table != "observation":
            columns = {**columns, "version": version, "created_at": changed_at(), "updated_at": changed_at()}
        names = ", ".join(f":{name}" for name in columns)
        connection.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({names})", columns)
        return "created", columns
    changed = {name: value for name, value in columns.items() if held[name] != value}
    if not changed:
        return "left", held
    changed |= {"version": held["version"] + 1, "updated_at": changed_at()}
    names = ", ".join(f"{name} = :{name}" for name in changed)
    connection.execute(f"UPDATE {table} SET {names} WHERE id = :id", {**changed, "id": held["id"]})
    return "changed", {**held, **changed}
