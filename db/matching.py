"""Text search: the condition that finds every word of a query, and the order by relevance where that is affordable."""

import sqlite3
from collections.abc import Callable
from typing import Any

from db.fold import phrases, tokens

RANKED = 1000
"""Up to this many matches are ordered by relevance; those of a more frequent word come in document order."""


def condition(
    connection: sqlite3.Connection, table: str, key: str, bind: Callable[[Any], str], query: str, *, past: bool
) -> tuple[str, str | None]:
    """Write the condition on the rows `key` of a table, and the order by relevance, None where there are too many.

    A rare word is looked up in the full-text index. A frequent one is soon met on any walk through the rows, so it is
    tested row by row, which leaves the order to the index of the sort. Both find exactly the same rows. The index knows
    the present only, so a search of the past tests every row.
    Relevance: the earlier the first word stands, then the shorter the text.
    """
    spelled = [f" {tokens(word)} " for word in query.split()]
    words = [bind(word) for word in spelled]
    tested = " AND ".join(f"instr({key}.tokens, {word})" for word in words)
    index = f"{table}_search"
    look, given = f"{index} WHERE {index} MATCH ?", [phrases(query)]
    if past:
        look, given = f"{table} WHERE {' AND '.join(['instr(tokens, ?)'] * len(spelled))}", spelled
    found = connection.execute(f"SELECT count(*) FROM (SELECT 1 FROM {look} LIMIT ?)", (*given, RANKED + 1)).fetchone()[
        0
    ]
    if found > RANKED:
        return tested, None
    relevance = f"(instr({key}.tokens, {words[0]}) * 100000 + length({key}.tokens))"
    if past:
        return tested, relevance
    return f"{key}.key IN (SELECT rowid FROM {index} WHERE {index} MATCH {bind(phrases(query))})", relevance
