"""A statement that takes more steps than it is given is given up, and nothing else is changed by that."""

import sqlite3
from collections.abc import Iterator

import pytest

from db import budget

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
