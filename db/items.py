"""Read single rows of a resource, and write the shape that a caller asks for."""

import json
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from db.resource import Ask, Resource
from db.shapes import json_object, sparse


def shape(resource: Resource, ask: Ask) -> str:
    """Write the JSON object that a caller asks for: sparse fields, and what is included."""
    return _shape(resource, tuple(ask.fields), tuple(ask.include))


@lru_cache(maxsize=500)
def _shape(resource: Resource, fields: tuple[str, ...], include: tuple[str, ...]) -> str:
    included = {name: resource.includes[name] for name in include}
    return json_object({**sparse(resource.fields, fields), **included})


def get(connection: sqlite3.Connection, resource: Resource, key: str, ask: Ask) -> bytes | None:
    """Return the row with this id as JSON text, or None."""
    found = versioned(connection, resource, key, ask)
    return found[0] if found else None


def versioned(connection: sqlite3.Connection, resource: Resource, key: str, ask: Ask) -> tuple[bytes, int] | None:
    """Return the row with this id as JSON text with its version (1 for what never changes), or None.

    A BLOB comes as the bytes that are sent; text would be decoded on the way, and encoded again.
    """
    found: tuple[bytes, int] | None = connection.execute(
        f"SELECT CAST({shape(resource, ask)} AS BLOB), {resource.fields.get('version', '1')}"
        f" FROM {resource.source} WHERE {resource.alias}.id = :id",
        {**ask.context, "id": key},
    ).fetchone()
    return found


def several(
    connection: sqlite3.Connection, resource: Resource, ids: Sequence[str], ask: Ask, columns: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Return columns of the rows with these ids, in the order of the ids."""
    found = connection.execute(
        f"SELECT {resource.alias}.id, {', '.join(columns)} FROM {resource.source}"
        f" WHERE {resource.alias}.id IN (SELECT value FROM json_each(:ids))",
        {**ask.context, "ids": json.dumps(ids)},
    )
    rows = {key: row for key, *row in found}
    return [tuple(rows[key]) for key in ids]


def known(connection: sqlite3.Connection, resource: Resource, key: str) -> bool:
    """Tell whether there is a row with this id."""
    return connection.execute(f"SELECT 1 FROM {resource.name} WHERE id = ?", (key,)).fetchone() is not None
