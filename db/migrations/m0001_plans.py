"""Create the tables of plans and all their parts, the search indexes and the change log."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

STAMPS = """
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
"""
PLACE = """
  source_paragraph INTEGER CHECK (source_paragraph >= 1),
  source_start INTEGER CHECK (source_start >= 0),
  source_end INTEGER CHECK (source_end >= source_start)
"""
RESPONSIBLE = """
  lead_department TEXT,
  departments TEXT NOT NULL DEFAULT '[]' CHECK (json_type(departments) = 'array')
"""

INDICATOR_FACTS = """rtrim(json_object(
  'id', id, 'plan_id', plan_id, 'section_id', section_id, 'parent_id', parent_id, 'code', code,
  'name', name, 'name_en', name_en, 'action', action, 'kind', kind, 'direction', direction,
  'nature', nature, 'commitment', commitment,
  'target', json_object('comparator', comparator, 'value', value, 'upper', upper, 'tolerance', tolerance,
    'unit', unit, 'normalized_value', normalized_value, 'normalized_upper', normalized_upper,
    'base_unit', base_unit, 'text', target_text),
  'baseline', json_object('value', baseline_value, 'period', baseline_period),
  'deadline_id', deadline_id, 'due_on', due_on, 'due_precision', due_precision, 'deadline_basis', deadline_basis,
  'lead_department', lead_department, 'departments', json(departments),
  'source', json_object('paragraph', source_paragraph, 'start', source_start, 'end', source_end),
  'version', version, 'created_at', created_at, 'updated_at', updated_at), '}')"""
"""The members of an indicator that depend on nothing else, as JSON text without its closing brace.

Kept with the row: building them anew for each answer took two thirds of the time of a page.
"""

# A date is checked as date(x, '+0 days') IS x: without the modifier, SQLite lets the 30th of February pass.
TABLES = {
    "plan": f"""
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  title_en TEXT,
  area_code TEXT NOT NULL CHECK (area_code GLOB '[0-9][0-9][0-9][0-9][0-9][0-9]'),
  area_name TEXT NOT NULL,
  area_name_en TEXT,
  level TEXT NOT NULL CHECK (level IN ('national', 'province', 'city', 'district', 'county', 'township')),
  period_start TEXT NOT NULL CHECK (date(period_start, '+0 days') IS period_start),
  period_end TEXT NOT NULL CHECK (date(period_end, '+0 days') IS period_end AND period_end >= period_start),
  status TEXT NOT NULL CHECK (status IN ('draft', 'active', 'completed', 'withdrawn')),
  source_title TEXT,
  source_publisher TEXT,
  source_published_on TEXT CHECK (date(source_published_on, '+0 days') IS source_published_on),
  source_url TEXT,
  source_sha256 TEXT CHECK (length(source_sha256) = 64),
  {STAMPS}
""",
    "section": f"""
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plan (id),
  parent_id TEXT REFERENCES section (id) DEFERRABLE INITIALLY DEFERRED CHECK (parent_id <> id),
  number TEXT NOT NULL,
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 9),
  position INTEGER NOT NULL CHECK (position >= 1),
  title TEXT NOT NULL,
  title_en TEXT,
  {PLACE},
  tokens TEXT NOT NULL,
  {STAMPS}
""",
    "deadline": f"""
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plan (id),
  due_on TEXT NOT NULL CHECK (date(due_on, '+0 days') IS due_on),
  precision TEXT NOT NULL CHECK (precision IN ('day', 'month', 'quarter', 'half', 'year')),
  label TEXT NOT NULL,
  label_en TEXT,
  {STAMPS},
  UNIQUE (id, due_on)
""",
    "indicator": f"""
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plan (id),
  section_id TEXT NOT NULL REFERENCES section (id),
  parent_id TEXT REFERENCES indicator (id) DEFERRABLE INITIALLY DEFERRED CHECK (parent_id <> id),
  code TEXT NOT NULL,
  position INTEGER NOT NULL CHECK (position >= 1),
  name TEXT NOT NULL,
  name_en TEXT,
  action TEXT,
  kind TEXT NOT NULL CHECK (kind IN ('level', 'increment', 'growth_rate', 'share', 'limit', 'duration')),
  direction TEXT NOT NULL CHECK (direction IN ('increase', 'decrease', 'hold')),
  nature TEXT CHECK (nature IN ('binding', 'expected')),
  commitment TEXT CHECK (commitment IN ('assured', 'strived')),
  comparator TEXT NOT NULL CHECK (comparator IN
    ('ge', 'gt', 'le', 'lt', 'eq', 'approx', 'between', 'relative', 'assigned', 'direction_only')),
  value ANY CHECK (typeof(value) IN ('integer', 'real', 'null')),
  upper ANY CHECK (typeof(upper) IN ('integer', 'real', 'null')),
  tolerance ANY CHECK (typeof(tolerance) IN ('integer', 'real', 'null') AND tolerance >= 0),
  unit TEXT,
  normalized_value ANY CHECK (typeof(normalized_value) IN ('integer', 'real', 'null')),
  normalized_upper ANY CHECK (typeof(normalized_upper) IN ('integer', 'real', 'null')),
  base_unit TEXT,
  target_text TEXT NOT NULL,
  baseline_value ANY CHECK (typeof(baseline_value) IN ('integer', 'real', 'null')),
  baseline_period TEXT,
  deadline_id TEXT NOT NULL,
  due_on TEXT NOT NULL,
  due_precision TEXT NOT NULL CHECK (due_precision IN ('day', 'month', 'quarter', 'half', 'year')),
  deadline_basis TEXT NOT NULL CHECK (deadline_basis IN ('stated', 'inherited')),
  {RESPONSIBLE},
  {PLACE},
  tokens TEXT NOT NULL,
  {STAMPS},
  facts TEXT NOT NULL GENERATED ALWAYS AS ({INDICATOR_FACTS}) STORED,
  FOREIGN KEY (deadline_id, due_on) REFERENCES deadline (id, due_on) ON UPDATE CASCADE,
  CHECK ((value IS NULL) = (comparator IN ('relative', 'assigned', 'direction_only'))),
  CHECK ((upper IS NOT NULL) = (comparator = 'between')),
  CHECK (upper >= value)
""",
    "milestone": f"""
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plan (id),
  section_id TEXT NOT NULL REFERENCES section (id),
  code TEXT NOT NULL,
  position INTEGER NOT NULL CHECK (position >= 1),
  name TEXT NOT NULL,
  name_en TEXT,
  action TEXT,
  commitment TEXT CHECK (commitment IN ('assured', 'strived')),
  deadline_id TEXT NOT NULL,
  due_on TEXT NOT NULL,
  due_precision TEXT NOT NULL CHECK (due_precision IN ('day', 'month', 'quarter', 'half', 'year')),
  deadline_basis TEXT NOT NULL CHECK (deadline_basis IN ('stated', 'inherited')),
  state TEXT NOT NULL CHECK (state IN ('planned', 'in_progress', 'done', 'cancelled')),
  done_on TEXT CHECK (date(done_on, '+0 days') IS done_on),
  {RESPONSIBLE},
  {PLACE},
  tokens TEXT NOT NULL,
  {STAMPS},
  FOREIGN KEY (deadline_id, due_on) REFERENCES deadline (id, due_on) ON UPDATE CASCADE,
  CHECK ((done_on IS NOT NULL) = (state = 'done'))
""",
    "observation": """
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  plan_id TEXT NOT NULL REFERENCES plan (id),
  indicator_id TEXT NOT NULL REFERENCES indicator (id),
  time_period TEXT NOT NULL,
  period_end TEXT NOT NULL CHECK (date(period_end, '+0 days') IS period_end),
  value ANY NOT NULL CHECK (typeof(value) IN ('integer', 'real')),
  unit TEXT,
  obs_status TEXT NOT NULL CHECK (obs_status IN ('A', 'B', 'E', 'F', 'I', 'P')),
  note TEXT,
  reported_by TEXT,
  recorded_at TEXT NOT NULL,
  supersedes TEXT UNIQUE REFERENCES observation (id)
""",
    "change": """
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  resource TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  operation TEXT NOT NULL CHECK (operation IN ('create', 'update', 'delete')),
  version INTEGER NOT NULL,
  before TEXT CHECK ((before IS NULL) = (operation = 'create'))
""",
}

INDEXES = """
CREATE INDEX section_plan ON section (plan_id, position, id);
CREATE INDEX section_parent ON section (parent_id);
CREATE INDEX deadline_plan ON deadline (plan_id, due_on, id);
CREATE INDEX indicator_plan ON indicator (plan_id, position, id);
CREATE INDEX indicator_section ON indicator (section_id, position, id);
CREATE INDEX indicator_deadline ON indicator (deadline_id, due_on);
CREATE INDEX indicator_due_on ON indicator (due_on, id);
CREATE INDEX indicator_name ON indicator (name, id);
CREATE INDEX indicator_normalized_value ON indicator (normalized_value, id);
CREATE INDEX indicator_updated_at ON indicator (updated_at, id);
CREATE INDEX indicator_value ON indicator (value, id);
CREATE INDEX indicator_parent ON indicator (parent_id);
CREATE INDEX milestone_plan ON milestone (plan_id, position, id);
CREATE INDEX milestone_section ON milestone (section_id, position, id);
CREATE INDEX milestone_deadline ON milestone (deadline_id, due_on);
CREATE INDEX milestone_due_on ON milestone (due_on, id);
CREATE INDEX milestone_updated_at ON milestone (updated_at, id);
CREATE INDEX observation_indicator ON observation (indicator_id, period_end, key);
CREATE INDEX observation_plan ON observation (plan_id);
CREATE INDEX change_resource ON change (resource, resource_id, seq);
"""

SEARCHED = ("section", "indicator", "milestone")
RECORDED = ("plan", "section", "deadline", "indicator", "milestone", "observation")


def apply(db: "Database") -> None:
    """Create the tables and what keeps the search indexes and the change log true."""
    for name, columns in TABLES.items():
        db.execute(f"CREATE TABLE {name} ({columns}) STRICT")
    for statement in filter(str.strip, INDEXES.split(";")):
        db.execute(statement)
    for name in SEARCHED:
        _search_index(db, name)
    for name in RECORDED:
        _change_log(db, name)


def _search_index(db: "Database", name: str) -> None:
    db.execute(
        f"CREATE VIRTUAL TABLE {name}_search USING fts5(tokens, content='{name}', content_rowid='key',"
        " tokenize='unicode61 remove_diacritics 0')"
    )
    add = f"INSERT INTO {name}_search (rowid, tokens) VALUES (new.key, new.tokens);"
    remove = f"INSERT INTO {name}_search ({name}_search, rowid, tokens) VALUES ('delete', old.key, old.tokens);"
    db.execute(f"CREATE TRIGGER {name}_search_insert AFTER INSERT ON {name} BEGIN {add} END")
    db.execute(f"CREATE TRIGGER {name}_search_delete AFTER DELETE ON {name} BEGIN {remove} END")
    db.execute(f"CREATE TRIGGER {name}_search_update AFTER UPDATE OF tokens ON {name} BEGIN {remove} {add} END")


def _change_log(db: "Database", name: str) -> None:
    """Record every change where it happens: changed_at() and changed_by() come from db.connection.transaction.

    Only what a row was before is kept: what it became is the next change's before, or the row itself.
    """
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})") if row[1] not in ("key", "tokens")]
    before = "json_object(" + ", ".join(f"'{column}', old.{column}" for column in columns) + ")"
    owner = "id" if name == "plan" else "plan_id"
    version = "{row}.version" if "version" in columns else "1"
    for operation, row, image in (("create", "new", "NULL"), ("update", "new", before), ("delete", "old", before)):
        event = {"create": "INSERT", "update": "UPDATE", "delete": "DELETE"}[operation]
        number = version.format(row=row) + (" + 1" if operation == "delete" else "")
        db.execute(
            f"CREATE TRIGGER {name}_change_{operation} AFTER {event} ON {name} BEGIN"
            " INSERT INTO change (at, actor, resource, resource_id, plan_id, operation, version, before)"
            f" VALUES (changed_at(), changed_by(), '{name}', {row}.id, {row}.{owner}, '{operation}', {number},"
            f" {image});"
            " END"
        )
