"""Find a page by keyset, at the same cost however deep.

The rows after a cursor are the disjoint ranges "same first keys, next key beyond", in order, each one a search of an
index.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from db import budget
from db.query import Statement, remembered
from db.zones import NULL, ahead, zone


class Page(NamedTuple):
    """Hold a page: its rows as one JSON text (objects with commas between), whether more follow, and the last key."""

    members: bytes
    more: bool
    last: tuple[Any, ...]


def page(
    connection: sqlite3.Connection, statement: Statement, shape: str, limit: int, after: Sequence[Any] | None
) -> Page:
    """Return up to `limit` rows after the given key. Null sorts before every value.

    The keys are chosen first, so that only rows of the page are written: under filters by a statement of their own, as
    to compile what writes rows takes 0.5 ms and 50 kB, and serves all. Where the way to the keys turns out to be long,
    the next one is taken. The page comes as one row of bytes: between any two rows SQLite lets go of Python's lock,
    which with many threads costs more than the row.
    """
    chosen, names, values = _chosen(statement, limit, after)
    found = (
        f"(SELECT count(*) FROM chosen), last.* FROM (SELECT 1)"
        f" LEFT JOIN (SELECT {names} FROM chosen LIMIT 1 OFFSET :limit - 2) last"
    )

    def written(key: str, source: str) -> str:  # the second LIMIT keeps it apart, so that what it joins can be left out
        return (
            f"written AS (SELECT {shape} AS member FROM (SELECT {key} AS key FROM {source} LIMIT :limit - 1) shown"
            f" CROSS JOIN {statement.shown} = shown.key LIMIT :limit)"
        )

    members = "(SELECT CAST(group_concat(member) AS BLOB) FROM written)"
    if not (statement.longer and statement.asked):  # asked so often that it is compiled
        both = remembered(
            ("page", chosen, shape, statement.shown),
            lambda: f"WITH {chosen}, {written('key', 'chosen')} SELECT {members}, {found}",
        )
        text, number, *last = connection.execute(both, values).fetchone()
        return Page(text or b"", number > limit, tuple(last))
    alone = f"WITH {chosen} SELECT (SELECT json_group_array(key) FROM chosen), {found}"
    row = budget.within(connection, statement.budget, lambda: connection.execute(alone, values).fetchone())
    if row is None:
        return page(connection, statement.longer(), shape, limit, after)
    keys, number, *last = row
    listed = remembered(
        ("listed", shape, statement.shown),
        lambda: f"WITH {written('value', 'json_each(:keys)')} SELECT {members}",
    )
    text = connection.execute(listed, values | {"keys": keys}).fetchone()[0]
    return Page(text or b"", number > limit, tuple(last))


def _chosen(statement: Statement, limit: int, after: Sequence[Any] | None) -> tuple[str, str, dict[str, Any]]:
    """Write the keys of a page as a common table `chosen`, with the names of its columns and all values bound."""
    names = [f"k{index}" for index, _ in enumerate(statement.keys)]
    expressions = ", ".join(f"{key[0]} AS {name}" for name, key in zip(names, statement.keys, strict=True))
    order = ", ".join(f"{name}{' DESC' if key[1] else ''}" for name, key in zip(names, statement.keys, strict=True))
    values = statement.values | {"limit": limit + 1}  # the row more tells that there is a next page
    ranges: Iterable[str] = [""]
    if after is not None:
        values |= dict(zip(names, after, strict=True))
        ranges = _beyond(statement.keys, after)
        if statement.keys[2:] and statement.keys[0][0].startswith("+"):
            spans = (f"({span.removeprefix(' AND ')})" for span in ranges)
            ranges = [f" AND ({' OR '.join(spans)})"]  # rows that are sorted anyway are collected once, not thrice
    if statement.parts:
        ranges = _in_parts(statement, ranges, after, values)
    selects = [
        f"SELECT {statement.row}.key AS key, {expressions} FROM {statement.chosen}"
        f" WHERE {statement.within(span)} ORDER BY {order} LIMIT :limit"
        for span in ranges
    ]
    several = " UNION ALL ".join(f"SELECT * FROM ({select})" for select in selects)
    chosen = f"{several} LIMIT :limit" if len(selects) > 1 else selects[0]
    return f"chosen AS MATERIALIZED ({chosen})", ", ".join(names), values


def _in_parts(
    statement: Statement, ranges: Iterable[str], after: Sequence[Any] | None, values: dict[str, Any]
) -> list[str]:
    """Confine ranges to the parts that can hold rows: the one where the cursor stands, then those after it."""
    expression, down = statement.keys[0]
    place = None if after is None else zone(after[0])
    there = [part for part in statement.parts if place is None or (part.first <= place if down else part.last >= place)]
    found: list[str] = []
    for index, part in enumerate(ahead(there, down=down)):
        met = place is not None and part.first <= place <= part.last
        least, below = f" AND {expression} >= :low{index}", f" AND {expression} < :high{index}"
        values |= {f"low{index}": part.low, f"high{index}": part.high}
        if part.first == NULL:
            confined = f" AND {expression} IS NULL"
        elif met:  # SQLite takes one bound at either end: the cursor's is the nearer
            confined = least if down else below
        else:
            confined = least + below
        found += [f"{span}{confined}" for span in (ranges if met else [""])]
    return found or [" AND 0"]


def _beyond(keys: Sequence[tuple[str, bool]], after: Sequence[Any]) -> Iterator[str]:
    """Write the ranges that make up what comes after a key, nearest first."""
    for index in reversed(range(len(keys))):
        expression, down = keys[index]
        if after[index] is None and down:
            continue
        beyond = "IS NOT NULL" if after[index] is None else f"{'<' if down else '>'} :k{index}"
        same = "".join(f" AND {keys[before][0]} IS :k{before}" for before in range(index))
        yield f"{same} AND {expression} {beyond}"
        if after[index] is not None and down:
            yield f"{same} AND {expression} IS NULL"
