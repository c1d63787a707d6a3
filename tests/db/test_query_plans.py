"""No page of any filter or sort reads a whole table, nor sorts one: SQLite's own plans of every statement say so.

The store has no statistics, and the plans must not need any.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

import pytest

from db import access_path, keyset, lookups, query
from db.indicators import INDICATOR
from db.query import Ask, Resource
from tests.db.small import context
from tests.db.test_filters import CASES

SMALL = (
    "SCAN CONSTANT ROW",
    "SCAN (",
    "SCAN json_each",
    "SCAN tree",
    "SCAN f",
    "SCAN g",
    "SCAN chosen",
    "SCAN written",
    "SCAN shown",
    "SCAN last",
)
"""What is small at any size: literals, subqueries with a limit, one row's departments, an outline, facets."""
WAYS = [(0, 1), (access_path.EFFORT, 0), (access_path.EFFORT, 1), (10_000, 1), (1, 2), (0, 2), (1, access_path.LAST)]
"""All rows are walked, some are collected, all are; and what is done where a walk was too long."""


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return the number of a way to rows, and let the store look as if it had to be taken."""
    effort, number = request.param
    monkeypatch.setattr(access_path, "EFFORT", effort)
    monkeypatch.setattr(access_path, "SHARE", 1)
    monkeypatch.setattr("db.matching.RANKED", effort)
    return int(number)


class Recorder:
    """Stand in for a connection, and keep what is asked of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.asked: list[tuple[str, Any]] = []

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        self.asked.append((statement, values))
        return self.connection.execute(statement, values)

    def set_progress_handler(self, handler: Any, steps: int) -> None:
        self.connection.set_progress_handler(handler, steps)


def faults(connection: sqlite3.Connection, statement: str, values: Any) -> Iterator[str]:
    """Yield the steps that read a table from end to end in no useful order, and the sorts of what such a step reads."""
    steps: dict[int, list[str]] = {}
    for _, parent, _, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values):
        steps.setdefault(parent, []).append(step)
    for together in steps.values():
        scans = [step for step in together if step.startswith("SCAN") and not step.startswith(SMALL)]
        yield from (step for step in scans if " INDEX " not in step)
        if "USE TEMP B-TREE FOR ORDER BY" in together:
            yield from (f"{step}, sorted" for step in scans)


def trouble(connection: sqlite3.Connection, resource: Resource, ask: Ask, way: int) -> list[str]:
    """Ask for a first page and for the next, and return what is wrong with the plans."""
    recorder: Any = Recorder(connection)
    statement = query.prepare(recorder, resource, ask, way)
    shape = query.shape(resource, ask)
    page = keyset.page(recorder, statement, shape, 1, None)
    if page.members:
        keyset.page(recorder, statement, shape, 1, page.last)
    return [fault for asked, values in recorder.asked for fault in faults(connection, asked, values)]


def troubles(
    connection: sqlite3.Connection,
    resource: Resource,
    asks: Iterable[dict[str, Any]],
    orders: Sequence[tuple[str, ...]],
    way: int,
) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """Return what is wrong with the plans of filters in orders, by both."""
    return {
        (str(filters), order): wrong
        for filters in asks
        for order in orders
        if (wrong := trouble(connection, resource, Ask(filters, order, context=context()), way))
    }


def values(name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for parameter, value, _ in CASES[name][1]:
        found.setdefault(parameter, []).append(value)
    return found


def orders(resource: Resource) -> list[tuple[str, ...]]:
    return [(), *((sign + key,) for key in resource.sorts for sign in ("", "-"))]


@pytest.mark.parametrize("name", CASES)
def test_every_filter_in_every_order_is_found_by_an_index(full: sqlite3.Connection, name: str, way: int) -> None:
    resource, _ = CASES[name]
    asks = [{}] + [{parameter: value} for parameter, several in values(name).items() for value in several]
    assert troubles(full, resource, asks, orders(resource), way) == {}


@pytest.mark.parametrize("name", CASES)
def test_every_pair_of_filters_is_found_by_an_index(full: sqlite3.Connection, name: str, way: int) -> None:
    some = {parameter: several[0] for parameter, several in values(name).items()}
    asks = [{key: some[key] for key in pair} for pair in combinations(some, 2)]
    assert troubles(full, CASES[name][0], asks, [()], way) == {}


@pytest.mark.parametrize("name", ["indicator", "milestone", "section"])
def test_every_search_is_found_by_an_index(full: sqlite3.Connection, name: str, way: int) -> None:
    resource, _ = CASES[name]
    some = {parameter: several[0] for parameter, several in values(name).items()}
    asks = [{"q": word} for word in ("指", "指标", "上下 全部", "鑫")]
    asks += [{"q": "指标", parameter: value} for parameter, value in some.items()]
    assert troubles(full, resource, asks, orders(resource), way) == {}


@pytest.mark.parametrize("name", [name for name, (resource, _) in CASES.items() if resource.owners])
def test_many_plans_are_walked_and_not_listed(
    full: sqlite3.Connection, name: str, way: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "PLANS_MOST", 0)
    resource, _ = CASES[name]
    asks = [{"level": ["district"]}, {"area": ["21"]}, {"area": ["21"], "level": ["district"]}]
    assert troubles(full, resource, asks, orders(resource), way) == {}
    statement = query.prepare(full, resource, Ask({"level": ["district"]}, ("plan",), context=context()), way)
    assert "IN (SELECT" not in statement.where
    walk = f"SELECT 1 FROM {statement.chosen} WHERE {statement.where} ORDER BY {statement.keys[0][0]}"
    plan = [step for *_, step in full.execute(f"EXPLAIN QUERY PLAN {walk}", statement.values)]
    assert plan[0].startswith("SEARCH p USING COVERING INDEX plan_level (level=?)")
    assert not any("TEMP B-TREE" in step for step in plan)


def test_the_test_itself_sees_a_scan_and_a_sort(full: sqlite3.Connection) -> None:
    assert list(faults(full, "SELECT 1 FROM indicator WHERE action = 'x'", ())) == ["SCAN indicator"]
    sorted_whole = "SELECT id FROM section INDEXED BY section_title ORDER BY version"
    assert len(list(faults(full, sorted_whole, ()))) == 1


@pytest.mark.parametrize(
    ("ask", "looked_up"),
    [
        (Ask(), ["e"]),
        (Ask(sort=("-value",)), ["e"]),
        (Ask({"plan": ["p"]}), ["e"]),
        (Ask({"status": ["no_data"], "department": ["甲局"]}), ["e"]),
        (Ask(fields=("name",)), ["e", "i"]),
        (Ask(include=("section",)), ["e", "i"]),
    ],
)
def test_a_page_reads_one_row_for_each_member_unless_more_is_shown(
    full: sqlite3.Connection, ask: Ask, looked_up: list[str]
) -> None:
    recorder: Any = Recorder(full)
    ask = ask._replace(context=context())
    statement = query.prepare(recorder, INDICATOR, ask, access_path.GLANCE)
    keyset.page(recorder, statement, query.shape(INDICATOR, ask), 1, None)
    steps = full.execute(f"EXPLAIN QUERY PLAN {recorder.asked[-1][0]}", recorder.asked[-1][1]).fetchall()
    (written,) = [step for step, _, _, detail in steps if detail.endswith("written") and "SCAN" not in detail]
    assert [
        detail.split()[1] for _, parent, _, detail in steps if parent == written and "SEARCH" in detail
    ] == looked_up
