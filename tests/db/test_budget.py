"""A statement that takes more steps than it is given is given up, and nothing else is changed by that."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db import budget
from db.budget import OverdueError
from db.connection import reader

LONG = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 10000) SELECT max(i) FROM n"


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:")
    yield opened
    opened.close()


def count(connection: sqlite3.Connection) -> int:
    number: int = connection.execute(LONG).fetchone()[0]
    return number


def test_what_takes_few_steps_is_answered(connection: sqlite3.Connection) -> None:
    assert budget.within(connection, 10_000_000, lambda: count(connection)) == 10_000


@pytest.mark.parametrize("steps", [1, 1000])
def test_what_takes_more_steps_is_given_up(connection: sqlite3.Connection, steps: int) -> None:
    assert budget.within(connection, steps, lambda: count(connection)) is None


def test_steps_taken_before_do_not_count(connection: sqlite3.Connection) -> None:
    steps = next(
        steps
        for steps in range(10_000, 10_000_000, 10_000)
        if budget.within(connection, steps, lambda: count(connection))
    )
    for _ in range(10):
        assert budget.within(connection, steps * 5 // 4, lambda: count(connection)) == 10_000


def test_the_next_statement_has_no_budget(connection: sqlite3.Connection) -> None:
    assert budget.within(connection, 1, lambda: count(connection)) is None
    assert count(connection) == 10_000


def test_other_errors_are_raised(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        budget.within(connection, 10_000_000, lambda: connection.execute("SELECT 1 FROM missing"))


def on_a_thread(work: Callable[[], None]) -> None:
    """A thread that has been given a time once is looked after for good."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(work).result(60)


def test_a_thread_may_read_for_so_long(store: Path) -> None:
    def read() -> None:
        with budget.timed(store, 60):
            assert count(reader(store)) == 10_000
        with budget.timed(store, 0), pytest.raises(sqlite3.OperationalError, match="interrupted"):
            count(reader(store))
        assert count(reader(store)) == 10_000

    on_a_thread(read)


def test_what_ends_a_read_that_is_broken_off_is_not_broken_off(store: Path) -> None:
    def read() -> None:
        with budget.timed(store, 0):
            reader(store).execute("BEGIN")
            with pytest.raises(sqlite3.OperationalError, match="interrupted"):
                count(reader(store))
            assert count(reader(store)) == 10_000
            reader(store).execute("ROLLBACK")

    on_a_thread(read)


def test_within_its_steps_a_statement_is_broken_off_in_time(store: Path) -> None:
    def read() -> None:
        with budget.timed(store, 60):
            assert budget.within(reader(store), 10_000_000, lambda: count(reader(store))) == 10_000
            assert budget.within(reader(store), 1000, lambda: count(reader(store))) is None
        with budget.timed(store, 0), pytest.raises(sqlite3.OperationalError, match="interrupted"):
            budget.within(reader(store), 10_000_000, lambda: count(reader(store)))
        with budget.timed(store, 0), pytest.raises(sqlite3.OperationalError, match="interrupted"):
            count(reader(store))

    on_a_thread(read)


def test_a_store_that_cannot_be_opened_is_left_to_others(tmp_path: Path) -> None:
    def read() -> None:
        with pytest.raises(OverdueError), budget.timed(tmp_path / "none.db", 60):
            pass

    on_a_thread(read)


def test_to_read_the_schema_is_not_the_work_of_the_first_read(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def clock() -> float:
        told.append("the clock is read")
        return 0.0

    def read() -> None:
        reader(store).set_trace_callback(told.append)
        monkeypatch.setattr(time, "thread_time", clock)
        with budget.timed(store, 60):
            count(reader(store))

    on_a_thread(read)
    assert told.index("SELECT 1 FROM sqlite_master") < told.index("the clock is read") < told.index(LONG)
