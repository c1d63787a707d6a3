"""The store: every table, with every constraint that the data rules ask for."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from db.connection import create, transaction
from db.indicators import INDICATOR
from db.log.history import RESOURCES
from db.migrations import TABLE
from schema import vocabulary
from schema.answers.webhook import STATES
from schema.vocabulary import codes
from tests.db.small import context

SINGLE = {"value_min", "value_max", "normalized_min", "normalized_max", "due_from", "due_to", "updated_since"}


def sql_of(store: sqlite3.Connection, table: str) -> str:
    return str(store.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0])


def tables(store: sqlite3.Connection) -> list[str]:
    rows = store.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in rows if "_search" not in name and name != TABLE]


def test_a_store_is_created_whole_and_only_once(tmp_path: Path) -> None:
    assert create(tmp_path / "plans.db") == ["schema"]
    assert create(tmp_path / "plans.db") == []


def test_every_table_is_strict(empty: sqlite3.Connection) -> None:
    strict = {row[1]: row[5] for row in empty.execute("PRAGMA table_list")}
    assert len(tables(empty)) == 16
    assert {name for name in tables(empty) if not strict[name]} == set()


def test_every_sort_of_a_resource_has_an_index_that_a_list_can_walk(empty: sqlite3.Connection) -> None:
    indexes = {row[0] for row in empty.execute("SELECT name FROM sqlite_master WHERE type = 'index'")}
    wanted = {f"{name}_by_{sort}" for name, resource in RESOURCES.items() for sort in resource.sorts}
    assert wanted <= indexes


WALKED = {"plan_id", "target_value", "target_normalized_value", "due_on", "source_paragraph", "updated_at", "term_id",
          "standing", "achieved", "latest_end"}  # fmt: skip


@pytest.mark.parametrize("sort", INDICATOR.sorts)
def test_an_index_of_indicators_holds_whatever_filters_and_statuses_test(empty: sqlite3.Connection, sort: str) -> None:
    columns = {row[2] for row in empty.execute(f"PRAGMA index_info(indicator_by_{sort})")}
    assert columns >= WALKED
    for name, one in INDICATOR.filters.items():
        if not (one.found_by or one.selects) or name == "plan":
            value: Any = ["missed"] if name == "status" else ["1"] if name not in SINGLE else 1
            condition = one.condition(repr, value)
            steps = empty.execute(
                f"EXPLAIN QUERY PLAN SELECT key FROM indicator i INDEXED BY indicator_by_{sort} WHERE +({condition})",
                context(),
            ).fetchall()
            assert any(f"SCAN i USING COVERING INDEX indicator_by_{sort}" in step for *_, step in steps), name


VOCABULARIES = [
    ("plan", "level", vocabulary.LEVELS),
    ("plan", "status", vocabulary.PLAN_STATUSES),
    ("deadline", "precision", vocabulary.PRECISIONS),
    ("indicator", "kind", vocabulary.KINDS),
    ("indicator", "direction", vocabulary.DIRECTIONS),
    ("indicator", "nature", vocabulary.NATURES),
    ("indicator", "commitment", vocabulary.COMMITMENTS),
    ("indicator", "target_comparator", vocabulary.COMPARATORS),
    ("indicator", "due_precision", vocabulary.PRECISIONS),
    ("indicator", "deadline_basis", vocabulary.DEADLINE_BASES),
    ("milestone", "commitment", vocabulary.COMMITMENTS),
    ("milestone", "due_precision", vocabulary.PRECISIONS),
    ("milestone", "deadline_basis", vocabulary.DEADLINE_BASES),
    ("milestone", "state", vocabulary.MILESTONE_STATES),
    ("observation", "obs_status", vocabulary.OBS_STATUSES),
    ("change", "operation", ("create", "update", "delete")),
    ("webhook", "state", STATES),
]
LISTED = re.compile(r"CHECK \((\w+) IN\s*\(((?:\s*'[^']*',?)+)\)")


@pytest.mark.parametrize(("table", "column", "terms"), VOCABULARIES)
def test_a_column_takes_the_codes_of_its_vocabulary(
    empty: sqlite3.Connection, table: str, column: str, terms: tuple[Any, ...]
) -> None:
    wanted = [term if isinstance(term, str) else term.code for term in terms]
    listed = {name: re.findall(r"'([^']*)'", values) for name, values in LISTED.findall(sql_of(empty, table))}
    assert listed[column] == wanted


def test_no_column_with_a_list_of_codes_is_forgotten(empty: sqlite3.Connection) -> None:
    found = {(table, column) for table in tables(empty) for column, _ in LISTED.findall(sql_of(empty, table))}
    assert found == {(table, column) for table, column, _ in VOCABULARIES}


def test_the_rule_for_targets_without_a_number_names_the_right_comparators(empty: sqlite3.Connection) -> None:
    rule = sql_of(empty, "indicator").partition("(target_value IS NULL) = (target_comparator IN (")[2].partition(")")[0]
    assert (
        set(re.findall(r"'(\w+)'", rule))
        == {"relative", "assigned", "direction_only"}
        < set(codes(vocabulary.COMPARATORS))
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ("UPDATE plan SET area_code = '21011'", "CHECK"),
        ("UPDATE plan SET period_start = '2021-02-30'", "CHECK"),
        ("UPDATE plan SET period_end = '2020-12-31'", "CHECK"),
        ("UPDATE plan SET title = NULL", "NOT NULL"),
        ("UPDATE plan SET version = 0", "CHECK"),
        ("UPDATE plan SET source_sha256 = 'abc'", "CHECK"),
        ("UPDATE section SET parent_id = id", "CHECK"),
        ("UPDATE section SET parent_id = 'nothing'", "FOREIGN KEY"),
        ("UPDATE section SET level = 10", "CHECK"),
        ("UPDATE indicator SET kind = 'other'", "CHECK"),
        ("UPDATE indicator SET target_value = '78'", "CHECK"),
        ("UPDATE indicator SET target_value = NULL", "CHECK"),
        ("UPDATE indicator SET target_upper = target_value", "CHECK"),
        ("UPDATE indicator SET target_comparator = 'between', target_upper = target_value - 1", "CHECK"),
        ("UPDATE indicator SET target_tolerance = -1", "CHECK"),
        ("UPDATE indicator SET departments = '{}'", "CHECK"),
        ("UPDATE indicator SET source_end = source_start - 1", "CHECK"),
        ("UPDATE indicator SET section_id = 'nothing'", "FOREIGN KEY"),
        ("UPDATE indicator SET due_on = '2021-06-30'", "FOREIGN KEY"),
        ("UPDATE milestone SET state = 'done'", "CHECK"),
        ("UPDATE milestone SET done_on = '2021-06-30'", "CHECK"),
        ("DELETE FROM plan", "FOREIGN KEY"),
        ("DELETE FROM deadline", "FOREIGN KEY"),
        ("INSERT INTO plan SELECT * FROM plan", "UNIQUE"),
    ],
)
def test_the_store_itself_refuses(writer: sqlite3.Connection, change: str, refusal: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=refusal), transaction(writer, "test"):
        writer.execute(change)


def test_a_deadline_that_moves_takes_its_items_along(writer: sqlite3.Connection) -> None:
    with transaction(writer, "test"):
        writer.execute("UPDATE deadline SET due_on = '2021-11-30'")
    assert writer.execute("SELECT DISTINCT due_on FROM indicator").fetchall() == [("2021-11-30",)]
    assert writer.execute("SELECT DISTINCT due_on FROM milestone").fetchall() == [("2021-11-30",)]
