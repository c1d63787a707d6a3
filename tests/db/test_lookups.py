"""What triggers derive row by row is what the migration derives from all rows at once."""

import json
import sqlite3
from typing import Any

import pytest
from sqlite_utils import Database

from db.connection import transaction
from db.migrations import m0005_lookups, m0010_shown, m0013_groups

DERIVED = {
    "entries": "SELECT e.key, e.id, e.plan_id, e.position, e.name, e.value, e.normalized_value, e.due_on, e.updated_at,"
    " e.paragraph, e.latest_key, e.latest_end, e.achieved, e.period_start, e.method, e.departments, e.standing,"
    " e.latest, e.facts, f.mark FROM indicator_entry e JOIN facet f ON f.id = e.facet_id ORDER BY e.key",
    "facets": "SELECT mark, indicators FROM facet WHERE indicators > 0 ORDER BY mark",
    "tallies": "SELECT f.mark, t.due_on, t.indicators FROM indicator_tally t JOIN facet f ON f.id = t.facet_id"
    " ORDER BY f.mark, t.due_on",
    "departments": "SELECT x.department, x.key, f.mark FROM indicator_department x JOIN facet f ON f.id = x.facet_id"
    " ORDER BY x.department, x.key",
    "groups": "SELECT * FROM indicator_group ORDER BY sort, name, standing, due_on",
    "of milestones": "SELECT department, key FROM milestone_department ORDER BY department, key",
}
TABLES = (
    *("indicator_department", "indicator_entry", "indicator_tally", "indicator_group", "milestone_department", "facet"),
)


def derived(store: sqlite3.Connection) -> dict[str, list[Any]]:
    return {name: store.execute(statement).fetchall() for name, statement in DERIVED.items()}


@pytest.mark.parametrize(
    "change",
    [
        "SELECT 1",
        "UPDATE plan SET period_start = '2020-12-01' WHERE id = 'p'",
        "UPDATE plan SET level = 'county' WHERE id = 'p'",
        "UPDATE plan SET level = 'city'",
        "UPDATE indicator SET baseline_value = 6 WHERE id = 'p.1.01'",
        "UPDATE indicator SET value = 6, kind = 'level' WHERE id = 'p.1.01'",
        "UPDATE indicator SET lead_department = '丁局', departments = '[\"甲局\", \"丁局\"]' WHERE plan_id = 'p'",
        "UPDATE indicator SET lead_department = NULL, departments = '[]'",
        "UPDATE deadline SET due_on = '2022-03-31' WHERE id = 'p.due-2022-04-10'",
        "UPDATE milestone SET lead_department = '丁局'",
        "DELETE FROM milestone",
        "DELETE FROM observation WHERE id = 'p.1.03.o3'",
        "DELETE FROM observation WHERE id = 'p.1.01.o2'",
        "UPDATE observation SET value = 1000 WHERE id = 'p.1.01.o2'",
        "UPDATE observation SET indicator_id = 'p.1.02' WHERE id = 'p.1.03.o3'",
        "DELETE FROM indicator WHERE id = 'p.1.02'",
    ],
)
def test_what_triggers_derive_is_what_is_derived_from_everything(full: sqlite3.Connection, change: str) -> None:
    with transaction(full, "test"):
        full.execute(change)
    kept = derived(full)
    assert kept["entries"]
    assert kept["groups"]
    with transaction(full, "test", dry=True):
        for name in m0013_groups.TRIGGERS:
            full.execute(f"DROP TRIGGER {name}")
        for table in TABLES:
            full.execute(f"DROP TRIGGER IF EXISTS {table}_count")
            full.execute(f"DROP TRIGGER IF EXISTS {table}_discount")
            full.execute(f"DELETE FROM {table}")
        for statement in (m0010_shown.FILL + m0005_lookups.FILL_REST + m0013_groups.FILL).split(";"):
            if statement.strip() and "_search" not in statement:
                full.execute(statement)
        assert derived(full) == kept


def test_what_the_migration_moves_is_what_triggers_derive(full: sqlite3.Connection) -> None:
    kept = derived(full)
    with transaction(full, "test"):
        for name in m0013_groups.TRIGGERS:
            full.execute(f"DROP TRIGGER {name}")
        full.execute("DROP VIEW entry_group")
        full.execute("DROP TABLE indicator_group")
        for migration in (m0010_shown, m0013_groups):
            migration.apply(Database(full, execute_plugins=False))
    assert derived(full) == kept
    with transaction(full, "test"):
        full.execute("UPDATE observation SET value = 1000 WHERE id = 'p.1.01.o2'")
        full.execute("UPDATE indicator SET code = 'X' WHERE id = 'p.1.02'")
    (latest,), (facts,) = full.execute(
        "SELECT coalesce(latest, facts) FROM indicator_entry WHERE id IN ('p.1.01', 'p.1.02') ORDER BY id"
    )
    assert json.loads(latest)["value"] == 1000
    assert facts == full.execute("SELECT facts FROM indicator WHERE id = 'p.1.02'").fetchone()[0]
    assert '"code":"X"' in facts
