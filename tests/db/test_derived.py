"""What triggers keep with the rows is what follows from the facts, whatever has been written."""

import sqlite3
from collections import Counter
from typing import Any

import pytest

from db.connection import transaction
from db.tallies import CODES

CHANGES = [
    "SELECT 1",
    "UPDATE plan SET level = 'county' WHERE id = 'p'",
    "UPDATE plan SET level = 'city'",
    "UPDATE indicator SET baseline_value = 6 WHERE id = 'p.1.01'",
    "UPDATE indicator SET target_value = 6, kind = 'level' WHERE id = 'p.1.01'",
    "UPDATE indicator SET kind = 'share', lead_department = '丁局' WHERE id = 'p.1.01'",
    "UPDATE indicator SET nature = 'expected', commitment = NULL, direction = 'hold' WHERE plan_id = 'hunnan-2021'",
    "UPDATE indicator SET target_unit = '家', target_base_unit = '家' WHERE id = 'p.1.01'",
    "UPDATE indicator SET target_comparator = 'approx', target_tolerance = 95 WHERE id = 'p.1.01'",
    "UPDATE indicator SET target_comparator = 'between', target_upper = 200 WHERE id = 'p.1.03'",
    "UPDATE indicator SET lead_department = '丁局', departments = '[\"甲局\", \"丁局\"]' WHERE plan_id = 'p'",
    "UPDATE indicator SET lead_department = NULL, departments = '[]'",
    "UPDATE deadline SET due_on = '2022-03-31' WHERE id = 'p.due-2022-04-10'",
    "UPDATE milestone SET lead_department = '丁局'",
    "DELETE FROM milestone",
    "DELETE FROM observation WHERE id = 'p.1.03.o3'",
    "DELETE FROM observation WHERE id = 'p.1.01.o2'",
    "UPDATE observation SET value = 1000 WHERE id = 'p.1.01.o2'",
    "UPDATE observation SET obs_status = 'F' WHERE id = 'p.1.03.o3'",
    "UPDATE observation SET indicator_id = 'p.1.02' WHERE id = 'p.1.03.o3'",
    "DELETE FROM indicator WHERE id = 'p.1.02'",
]


@pytest.fixture(params=CHANGES)
def changed(full: sqlite3.Connection, request: pytest.FixtureRequest) -> sqlite3.Connection:
    with transaction(full, "test"):
        full.execute(request.param)
    return full


def test_standing_and_terms_are_those_of_the_facts(changed: sqlite3.Connection) -> None:
    columns = "key, term_id, standing, achieved, latest_end"
    kept = changed.execute(f"SELECT {columns} FROM indicator ORDER BY key").fetchall()
    assert kept == changed.execute(f"SELECT {columns} FROM indicator_standing ORDER BY key").fetchall()
    assert None not in {row[1] for row in kept}
    facts = "i.kind, i.target_comparator, i.target_unit, i.target_base_unit, i.direction, i.nature, i.commitment"
    terms = ", ".join(f"nullif(t.{code}, '')" for code in CODES)
    rows = changed.execute(f"SELECT {facts}, {terms} FROM indicator i JOIN term t ON t.id = i.term_id").fetchall()
    assert [row[:7] for row in rows] == [row[7:] for row in rows]


def test_tallies_count_every_indicator_in_every_group(changed: sqlite3.Connection) -> None:
    kept = {tuple(row[:4]): row[4] for row in changed.execute("SELECT * FROM indicator_tally WHERE indicators <> 0")}
    counted: Counter[tuple[Any, ...]] = Counter()
    groups = (*CODES, "department", "level")
    values = ", ".join([*(f"t.{code}" for code in CODES), "coalesce(i.lead_department, '')", "p.level"])
    for standing, due_on, *row in changed.execute(
        f"SELECT i.standing, i.due_on, {values} FROM indicator i JOIN term t ON t.id = i.term_id"
        " JOIN plan p ON p.id = i.plan_id"
    ):
        counted.update((group, value, standing, due_on) for group, value in zip(groups, row, strict=True))
    assert kept == counted


@pytest.mark.parametrize("table", ["indicator", "milestone"])
def test_departments_are_those_of_the_items(changed: sqlite3.Connection, table: str) -> None:
    named = changed.execute(
        f"SELECT DISTINCT d.value, i.key FROM {table} i,"
        " json_each(json_insert(i.departments, '$[#]', i.lead_department)) d WHERE d.value IS NOT NULL"
    )
    kept = changed.execute(f"SELECT department, key FROM {table}_department")
    assert sorted(kept) == sorted(named)


def test_what_is_derived_is_no_change_of_the_indicator(full: sqlite3.Connection) -> None:
    before = full.execute("SELECT max(seq) FROM change").fetchone()[0]
    with transaction(full, "test"):
        full.execute("UPDATE observation SET value = 1000 WHERE id = 'p.1.01.o2'")
    assert full.execute("SELECT resource FROM change WHERE seq > ?", (before,)).fetchall() == [("observation",)]
