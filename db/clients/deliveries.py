"""How far each webhook has been delivered, and what became of each message: a SQLite file beside the store.

Not the store itself: every commit there empties the memory of finished answers. If the file is lost, each webhook is
told everything anew since it was made; the messages have the same ids.
"""

import fcntl
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

KEPT = 1000
"""Delivered messages of one webhook that are remembered; those that could not be delivered all are."""

STATUSES = ("queued", "retrying", "delivered", "dead")
TABLES = """
CREATE TABLE IF NOT EXISTS position (
  webhook_id TEXT PRIMARY KEY,
  cursor TEXT NOT NULL,
  failing_since TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook_id TEXT NOT NULL,
  id TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('change', 'reset', 'ping')),
  status TEXT NOT NULL CHECK (status IN ('queued', 'retrying', 'delivered', 'dead')),
  attempts INTEGER NOT NULL,
  answer INTEGER,
  error TEXT,
  created_at TEXT NOT NULL,
  attempted_at TEXT,
  due REAL,
  version INTEGER NOT NULL,
  UNIQUE (webhook_id, id)
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_open ON delivery (webhook_id, status, number);
"""


class Delivery(NamedTuple):
    """Hold a message to a webhook and how its delivery stands.

    `answer` is the last status, `error` why there was none or why it will not do; `due` is when the next attempt may
    be made, in seconds since the epoch, planned under a `version` of the webhook. A change has the cursor of its place
    in the change log as its id.
    """

    id: str
    kind: str
    status: str
    attempts: int
    answer: int | None
    error: str | None
    created_at: str
    attempted_at: str | None
    due: float | None
    version: int


class Position(NamedTuple):
    """Say up to which change a webhook has been told, and since when it fails; None while it does not."""

    cursor: str
    failing_since: str | None


COLUMNS = ", ".join(Delivery._fields)


def beside(store: Path) -> Path:
    """Return where the deliveries of a store are kept."""
    return store.with_name(f"{store.name}-deliveries")


def connect(store: Path) -> sqlite3.Connection:
    """Open the deliveries of a store, made at their first use."""
    connection = sqlite3.connect(beside(store), timeout=5, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(TABLES)
    return connection


@contextmanager
def opened(store: Path) -> Iterator[sqlite3.Connection]:
    """Open the deliveries of a store for a moment."""
    with closing(connect(store)) as connection:
        yield connection


def hold(store: Path) -> BinaryIO:
    """Return what keeps another process from delivering while it is open, or this one lives. Raises OSError."""
    file = beside(store).with_name(f"{store.name}-deliveries.lock").open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise OSError(f"{store}: another process is delivering already") from error
    return file


def position(connection: sqlite3.Connection, webhook_id: str) -> Position | None:
    """Return how far a webhook has been told; None before its first message."""
    row = connection.execute(
        "SELECT cursor, failing_since FROM position WHERE webhook_id = ?", (webhook_id,)
    ).fetchone()
    return Position._make(row) if row else None


def positions(store: Path) -> dict[str, Position]:
    """Return how far each webhook has been told; none where nothing has been told yet."""
    if not beside(store).exists():
        return {}
    with opened(store) as connection:
        rows = connection.execute("SELECT webhook_id, cursor, failing_since FROM position").fetchall()
    return {row[0]: Position(*row[1:]) for row in rows}


def move(connection: sqlite3.Connection, webhook_id: str, to: Position) -> None:
    """Write down how far a webhook has been told."""
    connection.execute("INSERT OR REPLACE INTO position VALUES (?, ?, ?)", (webhook_id, *to))


def waiting(connection: sqlite3.Connection, webhook_id: str, status: str) -> Delivery | None:
    """Return the oldest message of a webhook in this status."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM delivery WHERE webhook_id = ? AND status = ? ORDER BY number LIMIT 1",
        (webhook_id, status),
    ).fetchone()
    return Delivery._make(row) if row else None


def record(connection: sqlite3.Connection, webhook_id: str, delivery: Delivery, to: Position | None = None) -> None:
    """Write down what became of a message and, in the same transaction, how far the webhook has been told."""
    connection.execute("BEGIN IMMEDIATE")
    marks = ", ".join("?" * len(delivery))
    changed = ", ".join(f"{name} = excluded.{name}" for name in Delivery._fields)
    connection.execute(
        f"INSERT INTO delivery (webhook_id, {COLUMNS}) VALUES (?, {marks})"
        f" ON CONFLICT (webhook_id, id) DO UPDATE SET {changed}",
        (webhook_id, *delivery),
    )
    if to:
        move(connection, webhook_id, to)
    connection.execute(
        "DELETE FROM delivery WHERE webhook_id = ?1 AND status = 'delivered' AND number <= (SELECT number FROM delivery"
        " WHERE webhook_id = ?1 AND status = 'delivered' ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        (webhook_id, KEPT),
    )
    connection.execute("COMMIT")


def get(connection: sqlite3.Connection, webhook_id: str, key: str) -> Delivery | None:
    """Return a message to a webhook; None if it is not known (any more)."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM delivery WHERE webhook_id = ? AND id = ?", (webhook_id, key)
    ).fetchone()
    return Delivery._make(row) if row else None


def select(
    connection: sqlite3.Connection, webhook_id: str, statuses: Sequence[str], before: int | None, limit: int
) -> list[tuple[int, Delivery]]:
    """Return (number, message) of a webhook, newest first, from before a number on."""
    rows = connection.execute(
        f"SELECT number, {COLUMNS} FROM delivery WHERE webhook_id = ? AND number < coalesce(?, 1 << 62)"
        " AND status IN (SELECT value FROM json_each(?)) ORDER BY number DESC LIMIT ?",
        (webhook_id, before, json.dumps(list(statuses or STATUSES)), limit),
    )
    return [(row[0], Delivery._make(row[1:])) for row in rows]


def forget(connection: sqlite3.Connection, webhook_id: str) -> None:
    """Forget what was told to a webhook that is no more."""
    for table in ("position", "delivery"):
        connection.execute(f"DELETE FROM {table} WHERE webhook_id = ?", (webhook_id,))
