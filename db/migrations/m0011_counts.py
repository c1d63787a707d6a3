"""Count the indicators that hold a character or a pair of characters, so that no search for either counts its rows."""

import json
from collections import Counter
from typing import TYPE_CHECKING

from db.fold import grams

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLE = "CREATE TABLE indicator_gram (gram TEXT PRIMARY KEY, indicators INTEGER NOT NULL) STRICT, WITHOUT ROWID"
ADD = """INSERT INTO indicator_gram (gram, indicators) SELECT value, 1 FROM json_each(pieces(new.tokens)) WHERE 1
  ON CONFLICT DO UPDATE SET indicators = indicators + 1;"""
REMOVE = """UPDATE indicator_gram SET indicators = indicators - 1
  WHERE gram IN (SELECT value FROM json_each(pieces(old.tokens)));"""
TRIGGERS = {
    "indicator_gram_insert": ("AFTER INSERT ON indicator", ADD),
    "indicator_gram_delete": ("AFTER DELETE ON indicator", REMOVE),
    "indicator_gram_update": (
        "AFTER UPDATE OF tokens ON indicator WHEN old.tokens IS NOT new.tokens",
        REMOVE + ADD,
    ),
}


FIRST, LAST = "一", "鿌"
"""The common Chinese characters."""


def pieces(spelled: str) -> str:
    """List as JSON the different common Chinese characters of a spelling, and the pairs that begin with one."""
    different = {piece for piece in (*spelled.split(), *grams(spelled).split()) if FIRST <= piece[0] <= LAST}
    return '["{}"]'.format('","'.join(different)) if different else "[]"


def fill(db: "Database") -> None:
    """Count for a store that has no counts: what the triggers do row by row (20 s for a million)."""
    counted: Counter[str] = Counter()
    for (tokens,) in db.execute("SELECT tokens FROM indicator"):
        counted.update(json.loads(pieces(tokens)))
    for gram, indicators in sorted(counted.items()):
        db.execute("INSERT INTO indicator_gram (gram, indicators) VALUES (?, ?)", (gram, indicators))


def apply(db: "Database") -> None:
    """Create the table, count, and keep the counts until `m0012_runs` counts more."""
    db.conn.create_function("pieces", 1, pieces, deterministic=True)
    db.execute(TABLE)
    fill(db)
    for name, (event, body) in TRIGGERS.items():
        db.execute(f"CREATE TRIGGER {name} {event} BEGIN {body} END")
