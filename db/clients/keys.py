"""Keys: what is kept of them is a digest of 256 random bits, which needs no slow hash."""

import hmac
import json
import secrets
import sqlite3
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from db.connection import now

PREFIX = "plan"
USE_KNOWN_TO = timedelta(hours=1)
"""How exactly it is known when a key was last used: whatever is written makes every worker forget its answers."""


class Key(NamedTuple):
    """Describe a key, without its secret; scopes are written as schema.scope reads them."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None

    @property
    def valid(self) -> bool:
        """Tell whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now() < self.expires_at)


COLUMNS = "id, name, scopes, created_at, expires_at, revoked_at, last_used_at"


def create(connection: sqlite3.Connection, name: str, scopes: tuple[str, ...], expires_at: str | None) -> str:
    """Record a new key and return it; it cannot be shown again. Raises sqlite3.IntegrityError for a name in use."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO api_key (id, name, digest, scopes, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (key_id, name, _digest(secret), json.dumps(scopes), now(), expires_at),
    )
    return f"{PREFIX}_{key_id}_{secret}"


def every(connection: sqlite3.Connection) -> list[Key]:
    """Return all keys, oldest first."""
    return [_key(row) for row in connection.execute(f"SELECT {COLUMNS} FROM api_key ORDER BY created_at, id")]


def revoke(connection: sqlite3.Connection, name: str) -> list[str]:
    """Revoke the key of this name or id for good; return the ids of what there was to revoke."""
    changed = connection.execute(
        "UPDATE api_key SET revoked_at = ? WHERE ? IN (id, name) AND revoked_at IS NULL RETURNING id", (now(), name)
    )
    return [key_id for (key_id,) in changed.fetchall()]


def find(connection: sqlite3.Connection, token: str) -> Key | None:
    """Return the key that a bearer token is; None for a token that is no key, revoked or expired."""
    prefix, _, rest = token.partition("_")
    key_id, _, secret = rest.partition("_")
    row = connection.execute(f"SELECT {COLUMNS}, digest FROM api_key WHERE id = ?", (key_id,)).fetchone()
    same = hmac.compare_digest(_digest(secret), row[-1] if row else _digest(""))
    if prefix != PREFIX or row is None or not same:
        return None
    key = _key(row[:-1])
    return key if key.valid else None


def used(connection: sqlite3.Connection, key: Key) -> None:
    """Write down that a key has been used, unless that is known; a store that is full or busy does without."""
    if key.last_used_at and key.last_used_at > now(ago=USE_KNOWN_TO):
        return
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute("PRAGMA busy_timeout = 0")
    with suppress(sqlite3.OperationalError):
        connection.execute(
            "UPDATE api_key SET last_used_at = ? WHERE id = ? AND last_used_at IS ?", (now(), key.id, key.last_used_at)
        )
    connection.execute(f"PRAGMA busy_timeout = {patience}")


def _key(row: tuple[str, ...]) -> Key:
    key_id, name, scopes, *stamps = row
    return Key(key_id, name, tuple(json.loads(scopes)), *stamps)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
