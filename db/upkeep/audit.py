"""The audit log: one JSON line a committed write, saying who changed what, and in which request.

What the command line does to the store as a whole (init, prune, restore) and to keys has its lines too.
"""

import json
import logging
import sqlite3
from typing import Any, NamedTuple

log = logging.getLogger("plan_indicators.audit")

NAMED = 20
"""Things that a line names; the change log names all."""


class Write(NamedTuple):
    """Say of a write when, by whom and in which request (None: not over HTTP) it was made.

    `noted` is what it changed that is not in the change log.
    """

    at: str
    actor: str
    request_id: str | None
    noted: list[dict[str, Any]]


def line(connection: sqlite3.Connection, before: int, write: Write) -> str:
    """Return the line of the running write, with its changes after a sequence number; empty without any.

    Read within its transaction: once that has ended, others may have written too.
    """
    if not log.isEnabledFor(logging.INFO):
        return ""
    rows = connection.execute(
        "SELECT operation, resource, resource_id, version FROM main.change WHERE seq > ? ORDER BY seq LIMIT ?",
        (before, NAMED),
    ).fetchall()
    things = [dict(zip(("operation", "resource", "id", "version"), row, strict=True)) for row in rows] + write.noted
    if not things:
        return ""
    last = connection.execute("SELECT max(seq) FROM main.change").fetchone()[0]
    return _written(write, (before + 1, last) if rows else (None, None), things)


def tell(write: Write) -> None:
    """Write the line of what was done outside a transaction, or to the store as a whole."""
    if write.noted:
        log.info(_written(write, (None, None), write.noted))


def _written(write: Write, numbers: tuple[int | None, int | None], things: list[dict[str, Any]]) -> str:
    who = {"at": write.at, "actor": write.actor, "request_id": write.request_id}
    return json.dumps({**who, "first": numbers[0], "last": numbers[1], "changes": things}, ensure_ascii=False)
