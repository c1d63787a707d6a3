"""The change log: every change in the order of commits, and the cursors that followers keep."""

import sqlite3
from collections.abc import Sequence
from secrets import token_hex
from typing import NamedTuple

from db.log.history import ENTRY, RESOURCES, after
from db.shapes import json_object

Row = tuple[int, str]

BECOME = " ".join(f"WHEN '{name}' THEN {after(resource)}" for name, resource in RESOURCES.items())
CHANGE = json_object(
    {
        **ENTRY,
        "resource": "c.resource",
        "id": "c.resource_id",
        "plan_id": "c.plan_id",
        "after": f"json(CASE c.resource {BECOME} END)",
    }
)
"""The JSON object of a change `c`, with what the thing has become."""


class Feed(NamedTuple):
    """Say which store a cursor belongs to, up to where its log has been pruned, and where it ends."""

    lineage: str
    pruned: int
    latest: int


def latest(connection: sqlite3.Connection) -> tuple[int, str | None]:
    """Return the sequence and the moment of the last change: they name one state of the data. (0, None) if none."""
    row: tuple[int, str | None] | None = connection.execute(
        "SELECT seq, at FROM change ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return row or (0, None)


def feed(connection: sqlite3.Connection) -> Feed:
    """Return where the change log begins and ends."""
    return Feed._make(
        connection.execute(
            "SELECT lineage, pruned_seq, coalesce((SELECT max(seq) FROM change), pruned_seq) FROM feed"
        ).fetchone()
    )


def cursor(lineage: str, seq: int) -> str:
    """Write a cursor: which store, and the last change seen."""
    return f"{lineage}-{seq}"


def position(connection: sqlite3.Connection) -> str:
    """Return the cursor of this state."""
    known = feed(connection)
    return cursor(known.lineage, known.latest)


def since(
    connection: sqlite3.Connection, seq: int, plans: Sequence[str], resources: Sequence[str], limit: int
) -> list[Row]:
    """Return up to `limit` changes after a sequence number, in order: (sequence, JSON text) each."""
    conditions, values = ["c.seq > ?"], [seq, *plans, *resources, limit]
    for column, wanted in (("plan_id", plans), ("resource", resources)):
        if wanted:
            conditions.append(f"+c.{column} IN ({', '.join('?' * len(wanted))})")
    return connection.execute(
        f"SELECT c.seq, {CHANGE} FROM change c WHERE {' AND '.join(conditions)} ORDER BY c.seq LIMIT ?",
        values,
    ).fetchall()


def prune(connection: sqlite3.Connection, before: str) -> int:
    """Forget the changes before a moment, within a transaction; return how many.

    What is, stays; how it stood before the last of them, and what led there, is no longer known.
    """
    last = connection.execute("SELECT seq, at FROM change WHERE at < ? ORDER BY seq DESC LIMIT 1", (before,)).fetchone()
    if last is None:
        return 0
    number = connection.execute("DELETE FROM change WHERE seq <= ?", (last[0],)).rowcount
    connection.execute("UPDATE feed SET pruned_seq = ?, pruned_at = ?", last)
    return number


def part(connection: sqlite3.Connection) -> None:
    """Begin another lineage, within a transaction: cursors of the store that this is a copy of do not hold here."""
    connection.execute("UPDATE feed SET lineage = ?", (token_hex(4),))
