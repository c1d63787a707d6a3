"""Say once, in a view, how an indicator stands: triggers that each say it up to eight times are 70 kB more of schema.

Every connection reads the schema before its first statement. What the triggers derive stays the same.
"""

from typing import TYPE_CHECKING

from db.migrations.m0005_lookups import ACHIEVED, COPIED, FACETS, LAST, LINKS, METHOD, REMOVE, STANDING

if TYPE_CHECKING:
    from sqlite_utils import Database

TERMS = ", ".join(FACETS)
SHOWN = (*COPIED, "source_paragraph", *FACETS)
VIEW = f"""CREATE VIEW indicator_standing AS SELECT *, json_array({TERMS}, standing) AS mark FROM (
  SELECT {", ".join(f"i.{name}" for name in SHOWN)},
    latest.key AS latest_key, latest.period_end AS latest_end, {STANDING} AS standing, {ACHIEVED} AS achieved,
    {METHOD} AS method, (SELECT p.period_start FROM plan p WHERE p.id = i.plan_id) AS period_start
  FROM indicator i LEFT JOIN observation latest ON latest.key = {LAST})"""

NEW_FACETS = f"""INSERT INTO facet (mark, {TERMS}, standing, indicators)
  SELECT mark, {TERMS}, standing, 0 FROM indicator_standing i WHERE {{which}} ON CONFLICT DO NOTHING;"""
SAME = ", ".join((*COPIED, "latest_key", "latest_end", "achieved", "method", "period_start"))
ENTRIES = f"""INSERT INTO indicator_entry ({SAME}, paragraph, facet_id)
  SELECT {SAME}, source_paragraph, (SELECT f.id FROM facet f WHERE f.mark = i.mark)
  FROM indicator_standing i WHERE {{which}};"""
OWN = "(SELECT key FROM indicator WHERE id = {row}.indicator_id)"
OWN_FACET = f"(SELECT f.id FROM indicator_standing i JOIN facet f ON f.mark = i.mark WHERE i.key = {OWN})"
RESTATE = f"""{NEW_FACETS.format(which=f"i.key = {OWN}")}
UPDATE indicator_entry SET (latest_key, latest_end, achieved) =
  (SELECT latest_key, latest_end, achieved FROM indicator_standing i WHERE i.key = {OWN}) WHERE key = {OWN};
UPDATE indicator_entry SET facet_id = {OWN_FACET} WHERE key = {OWN} AND facet_id <> {OWN_FACET};"""
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
    """Create the view, and the triggers anew in terms of it."""
    db.execute(VIEW)
    for name, (event, body) in TRIGGERS.items():
        db.execute(f"DROP TRIGGER {name}")
        db.execute(f"CREATE TRIGGER {name} {event} BEGIN {body} END")
