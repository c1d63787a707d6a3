"""The change log: every change in the order of commits, and the cursors that followers keep."""

import sqlite3


def latest(connection: sqlite3.Connection) -> tuple[int, str | None]:
    """Return the sequence and the moment of the last change: they name one state of the data. (0, None) if none."""
    row: tuple[int, str | None] | None = connection.execute(
        "SELECT seq, at FROM change ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    return row or (0, None)


def position(connection: sqlite3.Connection) -> str:
    """Return the cursor of this state: which store, and its last change."""
    lineage: str
    seq: int
    lineage, seq = connection.execute(
        "SELECT lineage, coalesce((SELECT max(seq) FROM change), pruned_seq) FROM feed"
    ).fetchone()
    return f"{lineage}-{seq}"
