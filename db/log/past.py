"""Read the store as it stood at a moment: views of the same names stand in for the tables, so that no query changes.

A row that has not changed since is read where it is; one that has is taken from the change log, as it was before its
first change after the moment. The cost grows with what has changed since, not with the whole history. What is asked
about a few plans is read from copies of these plans with indexes of their own: SQLite looks a row up in a view of two
halves by reading all of it.
"""

import sqlite3
from collections.abc import Collection
from datetime import timedelta

from db import schema, status
from db.connection import now
from db.edit.rows import SEARCHED_MEMBERS
from db.schema import RECORDED
from db.text.fold import spelling

SETTLED = timedelta(minutes=10)
"""A write that began this long ago has ended: what is recorded up to then will not grow."""

MOMENT = "(SELECT seq FROM temp.moment)"
COPIED_MOST = 20
"""Plans of which copies are made, about 5 ms each; what is asked about more is read through the views."""
STATEMENTS = 8
"""Statements that a connection keeps compiled: views in place of tables make each some 500 kB."""
LOOKED_UP = ("key", "id", "plan_id", "section_id", "parent_id", "deadline_id", "indicator_id", "supersedes")
"""Columns by which one row finds others."""


def few(plans: Collection[str]) -> bool:
    """Tell whether what is asked is about so few plans that they are copied."""
    return 0 < len(plans) <= COPIED_MOST


class PrunedError(Exception):
    """Say that the history of a moment is no longer kept; holds the first moment of which it is."""


def install(connection: sqlite3.Connection) -> None:
    """Put the views in front of the tables of this connection; `travel` says which moment they show."""
    _prepare(connection)
    for name in RECORDED:
        connection.execute(f"CREATE TEMP VIEW {name} AS {_as_it_was(name)}")
    _derive(connection)


def install_copies(connection: sqlite3.Connection) -> None:
    """Put empty tables in front of those of this connection; `travel` fills them with what there was of some plans."""
    _prepare(connection)
    for name in RECORDED:
        connection.execute(f"CREATE TEMP VIEW was_{name} AS {_as_it_was(name)}")
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM was_{name} LIMIT 0")
        for column in filter(schema.columns(name).__contains__, LOOKED_UP):
            connection.execute(f"CREATE INDEX temp.{name}_{column}_copy ON {name} ({column})")
    _derive(connection)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.create_function("spelling", -1, lambda *texts: spelling(texts), deterministic=True)
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("CREATE TEMP TABLE moment (seq INTEGER NOT NULL, copied TEXT NOT NULL)")
    connection.execute("INSERT INTO temp.moment VALUES (-1, '')")
    connection.execute(f"CREATE TEMP VIEW change AS SELECT * FROM main.change WHERE seq <= {MOMENT}")


def _derive(connection: sqlite3.Connection) -> None:
    for table in ("indicator", "milestone"):
        connection.execute(f"CREATE TEMP VIEW {table}_department AS {DEPARTMENTS.format(table=table)}")
    connection.execute(f"CREATE TEMP VIEW indicator_value AS {status.VIEWS['indicator_value']}")


def travel(connection: sqlite3.Connection, at: str, plans: Collection[str] = ()) -> bool:
    """Show the store as it stood at a moment; tell whether the moment is settled.

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


STAND_INS = {"standing": "NULL", "achieved": "NULL", "latest_end": "'9999-12-31'"}
"""In place of what follows from the present: a last value that is always still to come, so that each date is asked."""
DEPARTMENTS = """SELECT d.value AS department, item.key
  FROM {table} item, json_each(json_insert(item.departments, '$[#]', item.lead_department)) d
  WHERE d.value IS NOT NULL"""


def _as_it_was(table: str) -> str:
    """Select the rows that are as they were, and those that are not from their images."""
    names = schema.columns(table)
    searched = ", ".join(_image(name) for name in SEARCHED_MEMBERS if name in names)
    known = {
        "id": "c.resource_id",
        "tokens": f"spelling({searched})",
        **({"plan_id": "c.plan_id"} if table != "plan" else {}),
        **STAND_INS,
    }
    present = ", ".join(STAND_INS.get(name, name) + f" AS {name}" for name in names)
    before = ", ".join(f"{known.get(name) or _image(name)} AS {name}" for name in names)
    since = f"FROM main.change f WHERE f.resource = '{table}' AND f.seq > {MOMENT} AND f.resource_id ="
    return (
        f"SELECT {present} FROM main.{table} t WHERE NOT EXISTS (SELECT 1 {since} t.id)"
        f" UNION ALL SELECT {before} FROM main.change c WHERE c.resource = '{table}' AND c.seq > {MOMENT}"
        f" AND c.before IS NOT NULL AND c.seq = (SELECT min(f.seq) {since} c.resource_id)"
    )


def _image(column: str) -> str:
    return f"json_extract(c.before, '$.{column}')"
