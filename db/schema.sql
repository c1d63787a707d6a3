-- The store as it is: every table and index, and the triggers that keep what is derived.
--
-- When a store is created, db/schema.py adds what is the same for every table of a plan: the triggers that record its
-- changes, keep its search index and remember the ids of what is deleted; and the two views of the status rule
-- (db/status.py), indicator_value and indicator_standing.
--
-- The name of a column is the name of its member in JSON; a member of an object has the object's name before it
-- (target_value is target.value). A column added to a table is in JSON, in the change log and in the past by that.
-- Dates are checked as date(x, '+0 days') IS x: without the modifier SQLite lets the 30th of February pass.

-- Plans and their parts ------------------------------------------------------------------------------------------

CREATE TABLE plan (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
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
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE section (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  plan_id TEXT NOT NULL REFERENCES plan (id),
  parent_id TEXT REFERENCES section (id) DEFERRABLE INITIALLY DEFERRED CHECK (parent_id <> id),
  number TEXT NOT NULL,
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 9),
  position INTEGER NOT NULL CHECK (position >= 1),
  title TEXT NOT NULL,
  title_en TEXT,
  source_paragraph INTEGER CHECK (source_paragraph >= 1),
  source_start INTEGER CHECK (source_start >= 0),
  source_end INTEGER CHECK (source_end >= source_start),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  tokens TEXT NOT NULL -- what a search looks through, spelled by db/text/fold.py
) STRICT;

CREATE TABLE deadline (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  plan_id TEXT NOT NULL REFERENCES plan (id),
  due_on TEXT NOT NULL CHECK (date(due_on, '+0 days') IS due_on),
  precision TEXT NOT NULL CHECK (precision IN ('day', 'month', 'quarter', 'half', 'year')),
  label TEXT NOT NULL,
  label_en TEXT,
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (id, due_on)
) STRICT;

CREATE TABLE indicator (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
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
  target_comparator TEXT NOT NULL CHECK (target_comparator IN
    ('ge', 'gt', 'le', 'lt', 'eq', 'approx', 'between', 'relative', 'assigned', 'direction_only')),
  target_value ANY CHECK (typeof(target_value) IN ('integer', 'real', 'null')),
  target_upper ANY CHECK (typeof(target_upper) IN ('integer', 'real', 'null')),
  target_tolerance ANY CHECK (typeof(target_tolerance) IN ('integer', 'real', 'null') AND target_tolerance >= 0),
  target_unit TEXT,
  target_normalized_value ANY CHECK (typeof(target_normalized_value) IN ('integer', 'real', 'null')),
  target_normalized_upper ANY CHECK (typeof(target_normalized_upper) IN ('integer', 'real', 'null')),
  target_base_unit TEXT,
  target_text TEXT NOT NULL,
  baseline_value ANY CHECK (typeof(baseline_value) IN ('integer', 'real', 'null')),
  baseline_period TEXT,
  deadline_id TEXT NOT NULL,
  due_on TEXT NOT NULL,
  due_precision TEXT NOT NULL CHECK (due_precision IN ('day', 'month', 'quarter', 'half', 'year')),
  deadline_basis TEXT NOT NULL CHECK (deadline_basis IN ('stated', 'inherited')),
  lead_department TEXT,
  departments TEXT NOT NULL DEFAULT '[]' CHECK (json_type(departments) = 'array'),
  source_paragraph INTEGER CHECK (source_paragraph >= 1),
  source_start INTEGER CHECK (source_start >= 0),
  source_end INTEGER CHECK (source_end >= source_start),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  tokens TEXT NOT NULL,
  -- Derived by the triggers below, for lists: what filters and statuses test without a look at another row.
  term_id INTEGER, -- the row of term with its codes
  standing TEXT, -- what the status rule can say before it knows the date (db/status.py)
  achieved REAL, -- the share achieved, of those on the way to a target
  latest_end TEXT, -- the last day of the period of the latest value
  FOREIGN KEY (deadline_id, due_on) REFERENCES deadline (id, due_on) ON UPDATE CASCADE,
  CHECK ((target_value IS NULL) = (target_comparator IN ('relative', 'assigned', 'direction_only'))),
  CHECK ((target_upper IS NOT NULL) = (target_comparator = 'between')),
  CHECK (target_upper >= target_value)
) STRICT;

CREATE TABLE milestone (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
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
  lead_department TEXT,
  departments TEXT NOT NULL DEFAULT '[]' CHECK (json_type(departments) = 'array'),
  source_paragraph INTEGER CHECK (source_paragraph >= 1),
  source_start INTEGER CHECK (source_start >= 0),
  source_end INTEGER CHECK (source_end >= source_start),
  version INTEGER NOT NULL DEFAULT 1 CHECK (version >= 1),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  tokens TEXT NOT NULL,
  FOREIGN KEY (deadline_id, due_on) REFERENCES deadline (id, due_on) ON UPDATE CASCADE,
  CHECK ((done_on IS NOT NULL) = (state = 'done'))
) STRICT;

-- Values are only ever added: a correction supersedes the value that counted until then.
CREATE TABLE observation (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
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
) STRICT;

-- Lists ----------------------------------------------------------------------------------------------------------
-- Every sort key of a resource has an index TABLE_by_KEY, which a list walks. Those of indicators hold whatever
-- filters and statuses test, so that rows which do not match are passed over without being read.

CREATE UNIQUE INDEX plan_by_id ON plan (id);
CREATE INDEX plan_by_title ON plan (title, id);
CREATE INDEX plan_by_area_code ON plan (area_code, id);
CREATE INDEX plan_by_period_start ON plan (period_start, id);
CREATE INDEX plan_by_updated_at ON plan (updated_at, id);

CREATE UNIQUE INDEX section_by_id ON section (id);
CREATE INDEX section_by_plan ON section (plan_id, position, id);
CREATE INDEX section_by_position ON section (position, id);
CREATE INDEX section_by_number ON section (number, id);
CREATE INDEX section_by_title ON section (title, id);
CREATE INDEX section_by_updated_at ON section (updated_at, id);
CREATE INDEX section_of_parent ON section (parent_id);

CREATE UNIQUE INDEX deadline_by_id ON deadline (id);
CREATE INDEX deadline_by_plan ON deadline (plan_id, due_on, id);
CREATE INDEX deadline_by_due_on ON deadline (due_on, id);
CREATE INDEX deadline_by_updated_at ON deadline (updated_at, id);

CREATE UNIQUE INDEX indicator_by_id ON indicator (id);
CREATE INDEX indicator_by_plan ON indicator (plan_id, position, id, target_value, target_normalized_value, due_on,
  source_paragraph, updated_at, term_id, standing, achieved, latest_end);
CREATE INDEX indicator_by_position ON indicator (position, id, plan_id, target_value, target_normalized_value, due_on,
  source_paragraph, updated_at, term_id, standing, achieved, latest_end);
CREATE INDEX indicator_by_name ON indicator (name, id, plan_id, target_value, target_normalized_value, due_on,
  source_paragraph, updated_at, term_id, standing, achieved, latest_end);
CREATE INDEX indicator_by_value ON indicator (target_value, id, plan_id, target_normalized_value, due_on,
  source_paragraph, updated_at, term_id, standing, achieved, latest_end);
CREATE INDEX indicator_by_normalized_value ON indicator (target_normalized_value, id, plan_id, target_value, due_on,
  source_paragraph, updated_at, term_id, standing, achieved, latest_end);
CREATE INDEX indicator_by_due_on ON indicator (due_on, id, plan_id, target_value, target_normalized_value,
  source_paragraph, updated_at, term_id, standing, achieved, latest_end);
CREATE INDEX indicator_by_updated_at ON indicator (updated_at, id, plan_id, target_value, target_normalized_value,
  due_on, source_paragraph, term_id, standing, achieved, latest_end);
CREATE INDEX indicator_of_section ON indicator (section_id);
CREATE INDEX indicator_of_deadline ON indicator (deadline_id, due_on);
CREATE INDEX indicator_of_parent ON indicator (parent_id);
CREATE INDEX indicator_with_latest ON indicator (latest_end) WHERE latest_end IS NOT NULL;

CREATE UNIQUE INDEX milestone_by_id ON milestone (id);
CREATE INDEX milestone_by_plan ON milestone (plan_id, position, id);
CREATE INDEX milestone_by_position ON milestone (position, id);
CREATE INDEX milestone_by_name ON milestone (name, id);
CREATE INDEX milestone_by_state ON milestone (state, id);
CREATE INDEX milestone_by_due_on ON milestone (due_on, id);
CREATE INDEX milestone_by_updated_at ON milestone (updated_at, id);
CREATE INDEX milestone_of_section ON milestone (section_id);
CREATE INDEX milestone_of_deadline ON milestone (deadline_id, due_on);

CREATE UNIQUE INDEX observation_by_id ON observation (id);
CREATE INDEX observation_by_plan ON observation (plan_id, id);
CREATE INDEX observation_by_indicator ON observation (indicator_id, period_end, recorded_at, id);
CREATE INDEX observation_by_time_period ON observation (period_end, id);
CREATE INDEX observation_by_value ON observation (value, id);
CREATE INDEX observation_by_recorded_at ON observation (recorded_at, id);

-- The codes that indicators have together: hundreds of rows in a store of a million, so that an index holds one number
-- in place of seven texts. Rows are never deleted.
CREATE TABLE term (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  comparator TEXT NOT NULL,
  unit TEXT NOT NULL, -- '' for none, here and below
  base_unit TEXT NOT NULL,
  direction TEXT NOT NULL,
  nature TEXT NOT NULL,
  commitment TEXT NOT NULL,
  UNIQUE (kind, comparator, unit, base_unit, direction, nature, commitment)
) STRICT;

-- Who leads or takes part in an item, a row for each; db/schema.py has the triggers that keep them.
CREATE TABLE indicator_department (
  department TEXT NOT NULL,
  key INTEGER NOT NULL,
  PRIMARY KEY (department, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX indicator_department_key ON indicator_department (key);

CREATE TABLE milestone_department (
  department TEXT NOT NULL,
  key INTEGER NOT NULL,
  PRIMARY KEY (department, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX milestone_department_key ON milestone_department (key);

-- The derived columns of an indicator follow its target and its series.
CREATE TRIGGER indicator_derive_insert AFTER INSERT ON indicator BEGIN
  INSERT INTO term (kind, comparator, unit, base_unit, direction, nature, commitment)
    VALUES (new.kind, new.target_comparator, coalesce(new.target_unit, ''), coalesce(new.target_base_unit, ''),
      new.direction, coalesce(new.nature, ''), coalesce(new.commitment, '')) ON CONFLICT DO NOTHING;
  UPDATE indicator SET (term_id, standing, achieved, latest_end) =
    (SELECT term_id, standing, achieved, latest_end FROM indicator_standing s WHERE s.key = new.key)
    WHERE key = new.key;
END;
CREATE TRIGGER indicator_derive_update AFTER UPDATE OF kind, direction, nature, commitment, target_comparator,
  target_value, target_upper, target_tolerance, target_unit, target_base_unit, baseline_value ON indicator BEGIN
  INSERT INTO term (kind, comparator, unit, base_unit, direction, nature, commitment)
    VALUES (new.kind, new.target_comparator, coalesce(new.target_unit, ''), coalesce(new.target_base_unit, ''),
      new.direction, coalesce(new.nature, ''), coalesce(new.commitment, '')) ON CONFLICT DO NOTHING;
  UPDATE indicator SET (term_id, standing, achieved, latest_end) =
    (SELECT term_id, standing, achieved, latest_end FROM indicator_standing s WHERE s.key = new.key)
    WHERE key = new.key;
END;
CREATE TRIGGER indicator_derive_report AFTER INSERT ON observation BEGIN
  UPDATE indicator SET (standing, achieved, latest_end) =
    (SELECT standing, achieved, latest_end FROM indicator_standing s WHERE s.key = indicator.key)
    WHERE id = new.indicator_id;
END;
CREATE TRIGGER indicator_derive_correct AFTER UPDATE ON observation BEGIN
  UPDATE indicator SET (standing, achieved, latest_end) =
    (SELECT standing, achieved, latest_end FROM indicator_standing s WHERE s.key = indicator.key)
    WHERE id IN (old.indicator_id, new.indicator_id);
END;
CREATE TRIGGER indicator_derive_remove AFTER DELETE ON observation BEGIN
  UPDATE indicator SET (standing, achieved, latest_end) =
    (SELECT standing, achieved, latest_end FROM indicator_standing s WHERE s.key = indicator.key)
    WHERE id = old.indicator_id;
END;

-- How many indicators stand how, by what a summary of all of them is grouped by (bench/NOTES.md has what it buys).
-- "by" names the group, value is '' for none.
CREATE TABLE indicator_tally (
  "by" TEXT NOT NULL,
  value TEXT NOT NULL,
  standing TEXT NOT NULL,
  due_on TEXT NOT NULL,
  indicators INTEGER NOT NULL,
  PRIMARY KEY ("by", value, standing, due_on)
) STRICT, WITHOUT ROWID;

-- A new indicator enters when its standing is derived.
CREATE TRIGGER indicator_tally_enter AFTER UPDATE OF term_id, standing, due_on, lead_department ON indicator
  WHEN old.term_id IS NOT new.term_id OR old.standing IS NOT new.standing OR old.due_on <> new.due_on
    OR old.lead_department IS NOT new.lead_department BEGIN
  INSERT INTO indicator_tally SELECT g.key, coalesce(g.value, ''), new.standing, new.due_on, 1
    FROM term t, json_each(json_object('kind', t.kind, 'comparator', t.comparator, 'unit', t.unit,
      'base_unit', t.base_unit, 'direction', t.direction, 'nature', t.nature, 'commitment', t.commitment,
      'department', new.lead_department, 'level', (SELECT level FROM plan WHERE id = new.plan_id))) g
    WHERE t.id = new.term_id ON CONFLICT DO UPDATE SET indicators = indicators + 1;
END;
CREATE TRIGGER indicator_tally_leave AFTER UPDATE OF term_id, standing, due_on, lead_department ON indicator
  WHEN old.standing IS NOT NULL AND (old.term_id IS NOT new.term_id OR old.standing IS NOT new.standing OR old.due_on <> new.due_on
    OR old.lead_department IS NOT new.lead_department) BEGIN
  INSERT INTO indicator_tally SELECT g.key, coalesce(g.value, ''), old.standing, old.due_on, -1
    FROM term t, json_each(json_object('kind', t.kind, 'comparator', t.comparator, 'unit', t.unit,
      'base_unit', t.base_unit, 'direction', t.direction, 'nature', t.nature, 'commitment', t.commitment,
      'department', old.lead_department, 'level', (SELECT level FROM plan WHERE id = old.plan_id))) g
    WHERE t.id = old.term_id ON CONFLICT DO UPDATE SET indicators = indicators - 1;
END;
CREATE TRIGGER indicator_tally_delete AFTER DELETE ON indicator BEGIN
  INSERT INTO indicator_tally SELECT g.key, coalesce(g.value, ''), old.standing, old.due_on, -1
    FROM term t, json_each(json_object('kind', t.kind, 'comparator', t.comparator, 'unit', t.unit,
      'base_unit', t.base_unit, 'direction', t.direction, 'nature', t.nature, 'commitment', t.commitment,
      'department', old.lead_department, 'level', (SELECT level FROM plan WHERE id = old.plan_id))) g
    WHERE t.id = old.term_id ON CONFLICT DO UPDATE SET indicators = indicators - 1;
END;
CREATE TRIGGER indicator_tally_level AFTER UPDATE OF level ON plan BEGIN
  INSERT INTO indicator_tally SELECT 'level', old.level, standing, due_on, -1 FROM indicator WHERE plan_id = old.id
    ON CONFLICT DO UPDATE SET indicators = indicators - 1;
  INSERT INTO indicator_tally SELECT 'level', new.level, standing, due_on, 1 FROM indicator WHERE plan_id = new.id
    ON CONFLICT DO UPDATE SET indicators = indicators + 1;
END;

-- Search: pairs of neighbouring characters, so that a phrase of pairs is a substring (db/text/fold.py). ---------------

CREATE VIRTUAL TABLE section_search USING fts5
  (grams, content='', prefix=1, tokenize='unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE indicator_search USING fts5
  (grams, content='', prefix=1, tokenize='unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE milestone_search USING fts5
  (grams, content='', prefix=1, tokenize='unicode61 remove_diacritics 0');

-- The change log -------------------------------------------------------------------------------------------------
-- Every change of a plan and its parts, recorded where it happens. Only what a row was before is kept: what it became
-- is the next change's before, or the row itself.

CREATE TABLE change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  resource TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  plan_id TEXT NOT NULL,
  operation TEXT NOT NULL CHECK (operation IN ('create', 'update', 'delete')),
  version INTEGER NOT NULL,
  before TEXT CHECK ((before IS NULL) = (operation = 'create'))
) STRICT;
CREATE INDEX change_resource ON change (resource, resource_id, seq);
CREATE INDEX change_since ON change (resource, seq);
CREATE INDEX change_at ON change (at);

-- Where the log begins, and which store it is of.
CREATE TABLE feed (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  lineage TEXT NOT NULL,
  pruned_seq INTEGER NOT NULL,
  pruned_at TEXT NOT NULL
) STRICT;

-- Ids that are never given again, with the last version of what had them.
CREATE TABLE retired (
  resource TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (resource, id)
) STRICT;

-- Those who call the service (db/clients) -----------------------------------------------------------------------

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL CHECK (length(digest) = 64),
  scopes TEXT NOT NULL CHECK (json_type(scopes) = 'array'),
  created_at TEXT NOT NULL,
  expires_at TEXT,
  revoked_at TEXT,
  last_used_at TEXT
) STRICT;

-- Answers to requests that may be sent again.
CREATE TABLE idempotency (
  key_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request TEXT NOT NULL,
  kept_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  headers TEXT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (key_id, key)
) STRICT;
CREATE INDEX idempotency_by_time ON idempotency (kept_at);

-- Who is told of changes; how far each has been told stands in a file of its own (db/clients/deliveries.py).
CREATE TABLE webhook (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL,
  description TEXT,
  plans TEXT NOT NULL CHECK (json_type(plans) = 'array'),
  resources TEXT NOT NULL CHECK (json_type(resources) = 'array'),
  state TEXT NOT NULL CHECK (state IN ('active', 'paused', 'disabled')),
  reason TEXT CHECK ((reason IS NULL) = (state <> 'disabled')),
  since TEXT NOT NULL,
  secret TEXT NOT NULL,
  created_by TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
