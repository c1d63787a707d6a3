"""Text search: the rows that hold every word of a query, by the index or by a test, and their order by relevance."""

import sqlite3
from typing import Any, NamedTuple

from db.resource import Bind, Resource
from db.text.fold import phrases, tokens

RANKED = 1000
"""Up to this many matches are ordered by relevance; those of a more frequent word come as the store got them."""


class Words(NamedTuple):
    """Hold how the rows with the words of a query are found.

    `keys` selects their keys by the index, where `match` is its condition; `test` looks into a single row. All find the
    same. The index knows the present only, so a search of the past tests every row. Relevance: the earlier the first
    word stands, then the shorter the text. `ranked` tells that there are so few that they are ordered by it.
    """

    keys: str
    match: str
    test: str
    relevance: str
    ranked: bool


def words(connection: sqlite3.Connection, resource: Resource, bind: Bind, query: str, *, past: bool) -> Words:
    """Spell a query for the rows of a resource, and find out whether they are few enough to be ranked."""
    spelled = [f" {tokens(word)} " for word in query.split()]
    places = [bind(word) for word in spelled]
    text, index = f"{resource.alias}.tokens", f"{resource.name}_search"
    match = f"w.{index} MATCH {bind(phrases(query))}"
    keys = f"SELECT w.rowid FROM {index} w WHERE {match}"
    if past:
        found = f"SELECT 1 FROM {resource.name} WHERE {' AND '.join(['instr(tokens, ?)'] * len(spelled))} LIMIT ?"
        given: list[Any] = [*spelled, RANKED + 1]
    else:
        found, given = f"SELECT 1 FROM {index} WHERE {index} MATCH ? LIMIT ?", [phrases(query), RANKED + 1]
    number = connection.execute(f"SELECT count(*) FROM ({found})", given).fetchone()[0]
    return Words(
        keys=keys,
        match=match,
        test=" AND ".join(f"instr({text}, {place})" for place in places),
        relevance=f"(instr({text}, {places[0]}) * 100000 + length({text}))",
        ranked=number <= RANKED,
    )
