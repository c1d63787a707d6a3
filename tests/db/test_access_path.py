"""Whatever path is taken, a listing is the rows that meet every condition, in the order asked for, page by page."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import access_path, connection, load, matching, query
from db.query import Ask
from schema import plan_file
from tests.db.conftest import fill
from tests.db.small import context, ids, rows
from tests.db.test_filters import CASES, World
from tests.db.test_query import ordered, pages

Question = tuple[str, list[int], list[str], str]
"""A resource, filters by their place among its cases, a sort, a word."""

EVER = 10**6
PATHS: dict[str, dict[str, int]] = {
    "as it comes": {},
    "collected": {"EFFORT": EVER},
    "walked": {"EFFORT": 0, "STEPS": EVER},
    "walked by keys": {"EFFORT": 1, "WIDE": EVER, "MEETING": EVER},
    "walked, then by keys or merged": {"EFFORT": 1, "WIDE": 2, "STEPS": 0, "SHARE": 1, "MEETING": EVER},
    "walked in vain each time": {"EFFORT": 1, "WIDE": 2, "STEPS": 0, "SHARE": 1, "MEETING": 0, "BUILDING": 0},
    "walked in vain, nothing collected": {"EFFORT": 0, "STEPS": 0},
    "walked by keys in vain": {"EFFORT": 1, "WIDE": EVER, "STEPS": 0, "MEETING": 0, "BUILDING": 0},
}
"""What makes the store of a test look large, and walks long."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """Open a store with two plans that no test changes."""
    path = tmp_path_factory.mktemp("paths") / "plans.db"
    connection.create(path)
    opened = connection.open_writer(path)
    load.insert(opened, plan_file.parse(load.BUNDLED.read_bytes()), "test")
    fill(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def known(filled: sqlite3.Connection) -> Callable[[], World]:
    """Return what gives all rows: a function, because hypothesis writes out what it hands on."""
    world = {name: {row["id"]: row for row in rows(filled, resource)} for name, (resource, _) in CASES.items()}
    for name in ("indicator", "milestone"):
        for key, position in filled.execute(f"SELECT id, position FROM {name}"):
            world[name][key]["position"] = position
    return lambda: world


def key(item: dict[str, Any], column: str) -> Any:
    """Return what an item is sorted by."""
    return item["target"][column] if column in ("value", "normalized_value") else item[NAMES.get(column, column)]


NAMES = {"plan": "plan_id"}


def questions(name: str) -> st.SearchStrategy[Question]:
    """Draw filters, a sort and a word for a resource."""
    resource, cases = CASES[name]
    sorts = [sign + key for key in resource.sorts for sign in ("", "-")]
    return st.tuples(
        st.just(name),
        st.lists(st.sampled_from(range(len(cases))), max_size=4, unique_by=lambda index: cases[index][0]),
        st.lists(st.sampled_from(sorts), max_size=2, unique_by=lambda key: key.removeprefix("-")),
        st.sampled_from(["", "", "指标", "业", "全区", "1", "p"] if name == "indicator" else [""]),
    )


def text(row: dict[str, Any]) -> str:
    return "\n".join(row.get(member) or "" for member in ("name", "name_en", "lead_department")).casefold()


RESOURCES = st.sampled_from(["indicator", "indicator", "milestone", "section", "deadline"])


@settings(max_examples=400)
@given(question=RESOURCES.flatmap(questions), path=st.sampled_from(list(PATHS)), limit=st.integers(1, 7))
def test_any_filters_in_any_order_by_any_path(
    filled: sqlite3.Connection, known: Callable[[], World], question: Question, path: str, limit: int
) -> None:
    name, chosen, sort, word = question
    resource, cases = CASES[name]
    world = known()
    conditions = [cases[index] for index in chosen]
    filters = {parameter: value for parameter, value, _ in conditions} | ({"q": word} if word else {})
    wanted = [row for row in world[name].values() if all(condition(world, row) for _, _, condition in conditions)]
    wanted = [row for row in wanted if word in text(row)]
    with pytest.MonkeyPatch.context() as patch:
        for figure, value in PATHS[path].items():
            patch.setattr(access_path, figure, value)
        patch.setattr(matching, "RANKED", 0 if PATHS[path] else matching.RANKED)
        ask = Ask(filters, sort, context=context())
        found = pages(filled, resource, ask, limit)
        assert query.total(filled, query.prepare(filled, resource, ask)) == len(wanted)
        for way in range(access_path.LAST + 1):
            statement = query.prepare(filled, resource, ask, way)
            assert [key for (key,) in query.each(filled, statement, [f"{resource.key}.id"])] == found
    if word and not sort:
        assert sorted(found) == sorted(ids(wanted))
    else:
        assert found == ordered(wanted, sort or resource.order, key)
