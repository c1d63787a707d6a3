"""No page of any filter or sort reads a table that is not indexed for it, nor sorts what it walks.

SQLite's own plans of every statement say so. The store has no statistics, and the plans must not need any.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import pytest

from db import items, lists
from db.indicators import INDICATOR
from db.resource import Ask, Resource
from db.text import matching
from tests.db.small import context
from tests.db.test_filters import CASES

SMALL = (
    "SCAN CONSTANT ROW",
    "SCAN (",
    "SCAN found",
    "SCAN last",
    "SCAN json_each",
    "SCAN d VIRTUAL TABLE",
    "SCAN tree",
    "SCAN chosen",
    "SCAN t ",
    "SCAN p ",
)
"""What is small at any size: literals, subqueries with a limit, the departments of a row, an outline, terms; and plans,
which a filter of theirs reads once (unless they are what is listed)."""


@pytest.fixture(params=["few", "some", "many"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let matches seem to be ranked, collected or too many for either."""
    monkeypatch.setattr(lists, "FEW", {"few": 1000, "some": 1000, "many": 0}[request.param])
    monkeypatch.setattr(matching, "RANKED", {"few": 1000, "some": 0, "many": 0}[request.param])
    return str(request.param)


class Recorder:
    """Stand in for a connection, and keep what is asked of it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.asked: list[tuple[str, Any]] = []

    def execute(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        self.asked.append((statement, values))
        return self.connection.execute(statement, values)


def faults(connection: sqlite3.Connection, statement: str, values: Any, listed: str = "i") -> Iterator[str]:
    """Yield the steps that read a table from end to end in no useful order, and the sorts of what such a step reads."""
    small = tuple(begin for begin in SMALL if begin != f"SCAN {listed} ")
    steps: dict[int, list[str]] = {}
    for _, parent, _, step in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values):
        steps.setdefault(parent, []).append(step)
    for together in steps.values():
        scans = [step for step in together if step.startswith("SCAN") and not f"{step} ".startswith(small)]
        yield from (step for step in scans if " INDEX " not in step)
        if "USE TEMP B-TREE FOR ORDER BY" in together:
            yield from (f"{step}, sorted" for step in scans)


def trouble(connection: sqlite3.Connection, resource: Resource, ask: Ask) -> list[str]:
    """Ask for a first page and for the next, and return what is wrong with the plans."""
    recorder: Any = Recorder(connection)
    found = lists.prepare(recorder, resource, ask)
    shape = items.shape(resource, ask)
    page = lists.page(recorder, found, shape, 1, None)
    if page.members:
        lists.page(recorder, found, shape, 1, page.last)
    return [fault for asked, values in recorder.asked for fault in faults(connection, asked, values, resource.alias)]


def troubles(
    connection: sqlite3.Connection,
    resource: Resource,
    asks: Sequence[dict[str, Any]],
    orders: Sequence[tuple[str, ...]],
) -> dict[tuple[str, tuple[str, ...]], list[str]]:
    """Return what is wrong with the plans of filters in orders, by both."""
    return {
        (str(filters), order): wrong
        for filters in asks
        for order in orders
        if (wrong := trouble(connection, resource, Ask(filters, order, context=context())))
    }


def values(name: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for parameter, value, _ in CASES[name][1]:
        found.setdefault(parameter, []).append(value)
    return found


def orders(resource: Resource) -> list[tuple[str, ...]]:
    return [(), *((sign + key,) for key in resource.sorts for sign in ("", "-"))]


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("name", CASES)
def test_every_filter_in_every_order_is_found_by_an_index(full: sqlite3.Connection, name: str) -> None:
    resource, _ = CASES[name]
    asks = [{}] + [{parameter: value} for parameter, several in values(name).items() for value in several]
    assert troubles(full, resource, asks, orders(resource)) == {}


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("name", CASES)
def test_every_pair_of_filters_is_found_by_an_index(full: sqlite3.Connection, name: str) -> None:
    some = {parameter: several[0] for parameter, several in values(name).items()}
    asks = [{key: some[key] for key in pair} for pair in combinations(some, 2)]
    assert troubles(full, CASES[name][0], asks, [()]) == {}


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("name", ["indicator", "milestone", "section"])
def test_every_search_is_found_by_an_index(full: sqlite3.Connection, name: str) -> None:
    resource, _ = CASES[name]
    some = {parameter: several[0] for parameter, several in values(name).items()}
    asks = [{"q": word} for word in ("指", "指标", "上下 全部", "鑫")]
    asks += [{"q": "指标", parameter: value} for parameter, value in some.items()]
    assert troubles(full, resource, asks, orders(resource)) == {}


def test_the_test_itself_sees_a_scan_and_a_sort(full: sqlite3.Connection) -> None:
    assert list(faults(full, "SELECT 1 FROM indicator WHERE target_text = 'x'", ())) == ["SCAN indicator"]
    sorted_whole = "SELECT id FROM section INDEXED BY section_by_title ORDER BY version"
    assert len(list(faults(full, sorted_whole, ()))) == 1
    plans = "SELECT id FROM plan p ORDER BY version"
    assert list(faults(full, plans, ())) == []
    assert list(faults(full, plans, (), "p")) == ["SCAN p", "SCAN p, sorted"]


@pytest.mark.parametrize(
    ("filters", "sort", "found_by"),
    [
        ({}, (), "SCAN i USING COVERING INDEX indicator_by_plan"),
        ({}, ("-value",), "SCAN i USING COVERING INDEX indicator_by_value"),
        ({"kind": ["share"], "status": ["missed"]}, ("name",), "SCAN i USING COVERING INDEX indicator_by_name"),
        ({"area": ["21"], "value_min": 5}, ("due_on",), "SCAN i USING COVERING INDEX indicator_by_due_on"),
        ({"plan": ["p"]}, ("name",), "SEARCH i USING INDEX indicator_by_plan (plan_id=?)"),
        ({"plan": ["p"]}, (), "SEARCH i USING COVERING INDEX indicator_by_plan (plan_id=?)"),
        ({"plan": ["p"], "section": ["p.1"]}, (), "SEARCH i USING INDEX indicator_of_section (section_id=?)"),
        ({"department": ["甲局"]}, ("name",), "SEARCH i USING INTEGER PRIMARY KEY (rowid=?)"),
        ({"q": "指标"}, ("name",), "SEARCH i USING INTEGER PRIMARY KEY (rowid=?)"),
    ],
)
def test_a_list_takes_the_way_that_its_module_says(
    full: sqlite3.Connection, filters: dict[str, Any], sort: tuple[str, ...], found_by: str
) -> None:
    recorder: Any = Recorder(full)
    found = lists.prepare(recorder, INDICATOR, Ask(filters, sort, context=context()))
    recorder.asked.clear()
    lists.page(recorder, found, "json_quote(i.id)", 5, None)
    keys, values = recorder.asked[0]
    steps = [step for *_, step in full.execute(f"EXPLAIN QUERY PLAN {keys}", values)]
    assert next(step for step in steps if " i" in step) == found_by, steps
