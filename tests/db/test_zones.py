"""Zones name stretches of an order; a walk for words meets every row in the stretches that are known to hold them."""

import json
import math
import sqlite3
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import fold, keyset, matching, query, zones
from db.connection import transaction
from db.indicators import INDICATOR
from db.migrations import m0009_zones
from db.query import Ask
from tests.db.small import context
from tests.db.test_query import pages

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1), st.integers(-50, 5000)
)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=fold.LAST), min_size=1, max_size=4)
PAIRS = st.one_of(st.tuples(NUMBERS, NUMBERS), st.tuples(TEXTS, TEXTS))


@given(PAIRS)
def test_zones_are_in_the_order_of_their_values(pair: tuple[Any, Any]) -> None:
    less, more = sorted(pair)
    assert zones.zone(None) < zones.zone(0)
    assert zones.zone(less) <= zones.zone(more)


@given(st.one_of(NUMBERS, TEXTS))
def test_a_value_lies_between_the_bounds_of_its_zone_where_sqlite_compares(value: Any) -> None:
    named = zones.zone(value)
    low, high = zones._part(named, named)[2:]
    with sqlite3.connect(":memory:") as memory:
        assert memory.execute("SELECT ?1 >= ?2 AND ?1 < ?3", (value, low, high)).fetchone() == (1,)
    memory.close()


def test_a_zone_ends_where_the_next_begins() -> None:
    assert zones._part(zones.zone(4), zones.zone(4))[2:] == (4, 4.25)
    assert zones._part(zones.zone(5), zones.zone(15.9))[2:] == (5, 16)
    assert zones._part(zones.zone(-1), zones.zone(0)).low == -math.inf
    assert zones._part(zones.zone(1e300), zones.zone(1e300)).high == math.inf
    assert zones._part(zones.zone("全区"), zones.zone("全区"))[2:] == ("全区", f"全区{fold.LAST}")
    assert zones._part(zones.zone("全"), zones.zone("全")).low == "全"


def test_far_parts_become_one_and_null_stays_for_itself() -> None:
    null = zones._part(zones.NULL, zones.NULL)
    apart = [zones._part(zones.zone(number), zones.zone(number)) for number in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)]
    assert zones.ahead([null, *apart], down=False) == [
        null,
        *apart[:7],
        zones.Part(apart[7].first, apart[9].last, 128, 544),
    ]
    assert zones.ahead([null, *apart], down=True) == [
        *reversed(apart[2:]),
        zones.Part(apart[0].first, apart[1].last, 1, 2.125),
        null,
    ]
    assert zones.ahead([null], down=True) == [null]


def test_pairs_are_those_that_begin_with_a_chinese_character() -> None:
    assert sorted(json.loads(fold.pairs(fold.spelling(["全区a", "率"])))) == ["全区", "区a", "率"]
    assert json.loads(fold.pairs(fold.spelling(["Rate"]))) == []
    assert fold.looked_up("全区率 a") == [("全区", "全区"), ("区率", "区率")]
    assert fold.looked_up("率 a") == [("率", f"率{fold.LAST}")]
    assert fold.looked_up("Rate") == []


def _held(store: sqlite3.Connection) -> dict[str, list[set[str]]]:
    rows = store.execute(f"SELECT gram, {', '.join(m0009_zones.KEPT)} FROM indicator_zone").fetchall()
    return {gram: [set(zones._split(text)) for text in sets] for gram, *sets in rows}


@pytest.mark.parametrize(
    "change",
    [
        "SELECT 1",
        "UPDATE indicator SET value = 77777 WHERE value IS NOT NULL",
        "UPDATE indicator SET unit = '亩' WHERE value IS NOT NULL",
        "UPDATE indicator SET name = '别的' || name, tokens = ' 别 的' || tokens",
        "DELETE FROM observation",
    ],
)
def test_triggers_know_all_zones_that_are_derived_from_everything(full: sqlite3.Connection, change: str) -> None:
    with transaction(full, "test"):
        full.execute(change)
    kept = _held(full)
    with transaction(full, "test", dry=True):
        full.execute("DELETE FROM indicator_zone")
        full.execute(m0009_zones.FILL)
        derived = _held(full)
    assert derived
    for gram, sets in derived.items():
        assert all(known >= wanted for known, wanted in zip(kept[gram], sets, strict=True))


@pytest.mark.parametrize("sort", ["value", "-value", "name", "-name"])
@pytest.mark.parametrize("word", ["指标", "标", "p"])
@pytest.mark.parametrize("units", [0, 100])
def test_a_walk_for_words_skips_zones_and_no_rows(
    full: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, sort: str, word: str, units: int
) -> None:
    ask = Ask({"q": word}, (sort,), context=context())
    collected = pages(full, INDICATOR, ask, 2)
    monkeypatch.setattr(matching, "RANKED", 0)
    monkeypatch.setattr("db.access_path.EFFORT", 0)
    monkeypatch.setattr("db.access_path.UNITS_MOST", units)
    statement = query.prepare(full, INDICATOR, ask)
    assert bool(statement.parts) == (word != "p")
    assert any("instr(:" in condition for condition in statement.conditions) == (word != "p" and units > 0)
    assert pages(full, INDICATOR, ask, 2) == collected
    monkeypatch.setattr(zones, "PARTS_MOST", 1)
    assert pages(full, INDICATOR, ask, 1) == collected
    page = keyset.page(full, statement, query.shape(INDICATOR, ask), 9, (None if sort == "value" else "", "￿"))
    assert page.last or not page.members


def test_a_cursor_behind_all_that_is_known_is_followed_by_nothing(
    full: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "RANKED", 0)
    monkeypatch.setattr("db.access_path.EFFORT", 0)
    ask = Ask({"q": "指标"}, ("value",), context=context())
    statement = query.prepare(full, INDICATOR, ask)
    assert statement.parts
    assert keyset.page(full, statement, query.shape(INDICATOR, ask), 9, (1e300, "")).members == b""
