"""Tally the indicators by level and by department too, so that no summary of all of them looks at each."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

LEAD = "json_extract(e.facts || '}', '$.lead_department')"
"""The facts of an entry end before the brace."""
VIEW = f"""CREATE VIEW entry_group AS
  SELECT e.key, e.plan_id, 'level' AS sort, p.level AS name, e.standing, e.due_on
  FROM indicator_entry e CROSS JOIN plan p ON p.id = e.plan_id
  UNION ALL
  SELECT e.key, e.plan_id, 'department', coalesce({LEAD}, ''), e.standing, e.due_on
  FROM indicator_entry e"""
"""The groups that an indicator is in; '' stands for none."""

TABLE = """CREATE TABLE indicator_group (
  sort TEXT NOT NULL, name TEXT NOT NULL, standing TEXT NOT NULL, due_on TEXT NOT NULL, indicators INTEGER NOT NULL,
  PRIMARY KEY (sort, name, standing, due_on)
) STRICT, WITHOUT ROWID"""
COUNT = """INSERT INTO indicator_group
  SELECT sort, name, standing, due_on, {sign}count(*) FROM entry_group WHERE {which}
  GROUP BY sort, name, standing, due_on ON CONFLICT DO UPDATE SET indicators = indicators + excluded.indicators;"""
FILL = COUNT.format(sign="", which="1")
"""Derives everything for a store that has none of it: what the triggers do row by row."""

REMOVE = f"""{COUNT.format(sign="-", which="{which}")}
DELETE FROM indicator_group WHERE indicators = 0
  AND (sort, name, standing, due_on) IN (SELECT sort, name, standing, due_on FROM entry_group WHERE {{which}});"""
ONE, ALL = "key = {row}.key", "plan_id = {row}.id AND sort = 'level'"
TRIGGERS = {
    "indicator_group_insert": ("AFTER INSERT ON indicator_entry", COUNT.format(sign="", which=ONE), "new"),
    "indicator_group_delete": ("BEFORE DELETE ON indicator_entry", REMOVE.format(which=ONE), "old"),
    "indicator_group_leave": ("BEFORE UPDATE OF standing ON indicator_entry", REMOVE.format(which=ONE), "old"),
    "indicator_group_enter": (
        "AFTER UPDATE OF standing ON indicator_entry",
        COUNT.format(sign="", which=ONE),
        "new",
    ),
    "indicator_group_relevel": ("BEFORE UPDATE OF level ON plan", REMOVE.format(which=ALL), "old"),
    "indicator_group_level": ("AFTER UPDATE OF level ON plan", COUNT.format(sign="", which=ALL), "new"),
}


def apply(db: "Database") -> None:
    """Create the view and the table, count, and keep the counts."""
    db.execute(VIEW)
    db.execute(TABLE)
    db.execute(FILL)
    for name, (event, body, row) in TRIGGERS.items():
        db.execute(f"CREATE TRIGGER {name} {event} BEGIN {body.format(row=row)} END")
