"""Choose how the rows of a listing are found: collected from an index and sorted, walked in order, or merged.

Each filter that has an index of its own is counted there, up to a bound. If one holds few rows, these are collected
and sorted. Otherwise matches are nearly always met soon on a walk along the index of the sort, the filters tested on
the way, so a page is tried so, with a bound on the work. Only if that bound is met (the sort goes with a filter, or two
filters against one another) are the filters counted further, and the rows found in the next of these ways:

0. the walk, each filter tested in the row;
1. the walk, the keys that the filters leave looked up in their indexes beforehand; or, where the sort goes with facets
   (a share is never above 100, so a walk from the top would meet none for long), the facets' own orders merged;
2. all rows that the filters leave, collected and sorted.

Facets (filters of few values, all in one table) narrow the counted rows of every other filter. Indexes are named in the
statements: without statistics, and whatever they say, SQLite takes the same path.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isqrt, prod
from typing import Any, NamedTuple

from db.matching import Words

EFFORT = 4
"""Collecting c of n rows (2.7 µs each) costs as much as walking until a page is full where c² = EFFORT n.

That is 630 rows of 100 thousand, 3,500 of 3 million.
"""
STEPS = 30
"""A walk is tried for this many steps of SQLite's machine times the root of the number of rows, before the next way."""
NEAR, SOON = 18, 3
"""Times that, where the rows stand in the store as they are walked, plan by plan, and the next way is long or short."""
BUILDING, MEETING = 12, 600
"""Where keys are looked up beforehand: steps for each of them, and for a hundred times as many rows as hold one."""
WIDE = 5
"""Up to so many times as many keys as would be collected are looked up beforehand."""
SHARE = 20
"""Filters that leave more than one row in so many are tested in the row."""
LARGER = 4
"""A set of up to so many times the keys of the smallest narrows it."""
LAST = 2
"""The number of the last way."""
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
    and then by a sort.
    """

    source: str
    alone: str
    row: str
    filters: Mapping[str, Filter]
    sorts: Mapping[str, str]
    facets: Mapping[str, Filter] = {}
    inexact: frozenset[str] = frozenset()
    faceted: str = ""
    merged: Mapping[str, str] = {}


class Listing(NamedTuple):
    """Hold what is asked of an entry: filters, words, and `sort`, the only key of the order, if it is one.

    `walk` is the index of the order; `near` where the rows stand in the store in that order. Without a walk, the rows
    that hold frequent words come as the index of words has them.
    """

    entry: Entry
    lookups: tuple[Lookup, ...]
    asked: Mapping[str, Any]
    words: Words | None
    sort: str
    walk: str
    near: bool


class Path(NamedTuple):
    """Hold the path chosen: what to read from, or only to count; conditions; the statement that counts; what is walked.

    `walked` is "sort", "words" or "", where the rows come in no order. The keys of a page are read from `chosen`, what
    is shown of them from `shown`; `page` is a condition, with `{span}` and `{order}`, leaving one page's rows alone.
    After `budget` steps (0: never) the next way is tried; `counting` is empty where only the last way is good to count.
    """

    source: str
    conditions: list[str]
    counted: str
    counting: str
    walked: str
    chosen: str
    shown: str
    page: str = ""
    budget: int = 0
    then: int = 0


class Facets(NamedTuple):
    """Hold the facets that some filters leave: the conditions, how many there are, and how many rows they hold."""

    conditions: str
    number: int
    rows: int

    @property
    def ids(self) -> str:
        """Select their ids."""
        return f"SELECT f.id FROM facet f WHERE {self.conditions}"


class Keys(NamedTuple):
    """Hold a statement that selects keys, the filters that it answers, and how many keys there are, once known.

    What is `met` needs no look-up: the walk meets these rows alone.
    """

    rows: str
    answered: frozenset[str]
    number: int | None = None
    met: bool = False


def choose(
    connection: sqlite3.Connection, listing: Listing, bind: Bind, values: Mapping[str, Any], tried: int = 0
) -> Path:
    """Choose the path to the rows of a listing; `values` are those bound so far, `tried` the number of the way."""
    entry, _, asked, words, sort, walk, near = listing
    row = entry.row
    tests = {name: entry.filters[name](bind, value) for name, value in asked.items()}
    narrowing = [entry.facets[name](bind, asked[name]) for name in asked if name in entry.facets]
    facets = _facets(connection, narrowing, values) if narrowing else None
    if facets:
        tests = {name: test for name, test in tests.items() if name not in entry.facets or name in entry.inexact}
        tests = {"facets": f"{row}.facet_id IN ({facets.ids})", **tests}
    if words:
        tests["q"] = words.test
    found = list(_found(listing, facets, bind))
    index = entry.merged.get(sort, "") if facets and not entry.inexact & asked.keys() else ""
    shown = entry.source.format(by="NOT INDEXED")
    rows = connection.execute(f"SELECT max({row}.key) FROM {entry.alone.format(by='')}").fetchone()[0] or 1
    few = isqrt(EFFORT * rows)
    if words and words.number is not None:  # so few that they are ranked
        few = max(few, words.number)
    unmet = [keys for keys in found if tried or not keys.met]
    wide = WIDE * few if walk and (not near or len(unmet) > 1) else few
    most = max(wide, rows // SHARE if tried else 0) if EFFORT else few
    sets = _counted(connection, unmet, values, most)
    joint = rows * prod((keys.number or 0) / rows for keys in sets)
    listed = [] if near or not walk else [keys for keys in sets if keys.answered != {"facets"}]
    narrow = joint <= wide or any(tests.keys() - frozenset().union(*(keys.answered for keys in sets)))
    counting = _counting(entry, found, facets, tests, asked)
    soon = near and not tried and bool(sets) and (sets[0].number or 0) > few
    if sets and ((joint <= few and not soon) or tried == LAST or (tried and not index and not (listed and narrow))):
        keys, answered = _together(sets)
        tests = {name: test for name, test in tests.items() if name not in answered}
        conditions = [f"{row}.key IN ({keys})", *tests.values()]
        by_key = _alone(entry, words, tests).format(by="NOT INDEXED")
        return Path(shown, conditions, by_key, counting or _count(by_key, conditions), "", by_key, shown)
    budget = STEPS * isqrt(rows) * (SOON if soon and joint <= few else NEAR if near or not walk else 1)
    final = not (sets if tried else unmet)
    if listed:
        keys, answered = _together(listed)
        budget = BUILDING * sum(keys.number or 0 for keys in listed) + MEETING * rows // max(round(joint), few, 1)
        tests = {name: test for name, test in tests.items() if name not in answered}
        tests = {"keys": f"+{row}.key IN ({keys})", **tests}
    alone = _alone(entry, words, tests)
    if words and not walk:
        path = _words_walked(entry, words, tests)
    else:
        path = _walked(entry, alone, tests, walk)
        if facets and index and tried:
            others = [test for name, test in tests.items() if name != "facets"]
            merged = _merge(alone, index, facets, others)
            path, final = path._replace(page=merged, chosen=alone.format(by="NOT INDEXED")), final or not others
    if final or tried == LAST:
        return path._replace(counting=counting or _count(path.counted, path.conditions))
    return path._replace(counting=counting, budget=max(1, budget), then=LAST if tried or listed else 1)


def _alone(entry: Entry, words: Words | None, tests: Mapping[str, str]) -> str:
    """Tell where keys are read from: the test of a word looks into the whole row, as relevance does."""
    return entry.source if words and (words.ranked or "q" in tests) else entry.alone


def _words_walked(entry: Entry, words: Words, tests: Mapping[str, str]) -> Path:
    others = [test for name, test in tests.items() if name != "q"]
    conditions = [f"w.{words.searched} MATCH {words.match}", *others, f"{entry.row}.key = w.rowid"]
    counted, source = (f"{words.searched} w CROSS JOIN {of.format(by='')}" for of in (entry.alone, entry.source))
    return Path(source, conditions, counted, "", "words", counted, entry.source.format(by="NOT INDEXED"))


def _walked(entry: Entry, alone: str, tests: Mapping[str, str], walk: str) -> Path:
    source, chosen = (of.format(by=f"INDEXED BY {walk}") for of in (entry.source, alone))
    shown = entry.source.format(by="NOT INDEXED")
    return Path(source, [*tests.values()], alone.format(by=""), "", "sort", chosen, shown)


def _found(listing: Listing, facets: Facets | None, bind: Bind) -> Iterator[Keys]:
    """Select the keys of each index that answers some of what is asked, within the facets where it can."""
    entry, lookups, asked, words, _, walk, _ = listing
    if facets:
        yield Keys(entry.faceted.format(facets=facets.ids), frozenset(["facets"]), facets.rows)
    if words:
        yield Keys(words.rows, frozenset("q"), words.number, met=not walk and words.number is None)
    for lookup in lookups:
        names = [name for name in lookup.filters if name in asked]
        if not names:
            continue
        narrowed = facets is not None and lookup.faceted and facets.number <= FACETS_MOST
        rows = lookup.faceted.format(facets=facets.ids) if facets and narrowed else lookup.rows
        keys = " AND ".join([rows, *(lookup.filters[name](bind, asked[name]) for name in names)])
        answered = frozenset([*names, *(["facets"] if narrowed else [])]) - entry.inexact
        yield Keys(keys, answered, met=f"INDEXED BY {walk} " in lookup.rows and entry.inexact.isdisjoint(names))


def _counted(connection: sqlite3.Connection, found: Iterable[Keys], values: Mapping[str, Any], most: int) -> list[Keys]:
    """Return those that select few keys, fewest first, and not those whose filters one before has answered."""
    sets = []
    for keys in found:
        number = keys.number
        if number is None:
            counted = f"SELECT count(*) FROM ({keys.rows} LIMIT {most + 1})"
            number = connection.execute(counted, values).fetchone()[0]
        if number <= most:
            sets.append(keys._replace(number=number))
    kept: list[Keys] = []
    for keys in sorted(sets, key=lambda each: each.number or 0):
        if not any(keys.answered <= fewer.answered for fewer in kept):
            kept.append(keys)
    return kept


def _together(sets: list[Keys]) -> tuple[str, frozenset[str]]:
    """Select the keys that all of some sets have, and tell which filters are answered so.

    A look into the row (2.7 µs) is spared for each key that the next set (0.2 µs a key) does not have.
    """
    (rows, answered, number, _), *others = sets
    for other in others:
        if (other.number or 0) <= LARGER * (number or 0):
            rows, answered = f"SELECT key FROM ({other.rows}) WHERE +key IN ({rows})", answered | other.answered
    return rows, answered


def _counting(
    entry: Entry, found: Iterable[Keys], facets: Facets | None, tests: Mapping[str, str], asked: Mapping[str, Any]
) -> str:
    """Write the statement that counts from facets or from one index alone, where one of them answers everything."""
    if entry.facets and not tests.keys() - {"facets"}:
        return f"SELECT coalesce(sum(f.indicators), 0) FROM facet f WHERE {facets.conditions if facets else '1'}"
    several = any(isinstance(value, list) and len(value) > 1 for value in asked.values())
    for keys in found:
        if not tests.keys() - keys.answered:
            return f"SELECT count({'DISTINCT key' if several else '*'}) FROM ({keys.rows})"
    return ""


def _count(source: str, conditions: list[str]) -> str:
    return f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions) or '1'}"


def _facets(connection: sqlite3.Connection, conditions: list[str], values: Mapping[str, Any]) -> Facets:
    where = " AND ".join(conditions)
    counted = f"SELECT count(*), coalesce(sum(indicators), 0) FROM facet f WHERE {where}"
    return Facets(where, *connection.execute(counted, values).fetchone())


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
