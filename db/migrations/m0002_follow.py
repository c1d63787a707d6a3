"""Let the change log carry followers and time travel: where it begins, which store it is of, whole rows before."""

from secrets import token_hex
from typing import TYPE_CHECKING

from db.migrations.m0001_plans import RECORDED

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: "Database") -> None:
    """Add the table of the feed, an index for what changed since, and record the key of a row with its image."""
    db.execute(
        "CREATE TABLE feed (only INTEGER PRIMARY KEY CHECK (only = 1), lineage TEXT NOT NULL,"
        " pruned_seq INTEGER NOT NULL, pruned_at TEXT NOT NULL) STRICT"
    )
    db.execute("INSERT INTO feed VALUES (1, ?, 0, '')", [token_hex(4)])
    db.execute("CREATE INDEX change_since ON change (resource, seq)")
    db.execute("CREATE INDEX change_at ON change (at)")
    for name in RECORDED:
        _record_the_key_too(db, name)


def _record_the_key_too(db: "Database", name: str) -> None:
    """Write the triggers of a table anew: only they know the key of a row that is gone, and past rows sort by it."""
    columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})") if row[1] != "tokens"]
    before = "json_object(" + ", ".join(f"'{column}', old.{column}" for column in columns) + ")"
    owner = "id" if name == "plan" else "plan_id"
    version = "{row}.version" if "version" in columns else "1"
    for operation, row in (("update", "new"), ("delete", "old")):
        number = version.format(row=row) + (" + 1" if operation == "delete" else "")
        db.execute(f"DROP TRIGGER {name}_change_{operation}")
        db.execute(
            f"CREATE TRIGGER {name}_change_{operation} AFTER {operation.upper()} ON {name} BEGIN"
            " INSERT INTO change (at, actor, resource, resource_id, plan_id, operation, version, before)"
            f" VALUES (changed_at(), changed_by(), '{name}', {row}.id, {row}.{owner}, '{operation}', {number},"
            f" {before});"
            " END"
        )
