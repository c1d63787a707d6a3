"""Create the subscriptions of webhooks; how far each has been delivered is kept elsewhere (db.clients)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: "Database") -> None:
    """Create the table."""
    db.execute("""
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
) STRICT""")
