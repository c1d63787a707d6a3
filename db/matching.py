"""Text search: the rows that hold every word of a query, by the index or by a test, and their order by relevance."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from db import budget
from db.fold import is_pair, looked_up, phrases, postings, run, tokens

RANKED = 1000
"""Up to this many matches are ordered by relevance; those of a more frequent word come as the store got them."""
NONE = "SELECT 0 AS key WHERE 0"
"""Selects no key."""


class Words(NamedTuple):
    """Hold how the words of a query are found in a table.

    `match` is the expression for the index `searched`, `rows` selects the keys by it, `test` looks into a single row;
    all find the same. `number` is how many rows have them, where these are so few that they are ranked; `total` is that
    in any case, where it is known. The index knows the present only, so a search of the past tests every row.
    `grams` are the pairs of characters that such a row holds.
    Relevance: the earlier the first word stands, then the shorter the text.
    """

    searched: str
    match: str
    rows: str
    test: str
    relevance: str
    number: int | None
    grams: Sequence[tuple[str, str]]
    total: int | None = None

    @property
    def ranked(self) -> bool:
        """Tell whether so few rows have the words that they are ordered by relevance."""
        return self.number is not None


def words(
    connection: sqlite3.Connection, table: str, key: str, bind: Callable[[Any], str], query: str, *, past: bool
) -> Words:
    """Spell a query for the rows `key` of a table. Raises UnbreakableError as db.budget does."""
    spelled = [f" {tokens(word)} " for word in query.split()]
    places = [bind(word) for word in spelled]
    index = f"{table}_search"
    look, given = f"{index} WHERE {index} MATCH ?", [phrases(query)]
    if past:
        look, given = f"{table} WHERE {' AND '.join(['instr(tokens, ?)'] * len(spelled))}", spelled
    whole = None if past else run(query)
    number = total = _counted(connection, table, [whole]) if whole else None
    if not (past or is_pair(query) or (total is not None and not 0 < total <= RANKED)):
        budget.leave_unbreakable(_postings(connection, table, query))
    if number is None:
        counted = f"SELECT count(*) FROM (SELECT 1 FROM {look} LIMIT ?)"
        number = connection.execute(counted, (*given, RANKED + 1)).fetchone()[0]
    match = bind(phrases(query))
    return Words(
        searched=index,
        match=match,
        rows=f"SELECT rowid AS key FROM {index} WHERE {index} MATCH {match}" if total != 0 else NONE,
        test=" AND ".join(f"instr({key}.tokens, {place})" for place in places),
        relevance=f"(instr({key}.tokens, {places[0]}) * 100000 + length({key}.tokens))",
        number=number if number <= RANKED else None,
        grams=looked_up(query),
        total=total,
    )


def _counted(connection: sqlite3.Connection, table: str, held: Sequence[str]) -> int:
    """Add up how many rows hold each of some runs."""
    places = ", ".join("?" * len(held))
    added: int = connection.execute(
        f"SELECT coalesce(sum(number), 0) FROM run_count WHERE resource = ? AND run IN ({places})", (table, *held)
    ).fetchone()[0]
    return added


def _postings(connection: sqlite3.Connection, table: str, query: str) -> int:
    """Return how many postings the index may read: as many as rows hold each token; all rows where none are counted."""
    counted, others = postings(query)
    rows: int = connection.execute(f"SELECT coalesce(max(key), 0) FROM {table}").fetchone()[0]
    return _counted(connection, table, counted) + len(others) * rows
