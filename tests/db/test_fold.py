"""Search finds exactly what a search for substrings finds, in folded text."""

import sqlite3
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from db import lists
from db.connection import transaction
from db.indicators import INDICATOR
from db.text import fold, matching
from tests.db import opencc_table
from tests.db.small import clear, ids, indicator, put, rows

SIMPLE, TRADITIONAL = "发展会议区经济书台后", "發展會議區經濟書臺後"
HANZI = "浑南区全社会固定资产投资一二十百万亿元个"
CHARACTERS = HANZI + SIMPLE + TRADITIONAL + "aAbBzZ019ｂＢ５％%.．。，、—“”（）()-+*\"' éÉﬁß①㎡𠮷豈"
CHARACTER = st.sampled_from(CHARACTERS)
NAMES = st.text(CHARACTER, min_size=1, max_size=14).map(str.strip).filter(bool)


def plain(text: str) -> str:
    """Fold text as a reader would describe it: the reference, without the tables of the code."""
    composed = unicodedata.normalize("NFC", text)
    wide = "".join(unicodedata.normalize("NFKC", character).casefold() for character in composed)
    return wide.translate(str.maketrans(TRADITIONAL, SIMPLE))


def test_the_table_is_that_of_the_installed_opencc() -> None:
    assert list(opencc_table.pairs()) == fold._TABLE


def test_folding_twice_changes_nothing_more() -> None:
    text = "".join(pair for pair in fold._TABLE)
    assert fold.fold(fold.fold(text)) == fold.fold(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("５Ｇ　ＡＢＣ", "5g abc"),
        ("經濟發展", "经济发展"),
        ("薴", "苎"),
        ("STRASSE ß", "strasse ss"),
        ("①㎡ﬁ", "1m2fi"),
        ("e\u0301", "é"),
        ("豈", "岂"),
    ],
)
def test_width_case_and_traditional_characters_are_folded(text: str, expected: str) -> None:
    assert fold.fold(text) == expected


def test_every_character_becomes_one_token() -> None:
    assert fold.tokens("a，𠮷 中") == "a u002c u20bb7 u0020 中"


@given(NAMES)
def test_a_token_holds_ascii_letters_digits_or_one_common_character(text: str) -> None:
    for token in fold.tokens(text).split(" "):
        assert (token.isascii() and token.isalnum()) or len(token) == 1


def test_every_plain_character_is_a_token_to_sqlite() -> None:
    store = sqlite3.connect(":memory:")
    store.execute("CREATE VIRTUAL TABLE t USING fts5(tokens, tokenize='unicode61 remove_diacritics 0')")
    store.execute("CREATE VIRTUAL TABLE v USING fts5vocab('t', 'row')")
    text = "".join(map(chr, range(0x4E00, 0x9FCD)))
    store.execute("INSERT INTO t VALUES (?)", (fold.tokens(text),))
    assert {row[0] for row in store.execute("SELECT term FROM v")} == set(fold.tokens(text).split(" "))
    store.close()


# Ranges


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("全区固定资产投资", "投资", [[6, 8]]),
        ("投资和投资", "投资", [[0, 2], [3, 5]]),
        ("投资和投资", "投资 和", [[0, 5]]),
        ("哈哈哈", "哈哈", [[0, 3]]),
        ("經濟ＧＤＰ", "经济 gdp", [[0, 5]]),
        ("面积５㎡", "5m2", [[2, 4]]),
        ("面积㎡", "2", [[2, 3]]),
        ("cafe\u0301", "é", [[3, 4]]),
        ("无关", "投资", []),
        ("无关", "", []),
    ],
)
def test_ranges_say_where_the_words_stand(text: str, words: str, expected: list[list[int]]) -> None:
    assert fold.ranges(text, words) == expected


SINGLE = st.sampled_from([character for character in CHARACTERS if len(plain(character)) == 1])


@given(st.text(SINGLE, max_size=14), st.text(SINGLE, max_size=6))
def test_ranges_mark_exactly_the_characters_of_the_matches(text: str, words: str) -> None:
    folded, expected = plain(text), set()
    for word in map(plain, words.split()):
        starts = (start for start in range(len(folded)) if folded.startswith(word, start))
        expected |= {index for start in starts for index in range(start, start + len(word))}
    found = fold.ranges(text, words)
    assert {index for start, end in found for index in range(start, end)} == expected
    assert all(one[1] < other[0] for one, other in pairwise(found))


# Search


WAYS = {"ranked": (1000, 1000), "collected": (-1, 1000), "walked": (-1, -1)}
"""How rows with a word are found, by the bounds of how many are ranked and how many are few."""


@pytest.fixture(params=WAYS)
def path_taken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Look words up in the full-text index, or test row by row."""
    take(monkeypatch, request.param)
    return str(request.param)


def take(patch: pytest.MonkeyPatch, way: str) -> None:
    ranked, few = WAYS[way]
    patch.setattr(matching, "RANKED", ranked)
    patch.setattr(lists, "FEW", few)


def search(store: sqlite3.Connection, words: str) -> list[str]:
    return ids(rows(store, INDICATOR, filters={"q": words}, fields=["id"], sort=["position"]))


WORDS = st.lists(st.text(CHARACTER, min_size=1, max_size=6), min_size=1, max_size=3).map(" ".join).filter(str.strip)


@settings(max_examples=40)
@given(
    names=st.lists(NAMES, min_size=1, max_size=12),
    words=st.lists(WORDS, min_size=1, max_size=4),
    cuts=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 13), st.integers(1, 6)), min_size=4, max_size=12),
)
@example(names=["ab", "a b", "ba"], words=["ab", "a b", "b a"], cuts=[])
@example(names=["u4e2d", "中", "u002c", ","], words=["u4e2d", "中", ",", "u"], cuts=[])
def test_search_finds_what_a_substring_search_finds(
    scratch: sqlite3.Connection, names: list[str], words: list[str], cuts: list[tuple[int, int, int]]
) -> None:
    names = [unicodedata.normalize("NFC", name) for name in names]
    pieces = [names[which % len(names)][start : start + length] for which, start, length in cuts]
    words += [piece for piece in pieces if piece.strip()]
    words += [piece.translate(str.maketrans(SIMPLE, TRADITIONAL)) for piece in pieces if piece.strip()]
    clear(scratch)
    put(scratch, indicators=[indicator(number, name=name) for number, name in enumerate(names, 1)])
    for asked in words:
        expected = [
            f"p.1.{number:02}"
            for number, name in enumerate(names, 1)
            if all(plain(word) in plain(name) for word in asked.split())
        ]
        for way in WAYS:
            with pytest.MonkeyPatch.context() as patch:
                take(patch, way)
                assert search(scratch, asked) == expected, (asked, way)
                assert sorted(ids(rows(scratch, INDICATOR, filters={"q": asked}))) == expected, (asked, way)


@pytest.mark.usefixtures("path_taken")
@pytest.mark.parametrize("words", ["經濟", "经济", "经 济", "ＧＤＰ", "gdp", "。", "济。G", "5", "5%", "５％", "部门"])
def test_a_word_is_found_however_it_is_written(empty: sqlite3.Connection, words: str) -> None:
    named = indicator(1, name="經濟。ＧＤＰ增长５％", lead_department="某部门")
    put(empty, indicators=[named, indicator(2, name="其他")])
    assert search(empty, words) == ["p.1.01"]


@pytest.mark.usefixtures("path_taken")
@pytest.mark.parametrize("words", ["经济 没有", "济经", "部门某", "增长 其他", "长某"])
def test_all_the_words_must_stand_in_one_item_and_none_spans_two_members(empty: sqlite3.Connection, words: str) -> None:
    named = indicator(1, name="經濟。ＧＤＰ增长", lead_department="某部门")
    put(empty, indicators=[named, indicator(2, name="其他")])
    assert search(empty, words) == []


def test_what_matches_earlier_and_is_shorter_comes_first(empty: sqlite3.Connection) -> None:
    names = ["新增投资", "投资总额及其他", "投资额", "无关"]
    put(empty, indicators=[indicator(number, name=name) for number, name in enumerate(names, 1)])
    assert ids(rows(empty, INDICATOR, filters={"q": "投资"})) == ["p.1.03", "p.1.02", "p.1.01"]


def test_a_sort_takes_the_place_of_relevance(empty: sqlite3.Connection) -> None:
    put(empty, indicators=[indicator(1, name="新增投资"), indicator(2, name="投资")])
    assert ids(rows(empty, INDICATOR, filters={"q": "投资"}, sort=["position"])) == ["p.1.01", "p.1.02"]


def test_the_matches_of_a_frequent_word_come_in_document_order(
    empty: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(empty, indicators=[indicator(1, name="新增投资"), indicator(2, name="投资")])
    monkeypatch.setattr(matching, "RANKED", 1)
    assert ids(rows(empty, INDICATOR, filters={"q": "投资"})) == ["p.1.01", "p.1.02"]
    monkeypatch.setattr(matching, "RANKED", 2)
    assert ids(rows(empty, INDICATOR, filters={"q": "投资"})) == ["p.1.02", "p.1.01"]


def test_of_one_plan_the_matches_of_a_frequent_word_come_in_its_order(
    empty: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(empty, indicators=[indicator(1, name="投资"), indicator(2, name="投资")])
    with transaction(empty, "test"):
        empty.execute("UPDATE indicator SET position = 9 WHERE id = 'p.1.01'")
    monkeypatch.setattr(matching, "RANKED", 1)
    assert ids(rows(empty, INDICATOR, filters={"q": "投资"})) == ["p.1.01", "p.1.02"]
    assert ids(rows(empty, INDICATOR, filters={"q": "投资", "plan": ["p"]})) == ["p.1.02", "p.1.01"]
