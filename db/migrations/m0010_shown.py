"""Keep with the entries what a list shows, so that a page reads one row for each of its members, and not two.

The facts move there as the text that is sent, with the last value as JSON and the standing; the indicator computes its
facts where the past asks for them. The indexes of sorts get whatever the filters of other sorts test, and a signature
of departments (db.signature), so that two filters that seldom go together look into no row.
"""

from typing import TYPE_CHECKING

from db.migrations import m0008_walked
from db.migrations.m0001_plans import INDICATOR_FACTS
from db.migrations.m0005_lookups import LINKS, REMOVE, SORTED
from db.migrations.m0007_standing import NEW_FACETS, OWN, OWN_FACET, SAME, VIEW

if TYPE_CHECKING:
    from sqlite_utils import Database

LATEST = """CASE WHEN latest.key IS NOT NULL THEN json_object('id', latest.id,
  'time_period', latest.time_period, 'value', latest.value, 'obs_status', latest.obs_status) END"""

DEPARTMENTS = "signature(json_insert(i.departments, '$[#]', i.lead_department))"

TABLE = """
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  name TEXT NOT NULL,
  value ANY,
  normalized_value ANY,
  due_on TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  paragraph INTEGER,
  facet_id INTEGER NOT NULL,
  latest_key INTEGER,
  latest_end TEXT,
  achieved REAL,
  period_start TEXT,
  method TEXT,
  departments INTEGER NOT NULL,
  standing TEXT NOT NULL,
  latest TEXT,
  facts TEXT NOT NULL
"""
TESTED = ("facet_id", "plan_id", "position", "value", "normalized_value", "due_on", "paragraph", "departments")
JUDGED = ("standing", "latest_end", "achieved", "period_start")
"""What a status is told by, besides a date."""
WIDE = ("value", "normalized_value", "due_on", "updated_at", "paragraph")
"""Filters that are ranges of an index."""


def _columns(*columns: str) -> str:
    return ", ".join(dict.fromkeys(columns))


INDEXES = {
    **m0008_walked.INDEXES,
    **{name: _columns(name, "id", *TESTED) for name in SORTED},
    **{name: _columns(name, "id", *TESTED, *JUDGED, "updated_at") for name in WIDE},
    "plan": _columns("plan_id", "position", "id", *TESTED, *JUDGED, "updated_at"),
    "facet_plan": "facet_id, plan_id, position, id",
}
"""The columns of each."""
LATEST_END = "indicator_entry_latest_end ON indicator_entry (latest_end, facet_id) WHERE latest_end IS NOT NULL"

SHOWN = f"{SAME}, departments, standing, latest, facts"
ENTRIES = f"""INSERT INTO indicator_entry ({SHOWN}, paragraph, facet_id)
  SELECT {SHOWN}, source_paragraph, (SELECT f.id FROM facet f WHERE f.mark = i.mark)
  FROM indicator_standing i WHERE {{which}};"""
FILL = (NEW_FACETS + ENTRIES).format(which="1")
"""Derives facets and entries for a store that has none: what the triggers below do row by row."""

RESTATE = f"""{NEW_FACETS.format(which=f"i.key = {OWN}")}
UPDATE indicator_entry SET (latest_key, latest_end, achieved, latest) =
  (SELECT latest_key, latest_end, achieved, latest FROM indicator_standing i WHERE i.key = {OWN}) WHERE key = {OWN};
UPDATE indicator_entry SET facet_id = {OWN_FACET}, standing =
  (SELECT standing FROM indicator_standing i WHERE i.key = {OWN}) WHERE key = {OWN} AND facet_id <> {OWN_FACET};"""
"""Follows a series: the facet is written, and its indexes with it, only where the standing has changed."""

ADD = (NEW_FACETS + ENTRIES + LINKS).format(which="i.key = new.key")
TRIGGERS = {
    "indicator_entry_insert": ("AFTER INSERT ON indicator", ADD),
    "indicator_entry_update": ("AFTER UPDATE ON indicator", REMOVE + ADD),
    "indicator_entry_report": ("AFTER INSERT ON observation", RESTATE.format(row="new")),
    "indicator_entry_rereport": ("AFTER UPDATE ON observation", RESTATE.format(row="old") + RESTATE.format(row="new")),
    "indicator_entry_unreport": ("AFTER DELETE ON observation", RESTATE.format(row="old")),
}


def apply(db: "Database") -> None:
    """Make the table anew with what is shown, its indexes and triggers with it; the indicators lose what it has now."""
    kept = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'indicator_entry_*'")
    triggers = dict(kept.fetchall())
    for name in triggers:
        db.execute(f"DROP TRIGGER {name}")
    db.execute("ALTER TABLE indicator_entry RENAME TO narrow")
    db.execute(f"CREATE TABLE indicator_entry ({TABLE}) STRICT")
    db.execute(
        f"INSERT INTO indicator_entry ({SAME}, paragraph, facet_id, departments, standing, latest, facts)"
        f" SELECT {', '.join(f'n.{name}' for name in SAME.split(', '))}, n.paragraph, n.facet_id, {DEPARTMENTS},"
        f" (SELECT f.standing FROM facet f WHERE f.id = n.facet_id), {LATEST}, i.facts"
        " FROM narrow n CROSS JOIN indicator i ON i.key = n.key"
        " LEFT JOIN observation latest ON latest.key = n.latest_key ORDER BY n.key"
    )
    db.execute("DROP TABLE narrow")
    for name, columns in INDEXES.items():
        db.execute(f"CREATE INDEX indicator_entry_{name} ON indicator_entry ({columns})")
    db.execute(f"CREATE INDEX {LATEST_END}")
    db.execute("DROP VIEW indicator_standing")
    db.execute("ALTER TABLE indicator DROP COLUMN facts")
    db.execute(f"ALTER TABLE indicator ADD COLUMN facts TEXT GENERATED ALWAYS AS ({INDICATOR_FACTS}) VIRTUAL")
    db.execute(
        VIEW.replace("latest.key AS", f"i.facts, {DEPARTMENTS} AS departments, {LATEST} AS latest, latest.key AS")
    )
    for name, (event, body) in TRIGGERS.items():
        triggers[name] = f"CREATE TRIGGER {name} {event} BEGIN {body} END"
    for sql in triggers.values():
        db.execute(sql)
