"""Read the store as it stood at a moment: views of the same names stand in for the tables, so that no query changes.

A row that has not changed since is read where it is; one that has is taken from the change log, as it was before its
first change after the moment. The cost grows with what has changed since, not with the whole history. What is asked
about a few plans is read from copies of these plans with indexes of their own: SQLite looks a row up in a view of two
halves by reading all of it.
"""

import sqlite3
from collections.abc import Collection
from datetime import timedelta

from db.connection import now
from db.fold import spelling
from db.migrations.m0001_plans import INDICATOR_FACTS, RECORDED
from db.rows import SEARCHED

SETTLED = timedelta(minutes=10)
"""A write that began this long ago has ended: what is recorded up to then will not grow."""

MOMENT = "(SELECT seq FROM temp.moment)"
COPIED_MOST = 20
"""Plans of which copies are made, about 5 ms each; what is asked about more is read through the views."""
STATEMENTS = 8
"""Statements that a connection keeps compiled: views in place of tables make each some 500 kB."""
LOOKED_UP = ("key", "id", "plan_id", "section_id", "parent_id", "deadline_id", "indicator_id", "supersedes")
"""Columns by which one row finds others."""


class PrunedError(Exception):
    """Say that the history of a moment is no longer kept; holds the first moment of which it is."""


def install(connection: sqlite3.Connection) -> None:
    """Put the views in front of the tables of this connection; `travel` says which moment they show."""
    _prepare(connection)
    for name in RECORDED:
        connection.execute(f"CREATE TEMP VIEW {name} AS {_as_it_was(connection, name)}")


def install_copies(connection: sqlite3.Connection) -> None:
    """Put empty tables in front of those of this connection; `travel` fills them with what there was of some plans."""
    _prepare(connection)
    for name in RECORDED:
        connection.execute(f"CREATE TEMP VIEW was_{name} AS {_as_it_was(connection, name)}")
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM was_{name} LIMIT 0")
        columns = [row[1] for row in connection.execute(f"PRAGMA temp.table_info({name})")]
        for column in filter(columns.__contains__, LOOKED_UP):
            connection.execute(f"CREATE INDEX temp.{name}_{column}_copy ON {name} ({column})")


def _prepare(connection: sqlite3.Connection) -> None:
    connection.create_function("spelling", -1, lambda *texts: spelling(texts), deterministic=True)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("CREATE TEMP TABLE moment (seq INTEGER NOT NULL, copied TEXT NOT NULL)")
    connection.execute("INSERT INTO temp.moment VALUES (-1, '')")
    connection.execute(f"CREATE TEMP VIEW change AS SELECT * FROM main.change WHERE seq <= {MOMENT}")


def travel(connection: sqlite3.Connection, at: str, plans: Collection[str] = ()) -> bool:
    """Show the store as it stood at a moment; tell whether what is known of it is complete and will stay so.

    `plans` are those to copy, where the connection is one of copies. Raises PrunedError if the history since then is
    not kept.
    """
    if connection.in_transaction:
        return _travel(connection, at, plans)
    connection.execute("BEGIN")  # one state of the store for all that is copied
    try:
        return _travel(connection, at, plans)
    finally:
        connection.execute("COMMIT")


def _travel(connection: sqlite3.Connection, at: str, plans: Collection[str]) -> bool:
    lineage, pruned_seq, pruned_at = connection.execute("SELECT lineage, pruned_seq, pruned_at FROM feed").fetchone()
    if at < pruned_at:
        raise PrunedError(pruned_at)
    latest = connection.execute("SELECT at FROM main.change ORDER BY seq DESC LIMIT 1").fetchone()
    seq = connection.execute("SELECT max(seq) FROM main.change WHERE at <= ?", (at,)).fetchone()[0]
    copied = " ".join([lineage, *sorted(plans)]) if plans else ""
    wanted = (seq or pruned_seq, copied)
    if connection.execute("SELECT seq, copied FROM temp.moment").fetchone() != wanted:
        connection.execute("UPDATE temp.moment SET seq = ?, copied = ?", wanted)
        if plans:
            _copy(connection, plans)
    return at < now(ago=SETTLED) or (latest is not None and at < latest[0])


def _copy(connection: sqlite3.Connection, plans: Collection[str]) -> None:
    for name in RECORDED:
        owner = "id" if name == "plan" else "plan_id"
        connection.execute(f"DELETE FROM temp.{name}")
        for plan in plans:
            connection.execute(f"INSERT INTO temp.{name} SELECT * FROM was_{name} WHERE {owner} = ?", (plan,))


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
