"""Choose how the rows of a listing are found: collected from an index and sorted, walked in order, or merged.

Each filter that has an index of its own is counted there, up to a bound. If one holds fewer rows, these are collected
and sorted. Otherwise matches are met soon on a walk along the index of the sort, and the other filters are
tested on the way. Facets (filters of few values, all in one table) narrow the counted rows of every other filter;
where a sort goes with them (a share is never above 100, so a walk from the top would meet none for long), the facets'
own orders are merged.

Indexes are named in the statements: without statistics, and whatever they say, SQLite takes the same path.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from math import isqrt
from typing import Any, NamedTuple

from db.matching import Words

EFFORT = 8
"""How many rows a walk passes in the time that two take to be collected and sorted (2 µs each), times half a page.

Collecting c of n rows costs as much as walking until a page is full where c² = EFFORT n: 900 rows of 100 thousand,
5,000 of 3 million.
"""
FACETS_MOST = 2000
"""Up to this many facets are looked up one by one in another filter's index (1 µs each)."""

Bind = Callable[[Any], str]
"""Takes a value and returns the placeholder that stands for it in the statement."""

Filter = Callable[[Bind, Any], str]
"""Turns the value of a parameter into a condition."""


class Lookup(NamedTuple):
    """Name an index that answers some filters: `rows` selects keys by them, `faceted` those within `{facets}` alone."""

    filters: Mapping[str, Filter]
    rows: str
    faceted: str = ""


class Entry(NamedTuple):
    """Describe the rows that a listing is found by: `source` with what is shown, `alone` without.

    `{by}` stands where SQLite is told which index to take. `facets` are conditions on facets `f`, those of `inexact`
    filters leave too many; `faceted` selects the keys within `{facets}`; `merged` names the index by facet
    and then by a sort, and the share of all rows from which on a walk meets the facets soon enough.
    """

    source: str
    alone: str
    row: str
    filters: Mapping[str, Filter]
    sorts: Mapping[str, str]
    facets: Mapping[str, Filter] = {}
    inexact: frozenset[str] = frozenset()
    faceted: str = ""
    merged: Mapping[str, tuple[str, float]] = {}


class Listing(NamedTuple):
    """Hold what is asked of an entry: filters, words, and `sort`, the only key of the order, if it is one.

    `walk` is the index of the order. Without one, the rows that hold frequent words come as the index of words has
    them.
    """

    entry: Entry
    lookups: tuple[Lookup, ...]
    asked: Mapping[str, Any]
    words: Words | None
    sort: str
    walk: str


class Path(NamedTuple):
    """Hold the path chosen: what to read from, or only to count; conditions; the statement that counts; what is walked.

    `walked` is "sort", "words" or "", where the rows come in no order. The keys of a page are read from `chosen`, what
    is shown of them from `shown`; `page` is a condition, with `{span}` and `{order}`, leaving one page's rows alone.
    """

    source: str
    conditions: list[str]
    counted: str
    counting: str
    walked: str
    chosen: str
    shown: str
    page: str = ""


class Facets(NamedTuple):
    """Hold the facets that some filters leave: the conditions, how many there are, and how many rows they hold."""

    conditions: str
    number: int
    rows: int
    share: float

    @property
    def ids(self) -> str:
        """Select their ids."""
        return f"SELECT f.id FROM facet f WHERE {self.conditions}"


Candidate = tuple[int, str, frozenset[str]]
"""How many rows, the statement that selects their keys, and the filters that it answers."""


def choose(connection: sqlite3.Connection, listing: Listing, bind: Bind, values: Mapping[str, Any]) -> Path:
    """Choose the path to the rows of a listing; `values` are those bound so far."""
    entry, lookups, asked, words, sort, walk = listing
    row = entry.row
    tests = {name: entry.filters[name](bind, value) for name, value in asked.items()}
    narrowing = [entry.facets[name](bind, asked[name]) for name in asked if name in entry.facets]
    facets = _facets(connection, narrowing, values) if narrowing else None
    candidates: list[Candidate] = []
    rows = connection.execute(f"SELECT max({row}.key) FROM {entry.alone.format(by='')}").fetchone()[0] or 0
    most = isqrt(EFFORT * rows) * (len(asked) + bool(words))
    if sort in entry.merged and EFFORT:  # a filter or a word may go with the sort: all that it leaves stands far down
        most = max(most, rows // 20)
    if facets:
        tests = {name: test for name, test in tests.items() if name not in entry.facets or name in entry.inexact}
        tests["facets"] = f"{row}.facet_id IN ({facets.ids})"
        candidates.append((facets.rows, entry.faceted.format(facets=facets.ids), frozenset(["facets"])))
    if words:
        tests["q"] = words.test
        candidates.append((_bounded(connection, words.rows, values, most), words.rows, frozenset("q")))
    for keys, answered in _looked_up(entry, lookups, asked, facets, bind):
        candidates.append((_bounded(connection, keys, values, most), keys, answered))
    number, keys, answered = min(candidates, default=(most + 1, "", frozenset()))
    alone = entry.source if words else entry.alone  # the test of a word looks into the whole row
    shown = entry.source.format(by="NOT INDEXED")
    if number <= most:
        conditions = [f"{row}.key IN ({keys})", *(test for name, test in tests.items() if name not in answered)]
        by_key = alone.format(by="NOT INDEXED")
        return Path(shown, conditions, by_key, _count(by_key, conditions), "", by_key, shown)
    if words and not walk:
        del tests["q"]
        match = [f"w.{words.searched} MATCH {words.match}"]
        conditions = [*match, *tests.values(), f"{row}.key = w.rowid"]
        counted = f"{words.searched} w CROSS JOIN {entry.alone.format(by='')}"
        count = _count(counted, conditions) if tests else _count(f"{words.searched} w", match)
        source = f"{words.searched} w CROSS JOIN {entry.source.format(by='')}"
        return Path(source, conditions, counted, count, "words", counted, shown)
    conditions = list(tests.values())
    counted = alone.format(by="")
    count = _count(counted, conditions)
    if entry.facets and not tests.keys() - {"facets"}:
        count = f"SELECT coalesce(sum(f.indicators), 0) FROM facet f WHERE {facets.conditions if facets else '1'}"
    elif keys and not words and not tests.keys() - answered:
        several = any(isinstance(value, list) and len(value) > 1 for value in asked.values())
        count = f"SELECT count({'DISTINCT key' if several else '*'}) FROM ({keys})"
    source, page, chosen = entry.source.format(by=f"INDEXED BY {walk}"), "", alone.format(by=f"INDEXED BY {walk}")
    index, common = entry.merged.get(sort, ("", 0))
    if facets and facets.share < common and not entry.inexact & asked.keys():
        page = _merge(alone, index, facets, [test for name, test in tests.items() if name != "facets"])
        chosen = alone.format(by="NOT INDEXED")
    return Path(source, conditions, counted, count, "sort", chosen, shown, page)


def _count(source: str, conditions: list[str]) -> str:
    return f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions) or '1'}"


def _facets(connection: sqlite3.Connection, conditions: list[str], values: Mapping[str, Any]) -> Facets:
    where = " AND ".join(conditions)
    number, rows, all_rows = connection.execute(
        "SELECT count(*) FILTER (WHERE chosen), coalesce(sum(indicators) FILTER (WHERE chosen), 0),"
        f" coalesce(sum(indicators), 0) FROM (SELECT indicators, ({where}) AS chosen FROM facet f)",
        values,
    ).fetchone()
    return Facets(where, number, rows, rows / (all_rows or 1))


def _looked_up(
    entry: Entry, lookups: tuple[Lookup, ...], asked: Mapping[str, Any], facets: Facets | None, bind: Bind
) -> Iterator[tuple[str, frozenset[str]]]:
    """Select the keys of each index that answers some of the filters, within the facets where it can."""
    for lookup in lookups:
        names = [name for name in lookup.filters if name in asked]
        if not names:
            continue
        narrowed = facets is not None and lookup.faceted and facets.number <= FACETS_MOST
        rows = lookup.faceted.format(facets=facets.ids) if facets and narrowed else lookup.rows
        keys = " AND ".join([rows, *(lookup.filters[name](bind, asked[name]) for name in names)])
        yield keys, frozenset([*names, *(["facets"] if narrowed else [])]) - entry.inexact


def _bounded(connection: sqlite3.Connection, keys: str, values: Mapping[str, Any], most: int) -> int:
    number: int = connection.execute(f"SELECT count(*) FROM ({keys} LIMIT {most + 1})", values).fetchone()[0]
    return number


def _merge(alone: str, index: str, facets: Facets, tests: list[str]) -> str:
    """Write the condition that leaves the rows of one page: the first of each facet, then those of the first facets.

    A row that is on the page belongs to one of as many facets as the page has rows: those that begin first.
    """
    walked, by_key = alone.format(by=f"INDEXED BY {index}"), alone.format(by="NOT INDEXED")
    of_facet = " AND ".join([f"SELECT e.key FROM {walked} WHERE e.facet_id = f.id", *tests])
    page = "{span} ORDER BY {order} LIMIT"
    first = f"SELECT f.id FROM facet f CROSS JOIN {by_key} WHERE e.key = ({of_facet}{page} 1) AND {facets.conditions}"
    nearest = f"{first} ORDER BY {{order}} LIMIT :limit"
    inner = f"SELECT e.key FROM ({nearest}) f CROSS JOIN {by_key} WHERE e.key IN ({of_facet}{page} :limit)"
    return f"e.key IN ({inner} ORDER BY {{order}} LIMIT :limit)"
