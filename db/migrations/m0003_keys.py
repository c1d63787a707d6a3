"""Create what writing over HTTP needs: keys, answers kept for repeated requests, ids that are never given again."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

TABLES = {
    "api_key": """
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  digest TEXT NOT NULL CHECK (length(digest) = 64),
  scopes TEXT NOT NULL CHECK (json_type(scopes) = 'array'),
  created_at TEXT NOT NULL,
  expires_at TEXT,
  revoked_at TEXT,
  last_used_at TEXT
""",
    "idempotency": """
  key_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request TEXT NOT NULL,
  claimed_at TEXT NOT NULL,
  status INTEGER,
  headers TEXT CHECK ((headers IS NULL) = (status IS NULL)),
  body BLOB CHECK ((body IS NULL) = (status IS NULL)),
  PRIMARY KEY (key_id, key)
""",
    "retired": """
  resource TEXT NOT NULL,
  id TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (resource, id)
""",
}
VERSIONED = ("plan", "section", "deadline", "indicator", "milestone")


def apply(db: "Database") -> None:
    """Create the tables, and remember the id and the last version of whatever is deleted."""
    for name, columns in TABLES.items():
        db.execute(f"CREATE TABLE {name} ({columns}) STRICT")
    db.execute("CREATE INDEX idempotency_claimed ON idempotency (claimed_at)")
    for name in VERSIONED:
        db.execute(
            f"CREATE TRIGGER {name}_retire AFTER DELETE ON {name} BEGIN"
            f" INSERT OR REPLACE INTO retired (resource, id, version) VALUES ('{name}', old.id, old.version + 1); END"
        )
