"""Keep what lists are found by beside the facts: narrow rows, facets, departments, tallies and pairs of characters.

All of it is derived: triggers keep it true whoever writes, and neither the change log nor the past knows of it.
"""

from typing import TYPE_CHECKING

from db.migrations.m0001_plans import SEARCHED

if TYPE_CHECKING:
    from sqlite_utils import Database


TOLERANCE = "coalesce(i.tolerance, CASE i.unit WHEN '%' THEN 0.5 ELSE abs(i.value) * 0.05 END)"
BASELINE = "coalesce(i.baseline_value, 0)"


def satisfied(value: str) -> str:
    """Write the test of one value against the target of `i`, each comparator taken literally.

    The margin of 1e-9 only absorbs what binary fractions lose (5.9 - 5.4).
    """
    return f"""CASE i.comparator
  WHEN 'ge' THEN {value} >= i.value WHEN 'gt' THEN {value} > i.value
  WHEN 'le' THEN {value} <= i.value WHEN 'lt' THEN {value} < i.value
  WHEN 'eq' THEN CASE i.direction
    WHEN 'increase' THEN {value} >= i.value WHEN 'decrease' THEN {value} <= i.value ELSE {value} = i.value END
  WHEN 'approx' THEN abs({value} - i.value) <= {TOLERANCE} + 1e-9
  WHEN 'between' THEN {value} BETWEEN i.value AND i.upper END"""


GOAL = f"CASE WHEN i.comparator = 'between' AND {BASELINE} > i.upper THEN i.upper ELSE i.value END"
"""The end of the road from the baseline: the near end of a range."""

METHOD = f"""CASE WHEN i.value IS NULL THEN 'none'
  WHEN (i.kind = 'increment' OR i.baseline_value IS NOT NULL)
    AND NOT ({satisfied(BASELINE)}) AND {BASELINE} <> i.value THEN 'schedule'
  ELSE 'comparison' END"""
"""There is a road to measure only if the baseline (0 for an increment) falls short of the target.

A ceiling on a flow, a zero target and a target already passed at the baseline are held or not held."""

ACHIEVED = f"""CASE WHEN latest.value IS NOT NULL AND ({METHOD}) = 'schedule'
  THEN round((latest.value - {BASELINE}) * 1.0 / ({GOAL} - {BASELINE}), 4) END"""

STANDING = f"""CASE
  WHEN latest.value IS NULL THEN 'unreported'
  WHEN i.value IS NULL THEN 'unrated'
  WHEN ({METHOD}) = 'schedule' THEN CASE WHEN {satisfied("latest.value")} THEN 'reached' ELSE 'underway' END
  WHEN {satisfied("latest.value")} THEN 'kept'
  ELSE 'broken' END"""
"""What the status rule can say before it knows the date: db.status makes a status of it."""

LAST = """(SELECT seen.key FROM observation seen WHERE seen.indicator_id = i.id AND seen.obs_status <> 'F'
    AND NOT EXISTS (SELECT 1 FROM observation newer WHERE newer.supersedes = seen.id)
  ORDER BY seen.period_end DESC, seen.key DESC LIMIT 1)"""
"""The value of the last period of all, no forecast, not superseded."""

FACETS = ("kind", "comparator", "unit", "base_unit", "direction", "nature", "commitment")
MARK = f"json_array({', '.join(f'i.{name}' for name in FACETS)}, {STANDING})"

COPIED = ("key", "id", "plan_id", "position", "name", "value", "normalized_value", "due_on", "updated_at")

TABLES = {
    "facet": f"""
  id INTEGER PRIMARY KEY,
  mark TEXT NOT NULL UNIQUE,
  {", ".join(f"{name} TEXT" for name in FACETS)},
  standing TEXT NOT NULL,
  indicators INTEGER NOT NULL
) STRICT""",
    "indicator_tally": """
  facet_id INTEGER NOT NULL,
  due_on TEXT NOT NULL,
  indicators INTEGER NOT NULL,
  PRIMARY KEY (facet_id, due_on)
) STRICT, WITHOUT ROWID""",
    "indicator_entry": """
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
  achieved REAL
) STRICT""",
    "indicator_department": """
  department TEXT NOT NULL,
  facet_id INTEGER NOT NULL,
  key INTEGER NOT NULL,
  PRIMARY KEY (department, facet_id, key)
) STRICT, WITHOUT ROWID""",
    "milestone_department": """
  department TEXT NOT NULL,
  key INTEGER NOT NULL,
  PRIMARY KEY (department, key)
) STRICT, WITHOUT ROWID""",
}

SORTED = ("value", "normalized_value", "due_on", "name", "updated_at", "position")
MERGED = ("value", "normalized_value", "due_on")
"""Sorts that go with a facet (a share is never above 100), so that a facet may stand far down the whole order."""

INDEXES = "".join(
    [
        "CREATE INDEX indicator_entry_plan ON indicator_entry (plan_id, position, id, facet_id);",
        *(f"CREATE INDEX indicator_entry_{name} ON indicator_entry ({name}, id, facet_id);" for name in SORTED),
        "CREATE INDEX indicator_entry_facet_plan ON indicator_entry (facet_id, plan_id, position, id);",
        *(f"CREATE INDEX indicator_entry_facet_{name} ON indicator_entry (facet_id, {name}, id);" for name in MERGED),
        "CREATE INDEX indicator_entry_paragraph ON indicator_entry (paragraph, facet_id);",
        "CREATE INDEX indicator_entry_latest_end ON indicator_entry (latest_end, facet_id)"
        " WHERE latest_end IS NOT NULL;",
        "CREATE INDEX indicator_department_key ON indicator_department (key);",
        "CREATE INDEX milestone_department_key ON milestone_department (key);",
        *(f"CREATE INDEX milestone_{name} ON milestone ({name}, id);" for name in ("name", "position")),
        "CREATE INDEX milestone_state ON milestone (state, id, due_on, done_on);",
        "CREATE INDEX milestone_paragraph ON milestone (source_paragraph);",
        *(
            f"CREATE INDEX section_{name} ON section ({name}, id);"
            for name in ("position", "number", "title", "updated_at", "level")
        ),
        *(f"CREATE INDEX deadline_{name} ON deadline ({name}, id);" for name in ("due_on", "updated_at", "precision")),
        *(f"CREATE INDEX plan_{name} ON plan ({name}, id);" for name in ("title", "period_start", "updated_at")),
        *(f"CREATE INDEX plan_{name} ON plan ({name}, id);" for name in ("area_code", "level")),
        "CREATE INDEX observation_series ON observation (indicator_id, period_end, recorded_at, id);",
        "CREATE INDEX observation_obs_status ON observation (obs_status);",
        "CREATE INDEX observation_owner ON observation (plan_id, id);",
        *(
            f"CREATE INDEX observation_{name} ON observation ({name}, id);"
            for name in ("period_end", "value", "recorded_at")
        ),
    ]
)
REPLACED = (
    *(f"indicator_{name}" for name in ("due_on", "name", "normalized_value", "updated_at", "value")),
    "observation_plan",
)

# ON CONFLICT, not OR IGNORE: the action of a foreign key that fires a trigger would override the latter.
NEW_FACETS = f"""INSERT INTO facet (mark, {", ".join(FACETS)}, standing, indicators)
  SELECT {MARK}, {", ".join(f"i.{name}" for name in FACETS)}, {STANDING}, 0
  FROM indicator i LEFT JOIN observation latest ON latest.key = {LAST} WHERE {{which}} ON CONFLICT DO NOTHING;"""
ENTRIES = f"""INSERT INTO indicator_entry ({", ".join(COPIED)}, paragraph, facet_id, latest_key, latest_end, achieved)
  SELECT {", ".join(f"i.{name}" for name in COPIED)}, i.source_paragraph,
    (SELECT f.id FROM facet f WHERE f.mark = {MARK}), latest.key, latest.period_end, {ACHIEVED}
  FROM indicator i LEFT JOIN observation latest ON latest.key = {LAST} WHERE {{which}};"""
LINKS = """INSERT INTO indicator_department (department, facet_id, key)
  SELECT department.value, e.facet_id, i.key FROM indicator i JOIN indicator_entry e ON e.key = i.key,
    json_each(json_insert(i.departments, '$[#]', i.lead_department)) department
  WHERE department.value IS NOT NULL AND {which} ON CONFLICT DO NOTHING;"""
MILESTONE_LINKS = """INSERT INTO milestone_department (department, key)
  SELECT department.value, m.key FROM milestone m,
    json_each(json_insert(m.departments, '$[#]', m.lead_department)) department
  WHERE department.value IS NOT NULL AND {which} ON CONFLICT DO NOTHING;"""
TALLIES = """INSERT INTO indicator_tally SELECT facet_id, due_on, count(*) FROM indicator_entry
  GROUP BY facet_id, due_on;
UPDATE facet SET indicators =
  (SELECT coalesce(sum(t.indicators), 0) FROM indicator_tally t WHERE t.facet_id = facet.id);"""
GRAMS = "INSERT INTO {name}_search (rowid, grams) SELECT key, grams(tokens) FROM {name};"

FILL_REST = "".join(
    [
        LINKS.format(which="1"),
        MILESTONE_LINKS.format(which="1"),
        TALLIES,
        *(GRAMS.format(name=name) for name in SEARCHED),
    ]
)
FILL = NEW_FACETS.format(which="1") + ENTRIES.format(which="1") + FILL_REST
"""Derives everything for a store that has none of it: what the triggers below do row by row."""

OF_SERIES = "i.id = {row}.indicator_id"
RESTATE = f"""{NEW_FACETS}
UPDATE indicator_entry SET (latest_key, latest_end, achieved) = (
  SELECT latest.key, latest.period_end, {ACHIEVED} FROM indicator i LEFT JOIN observation latest ON latest.key = {LAST}
  WHERE {{which}})
WHERE key = (SELECT i.key FROM indicator i WHERE {{which}});
UPDATE indicator_entry SET facet_id = (
  SELECT f.id FROM indicator i LEFT JOIN observation latest ON latest.key = {LAST} JOIN facet f ON f.mark = {MARK}
  WHERE {{which}})
WHERE key = (SELECT i.key FROM indicator i WHERE {{which}}) AND facet_id <> (
  SELECT f.id FROM indicator i LEFT JOIN observation latest ON latest.key = {LAST} JOIN facet f ON f.mark = {MARK}
  WHERE {{which}});"""
"""Follows a series: the facet is written, and its indexes with it, only where the standing has changed."""

ADD = (NEW_FACETS + ENTRIES + LINKS).format(which="i.key = new.key")
REMOVE = """DELETE FROM indicator_department WHERE key = old.key;
DELETE FROM indicator_entry WHERE key = old.key;"""
COUNT = """UPDATE facet SET indicators = indicators + 1 WHERE id = new.facet_id;
INSERT INTO indicator_tally VALUES (new.facet_id, new.due_on, 1)
  ON CONFLICT DO UPDATE SET indicators = indicators + 1;"""
DISCOUNT = """UPDATE facet SET indicators = indicators - 1 WHERE id = old.facet_id;
UPDATE indicator_tally SET indicators = indicators - 1 WHERE facet_id = old.facet_id AND due_on = old.due_on;
DELETE FROM indicator_tally WHERE facet_id = old.facet_id AND due_on = old.due_on AND indicators = 0;"""
MOVE = "UPDATE indicator_department SET facet_id = new.facet_id WHERE key = new.key;"
ADD_MILESTONE = MILESTONE_LINKS.format(which="m.key = new.key")
REMOVE_MILESTONE = "DELETE FROM milestone_department WHERE key = old.key;"
RESTATE_NEW = RESTATE.format(which=OF_SERIES.format(row="new"))
RESTATE_OLD = RESTATE.format(which=OF_SERIES.format(row="old"))

TRIGGERS = {
    "indicator_entry_insert": ("AFTER INSERT ON indicator", ADD),
    "indicator_entry_update": ("AFTER UPDATE ON indicator", REMOVE + ADD),
    "indicator_entry_delete": ("AFTER DELETE ON indicator", REMOVE),
    "indicator_entry_count": ("AFTER INSERT ON indicator_entry", COUNT),
    "indicator_entry_recount": ("AFTER UPDATE OF facet_id ON indicator_entry", DISCOUNT + COUNT + MOVE),
    "indicator_entry_discount": ("AFTER DELETE ON indicator_entry", DISCOUNT),
    "indicator_entry_report": ("AFTER INSERT ON observation", RESTATE_NEW),
    "indicator_entry_rereport": ("AFTER UPDATE ON observation", RESTATE_OLD + RESTATE_NEW),
    "indicator_entry_unreport": ("AFTER DELETE ON observation", RESTATE_OLD),
    "milestone_department_insert": ("AFTER INSERT ON milestone", ADD_MILESTONE),
    "milestone_department_update": (
        "AFTER UPDATE OF departments, lead_department ON milestone",
        REMOVE_MILESTONE + ADD_MILESTONE,
    ),
    "milestone_department_delete": ("AFTER DELETE ON milestone", REMOVE_MILESTONE),
}


def apply(db: "Database") -> None:
    """Create the tables, fill them from the facts, and keep them so."""
    for name, columns in TABLES.items():
        db.execute(f"CREATE TABLE {name} ({columns}")
    for name in SEARCHED:
        _search_index(db, name)
    for name in REPLACED:
        db.execute(f"DROP INDEX {name}")
    _all(db, FILL)
    _all(db, INDEXES)
    for name, (event, body) in TRIGGERS.items():
        db.execute(f"CREATE TRIGGER {name} {event} BEGIN {body} END")


def _all(db: "Database", statements: str) -> None:
    for statement in filter(str.strip, statements.split(";")):
        db.execute(statement)


def _search_index(db: "Database", name: str) -> None:
    """Index pairs of neighbouring characters: grams() comes from db.connection."""
    for event in ("insert", "delete", "update"):
        db.execute(f"DROP TRIGGER {name}_search_{event}")
    db.execute(f"DROP TABLE {name}_search")
    db.execute(
        f"CREATE VIRTUAL TABLE {name}_search USING fts5(grams, content='', prefix=1,"
        " tokenize='unicode61 remove_diacritics 0')"
    )
    add = f"INSERT INTO {name}_search (rowid, grams) VALUES (new.key, grams(new.tokens));"
    remove = f"INSERT INTO {name}_search ({name}_search, rowid, grams) VALUES ('delete', old.key, grams(old.tokens));"
    db.execute(f"CREATE TRIGGER {name}_search_insert AFTER INSERT ON {name} BEGIN {add} END")
    db.execute(f"CREATE TRIGGER {name}_search_delete AFTER DELETE ON {name} BEGIN {remove} END")
    db.execute(f"CREATE TRIGGER {name}_search_update AFTER UPDATE OF tokens ON {name} BEGIN {remove} {add} END")
