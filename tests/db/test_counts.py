"""How many rows hold a run of characters is known as they are written, and is what a search finds."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import budget, fold, keyset, matching, query
from db.budget import UnbreakableError
from db.connection import transaction
from db.migrations import m0011_counts, m0012_runs
from db.query import Ask
from db.search import SEARCHED
from tests.db.small import context

Counts = dict[tuple[str, str], int]


def counted(store: sqlite3.Connection) -> Counts:
    return {(name, run): number for name, run, number in store.execute("SELECT * FROM run_count")}


@pytest.mark.parametrize(
    "change",
    [
        "SELECT 1",
        "DELETE FROM indicator WHERE id = 'p.1.02'",
        "UPDATE indicator SET tokens = ' 指 指 标 乙 ' WHERE id = 'p.1.01'",
        "UPDATE indicator SET tokens = tokens, code = 'X'",
        "DELETE FROM milestone WHERE plan_id = 'p'",
        "UPDATE section SET tokens = ' 全 部 完 成 ' WHERE id = 'p.1'",
    ],
)
@pytest.mark.parametrize("held", [1, 1_000_000])
def test_what_triggers_count_is_what_is_counted_from_everything(
    full: sqlite3.Connection, change: str, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(m0012_runs, "HELD_MOST", held)
    with transaction(full, "test"):
        full.execute(change)
    kept = counted(full)
    assert min(kept.values()) == 1
    with transaction(full, "test", dry=True):
        full.execute("DELETE FROM run_count")
        m0012_runs.fill(Database(full, execute_plugins=False))
        assert counted(full) == kept
    for name in SEARCHED:
        texts = [tokens for (tokens,) in full.execute(f"SELECT tokens FROM {name}")]
        plain = {run: number for (of, run), number in kept.items() if of == name and fold.MARK not in run}
        assert {len(run) for run in plain} == {1, 2, 3, 4}
        assert plain == {run: sum(f" {' '.join(run)} " in text for text in texts) for run in plain}


def test_a_store_that_had_other_counts_gets_these(full: sqlite3.Connection) -> None:
    kept, database = counted(full), Database(full, execute_plugins=False)
    with transaction(full, "test"):
        for name in SEARCHED:
            for event in ("insert", "delete", "update"):
                full.execute(f"DROP TRIGGER run_count_{name}_{event}")
        full.execute("DROP TABLE run_count")
        m0011_counts.apply(database)
        before = dict(full.execute("SELECT gram, indicators FROM indicator_gram").fetchall())
        before = {run: number for run, number in before.items() if fold.BREAK not in run}
        assert before == {run: number for (of, run), number in kept.items() if of == "indicator" and run in before}
        assert {len(run) for run in before if fold.MARK not in run} == {1, 2}
        m0012_runs.apply(database)
        full.execute("UPDATE indicator SET tokens = tokens || 'u000a 鑫 '")
    assert counted(full) == kept | {("indicator", "鑫"): 69}


@pytest.mark.parametrize("resource", SEARCHED.values(), ids=SEARCHED)
def test_each_run_is_counted_as_it_is_found(
    full: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, resource: query.Resource
) -> None:
    words = {word for (of, word) in counted(full) if of == resource.name and fold.run(word) == word}
    assert len(words) > 100
    for word in [*words, "鑫", "企鑫", "企业鑫家", "業", " 业 "]:
        ask = Ask({"q": word}, context=context())
        statement = query.prepare(full, resource, ask)
        page = keyset.page(full, statement, query.shape(resource, ask), 3, None)
        with monkeypatch.context() as without:
            without.setattr(matching, "run", lambda _: None)
            looked = query.prepare(full, resource, ask)
        assert query.total(full, statement) == query.total(full, looked)
        assert page == keyset.page(full, looked, query.shape(resource, ask), 3, None)


@pytest.mark.parametrize(
    ("word", "run"),
    [
        ("业", "业"),
        ("企业", "企业"),
        (" 業 ", "业"),
        ("企业家", "企业家"),
        ("科技企业", "科技企业"),
        ("科技企业家", None),
        ("企 业", None),
        ("p", None),
        ("业a", "业a"),
        ("㎡", None),
        ("作（￣", None),  # folded to a space and another
        ("业㎡", "业m2"),  # folded
        ("业—a", "业ㄅu2014ㄅa"),
    ],
)
def test_a_run_is_one_word_of_up_to_four_characters_that_begins_with_a_chinese_one(word: str, run: str | None) -> None:
    assert fold.run(word) == run
    if run:
        assert run in json.loads(fold.runs(fold.spelling([f"x{word.strip()}y"])))


def test_words_with_characters_that_fold_to_spaces_are_found(full: sqlite3.Connection) -> None:
    with transaction(full, "test"):
        full.execute("UPDATE indicator SET tokens = ? WHERE id = 'p.1.01'", (fold.spelling(["工作（￣）指标´数"]),))
    for word in ("作（￣", "作", "￣）指", "标´", "标´数"):
        ask = Ask({"q": word}, context=context())
        statement = query.prepare(full, SEARCHED["indicator"], ask)
        found = keyset.page(full, statement, "json_quote(i.id)", 100, None)
        assert "p.1.01" in json.loads(b"[%b]" % found.members)
        assert query.total(full, statement) == len(json.loads(b"[%b]" % found.members))


def test_no_run_spans_a_break_or_a_space() -> None:
    runs = json.loads(fold.runs(fold.spelling(["甲 乙", "丙"])))
    assert sorted(runs) == sorted(["甲", "乙", "丙"])


@pytest.mark.parametrize(
    ("words", "looked_for", "others"),
    [
        ("企", None, 0),  # found one by one
        ("企业", None, 0),
        ("5g", None, 0),
        ("鑫鑫鑫", None, 0),  # known to be in no row
        ("新技术", "新技 技术", 0),
        ("高新技术企业", "高新 新技 技术 术企 企业", 0),
        ("企业 数", "企业 数", 0),
        ("cpi 数", "数", 2),
    ],
)
def test_what_the_index_may_have_to_read_is_added_up(
    full: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, words: str, looked_for: str | None, others: int
) -> None:
    counts, told = counted(full), []
    monkeypatch.setattr(budget, "leave_unbreakable", told.append)
    query.prepare(full, SEARCHED["indicator"], Ask({"q": words}, context=context()))
    last = full.execute("SELECT max(key) FROM indicator").fetchone()[0]
    expected = sum(counts["indicator", run] for run in (looked_for or "").split()) + others * last
    assert told == ([] if looked_for is None else [expected])
    monkeypatch.setattr(matching, "RANKED", 0)
    told.clear()
    query.prepare(full, SEARCHED["indicator"], Ask({"q": "新技术"}, context=context()))
    assert told == []  # a frequent word is met soon


def test_only_who_may_be_broken_off_leaves_what_cannot_be(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "POSTINGS_MOST", 10)

    def read() -> None:
        budget.leave_unbreakable(11)
        with budget.timed(store, 60):
            budget.leave_unbreakable(10)
            with pytest.raises(UnbreakableError):
                budget.leave_unbreakable(11)
        budget.leave_unbreakable(11)

    with ThreadPoolExecutor(1) as threads:
        threads.submit(read).result(60)
