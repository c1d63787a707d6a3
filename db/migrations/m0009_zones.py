"""Keep where in an order pairs of characters stand, so that a walk for words skips what holds none (a zone map).

A row holds, for each sort and for the unit, the names of all zones (db.zones) in which an indicator once held a pair.
Nothing takes one out: what is said too much costs a look, never a result.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

ZONED = ("value", "normalized_value", "name")
"""The sorts that go with words: rates are small numbers, sums are large, a name begins with a word."""

KEPT = {**{name: f"zone({{row}}.{name})" for name in ZONED}, "unit": "zone(coalesce({row}.unit, ''))"}
"""What is kept, and how it is named. A unit goes with what is measured: rows of other units are not looked into."""

TABLE = f"""CREATE TABLE indicator_zone (
  gram TEXT PRIMARY KEY,
  {", ".join(f"{name} TEXT NOT NULL" for name in KEPT)}
) STRICT, WITHOUT ROWID"""
KNOWN = " AND ".join(f"instr(indicator_zone.{name}, excluded.{name})" for name in KEPT)
GROWN = ", ".join(
    f"{name} = CASE WHEN instr({name}, excluded.{name}) THEN {name} ELSE {name} || excluded.{name} END" for name in KEPT
)
ADD = f"""INSERT INTO indicator_zone (gram, {", ".join(KEPT)})
  SELECT pairs.value, {", ".join(f"zones.{name}" for name in KEPT)}
  FROM (SELECT {", ".join(f"{zone.format(row='new')} AS {name}" for name, zone in KEPT.items())}) zones,
    json_each(pairs(new.tokens)) pairs
  WHERE 1 ON CONFLICT DO UPDATE SET {GROWN} WHERE NOT ({KNOWN});"""
FILL = f"""INSERT INTO indicator_zone (gram, {", ".join(KEPT)})
  SELECT pairs.value, {", ".join(zone.format(row="i") for zone in KEPT.values())}
  FROM indicator i, json_each(pairs(i.tokens)) pairs
  WHERE 1 ON CONFLICT DO UPDATE SET {GROWN} WHERE NOT ({KNOWN})"""
"""Derives everything for a store that has none of it: what the triggers do row by row."""


def apply(db: "Database") -> None:
    """Create the table, fill it from the facts, and keep it so: pairs() and zone() come from db.connection."""
    db.execute(TABLE)
    db.execute(FILL)
    for name, event in (("insert", "INSERT"), ("update", f"UPDATE OF tokens, {', '.join(KEPT)}")):
        db.execute(f"CREATE TRIGGER indicator_zone_{name} AFTER {event} ON indicator BEGIN {ADD} END")
