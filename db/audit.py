"""The audit log: one JSON line a committed write, saying who changed what, and in which request."""

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
    numbers = {"first": before + 1, "last": last} if rows else {"first": None, "last": None}
    who = {"at": write.at, "actor": write.actor, "request_id": write.request_id}
    return json.dumps({**who, **numbers, "changes": things}, ensure_ascii=False)
