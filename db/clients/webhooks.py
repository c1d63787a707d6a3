"""Webhook subscriptions: who is told of changes, where, and the secret that what is told is signed with.

They are no part of the plans, so no part of the change log; the audit log has them.
"""

import json
import sqlite3
from base64 import b64encode
from secrets import token_bytes, token_hex
from typing import Any, NamedTuple

from db.connection import changed_at, changed_by, note

PREFIX = "whsec_"


class Webhook(NamedTuple):
    """Hold a subscription, without its secret; `since` is the cursor after which it begins."""

    id: str
    url: str
    description: str | None
    plans: list[str]
    resources: list[str]
    state: str
    reason: str | None
    since: str
    created_by: str
    version: int
    created_at: str
    updated_at: str


COLUMNS = ", ".join(Webhook._fields)


def insert(connection: sqlite3.Connection, facts: dict[str, Any], key: str = "") -> tuple[Webhook, str]:
    """Record a new subscription, within a transaction; return it and its secret (`whsec_` and 256 bits in base64).

    The secret is kept as it is: signing needs it.
    """
    secret = PREFIX + b64encode(token_bytes(32)).decode()
    at = changed_at()
    made = Webhook(
        key or f"wh-{token_hex(8)}",
        facts["url"],
        facts.get("description"),
        facts.get("plans", []),
        facts.get("resources", []),
        facts.get("state", "active"),
        None,
        facts["since"],
        changed_by(),
        1,
        at,
        at,
    )
    row = made._replace(plans=json.dumps(made.plans), resources=json.dumps(made.resources))  # type: ignore[arg-type]
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO webhook ({COLUMNS}, secret) VALUES ({marks}, ?)", (*row, secret))
    note("create", "webhook", made.id, 1)
    return made, secret


def every(connection: sqlite3.Connection) -> list[Webhook]:
    """Return all subscriptions, oldest first."""
    return list(map(_webhook, connection.execute(f"SELECT {COLUMNS} FROM webhook ORDER BY created_at, id")))


def get(connection: sqlite3.Connection, key: str) -> Webhook | None:
    """Return a subscription; None if there is none of this id."""
    row = connection.execute(f"SELECT {COLUMNS} FROM webhook WHERE id = ?", (key,)).fetchone()
    return _webhook(row) if row else None


def secret(connection: sqlite3.Connection, key: str) -> bytes:
    """Return what the messages of a subscription are signed with."""
    found: str = connection.execute("SELECT secret FROM webhook WHERE id = ?", (key,)).fetchone()[0]
    return found.encode()


def update(connection: sqlite3.Connection, webhook: Webhook) -> Webhook:
    """Replace what may be changed of a subscription, within a transaction; return it as it has become."""
    become = webhook._replace(version=webhook.version + 1, updated_at=changed_at())
    connection.execute(
        "UPDATE webhook SET url = ?, description = ?, plans = ?, resources = ?, state = ?, reason = ?, version = ?,"
        " updated_at = ? WHERE id = ?",
        (
            become.url,
            become.description,
            json.dumps(become.plans),
            json.dumps(become.resources),
            become.state,
            become.reason,
            become.version,
            become.updated_at,
            become.id,
        ),
    )
    note("update", "webhook", become.id, become.version)
    return become


def delete(connection: sqlite3.Connection, webhook: Webhook) -> None:
    """Remove a subscription, within a transaction."""
    connection.execute("DELETE FROM webhook WHERE id = ?", (webhook.id,))
    note("delete", "webhook", webhook.id, webhook.version + 1)


def _webhook(row: tuple[Any, ...]) -> Webhook:
    found = Webhook(*row)
    return found._replace(plans=json.loads(row[3]), resources=json.loads(row[4]))
