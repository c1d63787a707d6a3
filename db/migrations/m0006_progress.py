"""Keep with the narrow rows what progress needs of the plan and of the target, so that a page looks neither up."""

from typing import TYPE_CHECKING

from db.migrations.m0005_lookups import ADD, METHOD, REMOVE

if TYPE_CHECKING:
    from sqlite_utils import Database

COLUMNS = ("period_start", "method")

DERIVE = f"""UPDATE indicator_entry SET (period_start, method) = (
  SELECT p.period_start, {METHOD} FROM indicator i JOIN plan p ON p.id = i.plan_id WHERE i.key = indicator_entry.key)"""
FILL = f"{DERIVE};"
"""Derives both for a store that has neither: what the triggers below do row by row."""

ADD_ALL = f"{ADD}{DERIVE} WHERE key = new.key;"
MOVE_START = "UPDATE indicator_entry SET period_start = new.period_start WHERE plan_id = new.id;"

TRIGGERS = {
    "indicator_entry_insert": ("AFTER INSERT ON indicator", ADD_ALL),
    "indicator_entry_update": ("AFTER UPDATE ON indicator", REMOVE + ADD_ALL),
    "indicator_entry_begin": ("AFTER UPDATE OF period_start ON plan", MOVE_START),
}


def apply(db: "Database") -> None:
    """Add the columns, fill them from the facts, and keep them so."""
    for name in COLUMNS:
        db.execute(f"ALTER TABLE indicator_entry ADD COLUMN {name} TEXT")
    db.execute(FILL)
    for name, (event, body) in TRIGGERS.items():
        db.execute(f"DROP TRIGGER IF EXISTS {name}")
        db.execute(f"CREATE TRIGGER {name} {event} BEGIN {body} END")
