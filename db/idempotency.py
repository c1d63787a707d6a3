"""Answers kept for a day, so that a request sent again is answered again and not carried out again."""

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from db.connection import now

KEPT = timedelta(hours=24)
ABANDONED = timedelta(seconds=90)
"""A claim without an answer is dead after this long: no worker lives that long over one request (gunicorn.conf.py)."""


class Answer(NamedTuple):
    """Hold the first answer to a request, with the digest of that request; `status` is None while it is worked on."""

    request: str
    status: int | None
    headers: dict[str, str]
    body: bytes


def claim(connection: sqlite3.Connection, owner: str, key: str, request: str) -> Answer | None:
    """Claim a key for a request, within a transaction; return what is kept under it if it was claimed before."""
    connection.execute("DELETE FROM idempotency WHERE claimed_at < ?", (_ago(KEPT),))
    connection.execute("DELETE FROM idempotency WHERE status IS NULL AND claimed_at < ?", (_ago(ABANDONED),))
    row = connection.execute(
        "SELECT request, status, headers, body FROM idempotency WHERE key_id = ? AND key = ?", (owner, key)
    ).fetchone()
    if row:
        return Answer(row[0], row[1], json.loads(row[2] or "{}"), row[3] or b"")
    connection.execute(
        "INSERT INTO idempotency (key_id, key, request, claimed_at) VALUES (?, ?, ?, ?)", (owner, key, request, now())
    )
    return None


def keep(connection: sqlite3.Connection, owner: str, key: str, answer: Answer) -> None:
    """Keep the answer to a claimed request, within the transaction that carries it out."""
    connection.execute(
        "UPDATE idempotency SET status = ?, headers = ?, body = ? WHERE key_id = ? AND key = ?",
        (answer.status, json.dumps(answer.headers), answer.body, owner, key),
    )


def release(connection: sqlite3.Connection, owner: str, key: str) -> None:
    """Give up the claim on a key whose request was refused: nothing has been changed."""
    connection.execute("DELETE FROM idempotency WHERE key_id = ? AND key = ? AND status IS NULL", (owner, key))


def _ago(span: timedelta) -> str:
    return (datetime.now(UTC) - span).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
