"""Read the store as it stood at a moment: views of the same names stand in for the tables, so that no query changes.

A row that has not changed since is read where it is; one that has is taken from the change log, as it was before its
first change after the moment. The cost grows with what has changed since, not with the whole history.
"""

import sqlite3
from datetime import timedelta

from db.connection import now
from db.fold import spelling
from db.migrations.m0001_plans import INDICATOR_FACTS, RECORDED
from db.rows import SEARCHED

SETTLED = timedelta(minutes=10)
"""A write that began this long ago has ended: what is recorded up to then will not grow."""

MOMENT = "(SELECT seq FROM temp.moment)"


class PrunedError(Exception):
    """Say that the history of a moment is no longer kept; holds the first moment of which it is."""


def install(connection: sqlite3.Connection) -> None:
    """Put the views in front of the tables of this connection; `travel` says which moment they show."""
    connection.create_function("spelling", -1, lambda *texts: spelling(texts), deterministic=True)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("CREATE TEMP TABLE moment (seq INTEGER NOT NULL)")
    connection.execute("INSERT INTO temp.moment VALUES (0)")
    for name in RECORDED:
        connection.execute(f"CREATE TEMP VIEW {name} AS {_as_it_was(connection, name)}")
    connection.execute(f"CREATE TEMP VIEW change AS SELECT * FROM main.change WHERE seq <= {MOMENT}")


def travel(connection: sqlite3.Connection, at: str) -> bool:
    """Show the store as it stood at a moment; tell whether what is known of it is complete and will stay so.

    Raises PrunedError if the history since then is not kept.
    """
    pruned_seq, pruned_at = connection.execute("SELECT pruned_seq, pruned_at FROM feed").fetchone()
    if at < pruned_at:
        raise PrunedError(pruned_at)
    latest = connection.execute("SELECT at FROM main.change ORDER BY seq DESC LIMIT 1").fetchone()
    seq = connection.execute("SELECT max(seq) FROM main.change WHERE at <= ?", (at,)).fetchone()[0]
    connection.execute("UPDATE temp.moment SET seq = ?", (seq or pruned_seq,))
    return at < now(ago=SETTLED) or (latest is not None and at < latest[0])


def _as_it_was(connection: sqlite3.Connection, name: str) -> str:
    columns = [row[1] for row in connection.execute(f"PRAGMA main.table_info({name})")]
    searched = ", ".join(_image(column) for column in SEARCHED if column in columns)
    known = {"key": "coalesce(json_extract(c.before, '$.key'), -c.seq)", "id": "c.resource_id"}
    if name != "plan":
        known["plan_id"] = "c.plan_id"
    if "tokens" in columns:
        known["tokens"] = f"spelling({searched})"
    before = ", ".join(f"{known.get(column) or _image(column)} AS {column}" for column in columns)
    after = f"FROM main.change f WHERE f.resource = '{name}' AND f.seq > {MOMENT} AND f.resource_id ="
    written = f", {INDICATOR_FACTS}" if name == "indicator" else ""
    return (
        f"SELECT {', '.join(columns)}{', facts' if written else ''} FROM main.{name} t"
        f" WHERE NOT EXISTS (SELECT 1 {after} t.id)"
        f" UNION ALL SELECT {', '.join(columns)}{written} FROM (SELECT {before}"
        f" FROM main.change c WHERE c.resource = '{name}' AND c.seq > {MOMENT} AND c.before IS NOT NULL"
        f" AND c.seq = (SELECT min(f.seq) {after} c.resource_id))"
    )


def _image(column: str) -> str:
    return f"json_extract(c.before, '$.{column}')"
