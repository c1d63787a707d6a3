"""Count the rows that hold each run of up to four characters, so that no search for one counts its rows.

Takes the place of `m0011_counts`, which knew characters and pairs, of indicators alone.
"""

import json
from collections import Counter
from typing import TYPE_CHECKING

from db.fold import runs
from db.migrations.m0001_plans import SEARCHED

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLE = """CREATE TABLE run_count (
  resource TEXT NOT NULL, run TEXT NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (resource, run)
) STRICT, WITHOUT ROWID"""
UPSERT = "ON CONFLICT DO UPDATE SET number = number + excluded.number"
ADD = f"""INSERT INTO run_count SELECT '{{name}}', value, 1 FROM json_each(runs(new.tokens)) WHERE 1 {UPSERT};"""
OF_OLD = "WHERE resource = '{name}' AND run IN (SELECT value FROM json_each(runs(old.tokens)))"
REMOVE = f"""UPDATE run_count SET number = number - 1 {OF_OLD};
DELETE FROM run_count {OF_OLD} AND number = 0;"""
TRIGGERS = {
    "run_count_{name}_insert": ("AFTER INSERT ON {name}", ADD),
    "run_count_{name}_delete": ("AFTER DELETE ON {name}", REMOVE),
    "run_count_{name}_update": ("AFTER UPDATE OF tokens ON {name} WHEN old.tokens IS NOT new.tokens", REMOVE + ADD),
}
HELD_MOST = 1_000_000
"""So many different runs are held in memory, some 100 MB, before they are written."""


def fill(db: "Database") -> None:
    """Count for a store that has no counts: what the triggers do row by row."""
    for name in SEARCHED:
        counted: Counter[str] = Counter()
        for (tokens,) in db.execute(f"SELECT tokens FROM {name}"):
            counted.update(json.loads(runs(tokens)))
            if len(counted) > HELD_MOST:
                _write(db, name, counted)
                counted.clear()
        _write(db, name, counted)


def _write(db: "Database", name: str, counted: Counter[str]) -> None:
    rows = [(name, run, number) for run, number in sorted(counted.items())]
    db.conn.executemany(f"INSERT INTO run_count VALUES (?, ?, ?) {UPSERT}", rows)


def apply(db: "Database") -> None:
    """Create the table, count, and keep the counts: runs() comes from db.connection."""
    for event in ("insert", "delete", "update"):
        db.execute(f"DROP TRIGGER indicator_gram_{event}")
    db.execute("DROP TABLE indicator_gram")
    db.execute(TABLE)
    fill(db)
    for name in SEARCHED:
        for trigger, (event, body) in TRIGGERS.items():
            db.execute(f"CREATE TRIGGER {trigger} {event} BEGIN {body} END".format(name=name))
