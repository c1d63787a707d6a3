"""Whatever path is taken, a listing is the rows that meet every condition, in the order asked for, page by page."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import access_path, connection, keyset, load, lookups, matching, query
from db.indicators import INDICATOR, LOOKUPS
from db.query import Ask
from schema import plan_file, vocabulary
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
    "walked by keys": {"EFFORT": 1, "WIDE": EVER, "KEY": EVER},
    "walked, then by keys or merged": {"EFFORT": 1, "WIDE": 2, "STEPS": 0, "SHARE": 1, "KEY": EVER},
    "walked in vain each time": {"EFFORT": 1, "WIDE": 2, "STEPS": 0, "SHARE": 1, "KEY": 0},
    "walked in vain, nothing collected": {"EFFORT": 0, "STEPS": 0, "KEY": 0},
    "walked by keys in vain": {"EFFORT": 1, "WIDE": EVER, "STEPS": 0, "KEY": 0},
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
    with connection.transaction(opened, "test"):  # so that filters of plans tell one from the other
        opened.execute("UPDATE plan SET level = 'city', area_code = '330100' WHERE id = 'p'")
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
@given(
    question=RESOURCES.flatmap(questions),
    path=st.sampled_from(list(PATHS)),
    sizes=st.tuples(st.sampled_from([0, lookups.PLANS_MOST]), st.integers(1, 7)),
)
def test_any_filters_in_any_order_by_any_path(
    filled: sqlite3.Connection, known: Callable[[], World], question: Question, path: str, sizes: tuple[int, int]
) -> None:
    name, chosen, sort, word = question
    plans, limit = sizes
    resource, cases = CASES[name]
    world = known()
    conditions = [cases[index] for index in chosen]
    filters = {parameter: value for parameter, value, _ in conditions} | ({"q": word} if word else {})
    wanted = [row for row in world[name].values() if all(condition(world, row) for _, _, condition in conditions)]
    wanted = [row for row in wanted if word in text(row)]
    with pytest.MonkeyPatch.context() as patch:
        for figure, value in PATHS[path].items():
            patch.setattr(access_path, figure, value)
        patch.setattr(lookups, "PLANS_MOST", plans)
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


@pytest.mark.parametrize("sort", INDICATOR.sorts)
@pytest.mark.parametrize("name", ["area", "level", "status", "normalized_min", "normalized_max"])
def test_what_follows_from_a_filter_leaves_out_no_row(
    filled: sqlite3.Connection, known: Callable[[], World], name: str, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for figure, value in PATHS["walked"].items():
        monkeypatch.setattr(access_path, figure, value)
    monkeypatch.setattr(lookups, "PLANS_MOST", 0)
    world = known()
    cases = [(value, condition) for filter_name, value, condition in CASES["indicator"][1] if filter_name == name]
    for value, condition in cases:
        wanted = [row for row in world["indicator"].values() if condition(world, row)]
        for sign in ("", "-"):
            ask = Ask({name: value}, (sign + sort,), context=context())
            assert pages(filled, INDICATOR, ask, 7) == ordered(wanted, ask.sort, key)
    assert cases


def test_a_way_that_was_too_long_is_not_tried_again_in_this_state(
    full: sqlite3.Connection, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for figure, value in PATHS["walked in vain, nothing collected"].items():
        monkeypatch.setattr(access_path, figure, value)
    ways: list[int] = []
    choose = access_path.choose

    def noting(*given: Any) -> access_path.Path:
        ways.append(given[-1])
        return choose(*given)

    monkeypatch.setattr(access_path, "choose", noting)
    reader = connection.fresh(store)
    ask = Ask({"department": ["甲局"], "value_min": 1}, ("name",), context=context())

    def look(ask: Ask) -> bytes:
        ways.clear()
        statement = query.prepare(reader, INDICATOR, ask, access_path.GLANCE)
        return keyset.page(reader, statement, query.shape(INDICATOR, ask), 2, None).members

    found = look(ask)
    assert ways == [access_path.GLANCE, access_path.FIRST + 1]
    assert look(ask) == found
    assert ways == [access_path.FIRST + 1]
    look(ask._replace(filters={"department": ["甲局"], "value_min": 2}))
    assert ways[0] == access_path.GLANCE  # another question
    with connection.transaction(full, "test"):
        full.execute("UPDATE indicator SET code = 'X' WHERE id = 'p.1.02'")
    look(ask)
    assert ways[0] == access_path.GLANCE
    reader.close()


def test_what_follows_for_the_value_from_the_normalized_one() -> None:
    multipliers = {unit.multiplier for unit in vocabulary.UNITS}
    assert min(multipliers) == 1
    (lookup,) = [lookup for lookup in LOOKUPS if "normalized_max" in lookup.implied]
    database = sqlite3.connect(":memory:")
    numbers = [-1000.0, -1.5, -1.0, -0.25, 0.0, 0.25, 1.0, 1.5, 1000.0]
    for name, meets in (("normalized_min", float.__ge__), ("normalized_max", float.__le__)):
        for bound in numbers:
            condition = lookup.implied[name](str, bound).replace("e.value", ":value")
            kept = {
                value: bool(database.execute(f"SELECT {condition}", {"value": value}).fetchone()[0])
                for value in numbers
            }
            for value in numbers:
                assert kept[value] or not any(meets(value * multiplier, bound) for multiplier in multipliers)
            assert not all(kept.values()) or bound == 0 or (bound > 0) == (name == "normalized_max")
