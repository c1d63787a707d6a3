"""The audit log: one JSON line a committed write, saying who changed what."""

import json
import logging
import sqlite3

log = logging.getLogger("plan_indicators.audit")

NAMED = 20
"""Things that a line names; the change log names all."""


def record(connection: sqlite3.Connection, before: int) -> None:
    """Write the line of the changes after a sequence number, which have just been committed; none if there are none."""
    if not log.isEnabledFor(logging.INFO):
        return
    rows = connection.execute(
        "SELECT seq, at, actor, operation, resource, resource_id, version FROM main.change WHERE seq > ? ORDER BY seq"
        " LIMIT ?",
        (before, NAMED),
    ).fetchall()
    if not rows:
        return
    last = connection.execute("SELECT max(seq) FROM main.change").fetchone()[0]
    _, at, actor, *_ = rows[0]
    things = [
        {"operation": operation, "resource": resource, "id": key, "version": version}
        for _, _, _, operation, resource, key, version in rows
    ]
    entry = {"at": at, "actor": actor, "first": before + 1, "last": last, "changes": things}
    log.info(json.dumps(entry, ensure_ascii=False))
