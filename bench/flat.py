"""Write the rows of a store as one flat table, for the peers: the same rows, with the indexes a good user would add."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from bench.columns import COLUMNS, NUMBERS, TEXTS
from bench.data import VAR, Row, schema_mark

OWNED = {
    "area_code": "p.area_code",
    "level": "p.level",
    **{
        name: f"i.target_{name}"
        for name in ("comparator", "unit", "base_unit", "value", "upper", "normalized_value", "normalized_upper")
    },
}
"""Columns that have another name in the store, or stand in another table."""

INDEXES = {
    "plan": "plan_id, position",
    "section": "section_id, position",
    "due": "due_on, id",
    "value": "value, id",
    "unit": "unit, id",
    "kind": "kind, id",
    "area": "area_code, id",
    "department": "lead_department, id",
}


def database(store: Path, indicators: int, say: Callable[[str], None] = print) -> Path:
    """Return the flat table of a store as a SQLite file of its own; make it if it is not there yet."""
    path = VAR / f"{schema_mark()}-{indicators}.flat.db"
    if not path.exists():
        say("writing the flat table for the peers")
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        columns = [f"{name} TEXT{' PRIMARY KEY' if name == 'id' else ''}" for name in TEXTS]
        columns += [f"{name} {'INTEGER' if name in ('position', 'source_paragraph') else 'REAL'}" for name in NUMBERS]
        writer = sqlite3.connect(draft, isolation_level=None)
        writer.execute(f"CREATE TABLE indicator ({', '.join(columns)})")
        copy(writer, store, empty=False)
        for name, keys in INDEXES.items():
            writer.execute(f"CREATE INDEX indicator_{name} ON indicator ({keys})")
        writer.execute("ANALYZE")
        writer.execute("PRAGMA journal_mode = WAL")
        writer.close()
        draft.rename(path)
    return path


def copy(writer: sqlite3.Connection, store: Path, *, empty: bool) -> None:
    """Copy the indicators of a store; `empty` writes no text and 0 where there is none, as some peers need."""

    def column(name: str) -> str:
        expression = OWNED.get(name, f"i.{name}")
        nothing = "0" if name in NUMBERS else "''"
        return f"coalesce({expression}, {nothing})" if empty else expression

    writer.execute("PRAGMA journal_mode = OFF")
    writer.execute("PRAGMA synchronous = OFF")
    writer.execute("PRAGMA cache_size = -500000")
    writer.execute("ATTACH ? AS ours", (str(store),))
    writer.execute(
        f"INSERT INTO indicator ({', '.join(COLUMNS)}) SELECT {', '.join(map(column, COLUMNS))}"
        " FROM ours.indicator i JOIN ours.plan p ON p.id = i.plan_id ORDER BY i.key"
    )
    writer.execute("DETACH ours")


def sample(store: Path, indicators: int) -> Row:
    """Choose what the cases ask for: ids, plans, sections, and the rows at each depth in each order."""
    path = VAR / f"{schema_mark()}-{indicators}.sample.json"
    if not path.exists():
        reader = sqlite3.connect(store)
        step = max(1, indicators // 50_000)
        depths = [depth for depth in (100_000, 1_000_000) if depth < indicators] or [indicators // 2]
        chosen = {
            "ids": _column(reader, "SELECT id FROM indicator WHERE key % ? = 0", step),
            "plans": _column(reader, "SELECT id FROM plan WHERE key % ? = 0", max(1, indicators // 3_000_000)),
            "sections": _column(reader, "SELECT id FROM section WHERE parent_id IS NOT NULL LIMIT ?", 1),
            "depths": {
                sort: {str(depth): _at(reader, order, depth) for depth in depths} for sort, order in ORDERS.items()
            },
        }
        path.write_text(json.dumps(chosen, ensure_ascii=False))
    found: Row = json.loads(path.read_text())
    return found


ORDERS = {"": "plan_id, position, id", "due_on": "due_on, id", "-value": "target_value DESC, id"}
"""The orders that are walked, as our API spells them."""


def _column(reader: sqlite3.Connection, statement: str, value: int) -> list[str]:
    return [row[0] for row in reader.execute(statement, (value,))]


def _at(reader: sqlite3.Connection, order: str, depth: int) -> Row:
    row = reader.execute(
        f"SELECT plan_id, position, id, due_on, target_value FROM indicator ORDER BY {order} LIMIT 1 OFFSET ?", (depth,)
    ).fetchone()
    return dict(zip(("plan_id", "position", "id", "due_on", "value"), row, strict=True))
