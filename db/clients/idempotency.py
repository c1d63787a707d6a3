"""Answers kept for a day, so that a request sent again is answered again and not carried out again."""

import json
import sqlite3
from datetime import timedelta
from typing import NamedTuple

from db.connection import now

KEPT = timedelta(hours=24)


class Answer(NamedTuple):
    """Hold the first answer to a request, with the digest of that request."""

    request: str
    status: int
    headers: dict[str, str]
    body: bytes


def find(connection: sqlite3.Connection, owner: str, key: str) -> Answer | None:
    """Return what was answered under a key in the last day, None if it is new."""
    row = connection.execute(
        "SELECT request, status, headers, body FROM idempotency WHERE key_id = ? AND key = ? AND kept_at >= ?",
        (owner, key, now(ago=KEPT)),
    ).fetchone()
    return Answer(row[0], row[1], json.loads(row[2]), row[3]) if row else None


def keep(connection: sqlite3.Connection, owner: str, key: str, answer: Answer) -> None:
    """Keep the answer to a request, within the transaction that carries it out; forget those of former days."""
    connection.execute("DELETE FROM idempotency WHERE kept_at < ?", (now(ago=KEPT),))
    connection.execute(
        "INSERT INTO idempotency (key_id, key, request, kept_at, status, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (owner, key, answer.request, now(), answer.status, json.dumps(answer.headers), answer.body),
    )
