"""Find the rows of a list: a SELECT walks the index of its order until the page is full, and a second one writes them.

Whatever filters and statuses test stands in that index, so that a row which does not match costs a fraction of a
microsecond. What confines a list to few rows (a plan, a section, a deadline, a department, a word) is found by an index
of its own and sorted. Statements name the index they use, so SQLite takes the same path with statistics or without.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from db.resource import Ask, Resource
from db.text import matching
from db.text.matching import Words

FEW = 20_000
"""Up to so many rows of a department or a word are collected and sorted (40 ms); for more, the order is walked."""
ARRIVAL = "arrival"
"""The order of a search with many matches: as they came into the store, which is how the index of words has them."""

Keys = list[tuple[str, bool]]
"""An order: expressions, each with whether it descends."""


class Listing(NamedTuple):
    """Hold the parts of a SELECT that a page, an export, a count and a summary share.

    Rows are read from `source`, which names the index, under `conditions`, in the order of `keys`, whose names are
    `order`; `walked` tells that the source has them in that order already. To count them there may be a better source,
    `counted`, with conditions of its own, or a SELECT that finds `exactly` their keys.
    """

    resource: Resource
    ask: Ask
    values: dict[str, Any]
    source: str
    conditions: Sequence[str]
    order: tuple[str, ...]
    keys: Keys
    walked: bool
    counted: tuple[str, Sequence[str]]
    exactly: str


class Page(NamedTuple):
    """Hold a page: its rows as JSON text (objects with commas between), whether more follow, and the last key."""

    members: bytes
    more: bool
    last: tuple[Any, ...]


def prepare(connection: sqlite3.Connection, resource: Resource, ask: Ask) -> Listing:
    """Turn what a caller asks into a way to the rows, conditions, bound values and a complete order."""
    values: dict[str, Any] = dict(ask.context)

    def bind(value: Any) -> str:
        name = f"p{len(values)}"
        values[name] = value
        return f":{name}"

    own, key, indexed = resource.own, f"{resource.alias}.key", not (ask.past or resource.unindexed)
    filters = [(one, ask.filters[name]) for name, one in resource.filters.items() if name in ask.filters]
    plain = [one.condition(bind, value) for one, value in filters if not one.selects]
    selects = [one.condition(bind, value) for one, value in filters if one.selects]
    index = next((one.found_by for one, _ in filters if one.found_by), "")
    words = matching.words(connection, resource, bind, ask.filters["q"], past=ask.past) if "q" in ask.filters else None
    order, keys = _order(resource, ask, words, confined=bool(index))

    few = _few(connection, ask, selects, words, values) if indexed and not index else ""
    # The + keeps SQLite from finding rows by a SELECT that is not the one with few.
    others = [*plain, *(f"+{key} IN ({select})" for select in selects if select != few)]
    conditions = [*others, words.test] if words and words.keys != few else others
    walked = False
    if not indexed:
        source = own
    elif index:
        source = f"{own} INDEXED BY {index}"
    elif few:
        source, conditions = f"{own} NOT INDEXED", [f"{key} IN ({few})", *conditions]
    else:
        walked, source = True, f"{own} INDEXED BY {resource.name}_by_{order[0].removeprefix('-')}"
    counted = source, conditions
    if walked and words:  # a count looks frequent words up once: to test each row takes ten times as long
        by = resource.order[0] if order == (ARRIVAL,) else order[0].removeprefix("-")
        counted = f"{own} INDEXED BY {resource.name}_by_{by}", [*others, f"{key} IN ({words.keys})"]
    if walked and words and order == (ARRIVAL,):
        source, conditions = f"{resource.name}_search w CROSS JOIN {own} ON {key} = w.rowid", [words.match, *others]
        keys = [("w.rowid", False)]
    return Listing(
        resource=resource,
        ask=ask,
        values=values,
        source=source,
        conditions=conditions,
        order=order,
        keys=keys,
        walked=walked,
        counted=counted,
        exactly=words.keys if words and not filters and not ask.past else "",
    )


def _order(resource: Resource, ask: Ask, words: Words | None, *, confined: bool) -> tuple[tuple[str, ...], Keys]:
    """Return the names of the order and its keys; the id breaks ties, in the direction of the last key."""
    sorts, order = dict(resource.sorts), tuple(ask.sort) or resource.order
    if words and not ask.sort and not words.ranked and not confined:
        return (ARRIVAL,), [(f"{resource.alias}.key", False)]
    if words and not ask.sort and words.ranked:
        sorts, order = {**sorts, "relevance": words.relevance}, ("relevance", *order)
    keys = [(sorts[name.removeprefix("-")], name.startswith("-")) for name in order]
    return order, [*keys, (f"{resource.alias}.id", keys[-1][1])]


def _few(
    connection: sqlite3.Connection, ask: Ask, selects: Sequence[str], words: Words | None, values: Mapping[str, Any]
) -> str:
    """Return the first SELECT of keys that finds few rows, "" if none does."""
    if words and words.ranked:
        return words.keys
    # Without a sort, the rows with frequent words come in the order of their index: nothing is to be sorted.
    by_words = [words.keys] if words and ask.sort else []
    for select in [*selects, *by_words]:
        number = connection.execute(f"SELECT count(*) FROM ({select} LIMIT {FEW + 1})", values).fetchone()[0]
        if number <= FEW:
            return select
    return ""


def page(connection: sqlite3.Connection, listing: Listing, shape: str, limit: int, after: Sequence[Any] | None) -> Page:
    """Return up to `limit` rows after the given key: first their keys are found, then the rows are written.

    Each statement gives one row: Python lets go of its lock at every row, which costs threads more than the row does.
    """
    values = {**listing.values, "shown": limit, "limit": limit + 1}  # the row more tells that there is a next page
    spans = [""]
    if after is not None:
        values |= {f"k{index}": value for index, value in enumerate(after)}
        spans = list(_beyond(listing.keys, after))
        if not listing.walked:  # rows that are sorted anyway are collected once
            spans = [f"({' OR '.join(spans)})"]
    columns = ", ".join([f"{listing.resource.alias}.key", *(expression for expression, _ in listing.keys)])
    names = ", ".join(f"k{index}" for index, _ in enumerate(listing.keys))
    ranges = (
        f"SELECT * FROM (SELECT {columns} FROM {listing.source} WHERE {where([*listing.conditions, span])}"
        f" ORDER BY {_written(listing.keys)} LIMIT :limit)"
        for span in spans
    )
    array, *last = connection.execute(
        f"WITH found (key, {names}) AS MATERIALIZED ({' UNION ALL '.join(ranges)} LIMIT :limit)"
        " SELECT (SELECT json_group_array(key) FROM found), last.* FROM (SELECT 1) LEFT JOIN"
        f" (SELECT {names} FROM found LIMIT 1 OFFSET (SELECT min(count(*), :shown) - 1 FROM found)) last",
        values,
    ).fetchone()
    keys: list[int] = json.loads(array)
    shown = json.dumps(keys[:limit])
    written = _rows(listing.resource, shape)
    members = connection.execute(written, {**listing.ask.context, "keys": shown}).fetchone()[0]
    return Page(members or b"", more=len(keys) > limit, last=tuple(last))


@lru_cache(maxsize=500)
def _rows(resource: Resource, shape: str) -> str:
    """Write the statement that gives the rows with some :keys, in their order, as JSON text with commas between.

    It has 20 kB, so it is made once for each shape. json_each gives the keys in their order, CROSS JOIN keeps it, and
    group_concat takes rows as they come; SQLite before 3.44 has no aggregate that can be told an order.
    """
    return (
        f"SELECT CAST(group_concat(member) AS BLOB) FROM (SELECT {shape} AS member FROM json_each(:keys) chosen"
        f" CROSS JOIN {resource.source} WHERE {resource.alias}.key = chosen.value)"
    )


def _beyond(keys: Keys, after: Sequence[Any]) -> Iterator[str]:
    """Write the ranges that make up what comes after a key, nearest first: each is one search of an index.

    "Same first keys, next key beyond", for each key from the last to the first. Null sorts before every value.
    """
    for index in reversed(range(len(keys))):
        expression, down = keys[index]
        if after[index] is None and down:
            continue
        same = [f"{keys[before][0]} IS :k{before}" for before in range(index)]
        beyond = "IS NOT NULL" if after[index] is None else f"{'<' if down else '>'} :k{index}"
        yield where([*same, f"{expression} {beyond}"])
        if after[index] is not None and down:
            yield where([*same, f"{expression} IS NULL"])


def each(connection: sqlite3.Connection, listing: Listing, columns: Sequence[str]) -> sqlite3.Cursor:
    """Run through the whole result in order, one row at a time, from one state of the store."""
    return connection.execute(
        f"SELECT {', '.join(columns)} FROM {listing.source} {listing.resource.joined}"
        f" WHERE {where(listing.conditions)} ORDER BY {_written(listing.keys)}",
        listing.values,
    )


def total(connection: sqlite3.Connection, listing: Listing) -> int:
    """Count the whole result exactly."""
    source, conditions = listing.counted
    rows = f"({listing.exactly})" if listing.exactly else f"{source} WHERE {where(conditions)}"
    number: int = connection.execute(f"SELECT count(*) FROM {rows}", listing.values).fetchone()[0]
    return number


def where(conditions: Sequence[str]) -> str:
    """Join conditions."""
    return " AND ".join(filter(None, conditions)) or "1"


def _written(keys: Keys) -> str:
    return ", ".join(f"{expression}{' DESC' if down else ''}" for expression, down in keys)
