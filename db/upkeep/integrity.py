"""Verify a whole store, however large."""

import sqlite3
from collections.abc import Iterator

from db.schema import SEARCHED


def faults(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Yield (place, what is wrong): pages and indexes, references, search indexes."""
    for (message,) in connection.execute("PRAGMA integrity_check"):
        if message != "ok":
            yield "pages", message
    for table, rowid, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"{table} {rowid}", f"refers to a {parent} that is not there"
    for table in SEARCHED:
        missing = connection.execute(
            f"SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table}_search_docsize)"
        ).fetchone()[0]
        if missing:
            yield f"{table}_search", f"{missing} rows are not in the search index"
