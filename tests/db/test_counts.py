"""How many indicators hold a character or a pair is known as they are written, and is what a search finds."""

import json
import sqlite3

import pytest
from sqlite_utils import Database

from db import fold, matching, query
from db.connection import transaction
from db.indicators import INDICATOR
from db.migrations import m0011_counts
from db.query import Ask
from tests.db.small import context


def counted(store: sqlite3.Connection) -> dict[str, int]:
    return dict(
        store.execute("SELECT gram, indicators FROM indicator_gram WHERE indicators > 0 ORDER BY gram").fetchall()
    )


@pytest.mark.parametrize(
    "change",
    [
        "SELECT 1",
        "DELETE FROM indicator WHERE id = 'p.1.02'",
        "UPDATE indicator SET tokens = ' 指 指 标 乙 ' WHERE id = 'p.1.01'",
        "UPDATE indicator SET tokens = tokens, code = 'X'",
    ],
)
def test_what_triggers_count_is_what_is_counted_from_everything(full: sqlite3.Connection, change: str) -> None:
    with transaction(full, "test"):
        full.execute(change)
    kept = counted(full)
    with transaction(full, "test", dry=True):
        full.execute("DELETE FROM indicator_gram")
        m0011_counts.fill(Database(full, execute_plugins=False))
        assert counted(full) == kept
    texts = [tokens for (tokens,) in full.execute("SELECT tokens FROM indicator")]
    plain = {gram: number for gram, number in kept.items() if fold.MARK not in gram}
    assert len(plain) > 100
    assert plain == {gram: sum(f" {' '.join(gram)} " in text for text in texts) for gram in plain}


def test_each_piece_is_counted_as_it_is_found(full: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {word for word in counted(full) if fold.piece(word) == word}
    assert len(words) > 100
    for word in [*words, "鑫", "企鑫", "業", " 业 "]:
        asks = [Ask({"q": word}, context=context()), Ask({"q": word, "value_min": 1}, context=context())]
        known = [query.total(full, query.prepare(full, INDICATOR, ask)) for ask in asks]
        with monkeypatch.context() as without:
            without.setattr(matching, "COUNTED", frozenset())
            assert [query.total(full, query.prepare(full, INDICATOR, ask)) for ask in asks] == known


@pytest.mark.parametrize(
    ("word", "piece"),
    [
        ("业", "业"),
        ("企业", "企业"),
        (" 業 ", "业"),
        ("企业家", None),
        ("企 业", None),
        ("p", None),
        ("业a", "业a"),
        ("㎡", None),
    ],
)
def test_a_piece_is_one_word_of_two_characters_that_begins_with_a_chinese_one(word: str, piece: str | None) -> None:
    assert fold.piece(word) == piece
    if piece:
        assert piece in json.loads(fold.pieces(fold.spelling([f"x{word.strip()}y"])))
