"""Create the store: schema.sql, and what follows from it for each table."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from importlib.resources import files
from secrets import token_hex

from db import status

SCHEMA = (files("db") / "schema.sql").read_text("utf-8")

RECORDED = ("plan", "section", "deadline", "indicator", "milestone", "observation")
"""The tables whose changes are recorded."""
VERSIONED = RECORDED[:-1]
SEARCHED = ("section", "indicator", "milestone")
ITEMS = ("indicator", "milestone")
"""The tables whose rows have departments."""
DERIVED = {"tokens", "standing", "achieved", "latest_end"}
"""Columns that the change log leaves out: they follow from others. term_id is logged, for filters of the past."""

CHANGE = """
CREATE TRIGGER {table}_change_{operation} AFTER {event} ON {table} BEGIN
  INSERT INTO change (at, actor, resource, resource_id, plan_id, operation, version, before)
  VALUES (changed_at(), changed_by(), '{table}', {row}.id, {row}.{owner}, '{operation}', {version}, {before});
END;
"""
"""changed_at() and changed_by() come from db.connection.transaction: outside of one, nothing can be written."""

SEARCH = """
CREATE TRIGGER {table}_search_insert AFTER INSERT ON {table} BEGIN
  INSERT INTO {table}_search (rowid, grams) VALUES (new.key, grams(new.tokens));
END;
CREATE TRIGGER {table}_search_update AFTER UPDATE OF tokens ON {table} WHEN old.tokens <> new.tokens BEGIN
  INSERT INTO {table}_search ({table}_search, rowid, grams) VALUES ('delete', old.key, grams(old.tokens));
  INSERT INTO {table}_search (rowid, grams) VALUES (new.key, grams(new.tokens));
END;
CREATE TRIGGER {table}_search_delete AFTER DELETE ON {table} BEGIN
  INSERT INTO {table}_search ({table}_search, rowid, grams) VALUES ('delete', old.key, grams(old.tokens));
END;
"""
"""grams() comes from db.text.fold."""

DEPARTMENTS = """
CREATE TRIGGER {table}_department_insert AFTER INSERT ON {table} BEGIN
  INSERT INTO {table}_department {select};
END;
CREATE TRIGGER {table}_department_update AFTER UPDATE OF departments, lead_department ON {table} BEGIN
  DELETE FROM {table}_department WHERE key = old.key;
  INSERT INTO {table}_department {select};
END;
CREATE TRIGGER {table}_department_delete AFTER DELETE ON {table} BEGIN
  DELETE FROM {table}_department WHERE key = old.key;
END;
"""
NAMED = """
SELECT value, new.key FROM json_each(json_insert(new.departments, '$[#]', new.lead_department))
  WHERE value IS NOT NULL ON CONFLICT DO NOTHING
"""
"""The departments of a new row, each once."""

RETIRE = """
CREATE TRIGGER {table}_retire AFTER DELETE ON {table} BEGIN
  INSERT OR REPLACE INTO retired (resource, id, version) VALUES ('{table}', old.id, old.version + 1);
END;
"""


def statements() -> Iterator[str]:
    """Yield the statements that create a store, one by one: executescript would end the transaction they are in."""
    statement = ""
    for line in _script().splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _script() -> str:
    return "\n".join(
        [
            SCHEMA,
            *(f"CREATE VIEW {name} AS {select};" for name, select in status.VIEWS.items()),
            *(_change_log(table) for table in RECORDED),
            *(SEARCH.format(table=table) for table in SEARCHED),
            *(DEPARTMENTS.format(table=table, select=NAMED.strip()) for table in ITEMS),
            *(RETIRE.format(table=table) for table in VERSIONED),
            f"INSERT INTO feed VALUES (1, '{token_hex(4)}', 0, '');",
        ]
    )


def columns(table: str) -> tuple[str, ...]:
    """Return the columns of a table whose changes are recorded, in order."""
    return _columns()[table]


@cache
def _columns() -> dict[str, tuple[str, ...]]:
    """Ask SQLite for them, by an empty store in memory."""
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(SCHEMA)
        return {table: tuple(row[1] for row in empty.execute(f"PRAGMA table_info({table})")) for table in RECORDED}


def recorded(table: str) -> tuple[str, ...]:
    """Return the columns of a table that the change log has images of, in order."""
    return tuple(column for column in columns(table) if column not in DERIVED)


def _change_log(table: str) -> str:
    images = ", ".join(f"'{column}', old.{column}" for column in recorded(table))
    watched = ", ".join(column for column in recorded(table) if column != "term_id")
    version = ".version" if "version" in columns(table) else ""
    common = {"table": table, "owner": "id" if table == "plan" else "plan_id"}

    def trigger(operation: str, event: str, row: str, number: str, before: str) -> str:
        return CHANGE.format(operation=operation, event=event, row=row, version=number, before=before, **common)

    image = f"json_object({images})"
    new, old = (f"{row}{version}" if version else "1" for row in ("new", "old"))
    return (
        trigger("create", "INSERT", "new", new, "NULL")
        + trigger("update", f"UPDATE OF {watched}", "new", new, image)
        + trigger("delete", "DELETE", "old", f"{old} + 1", image)
    )
