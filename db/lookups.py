"""Look up the keys of rows in the indexes of filters and of words: select them, count them, take several together."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from db.connection import once
from db.matching import Words

LARGER = 4
"""A set of up to so many times the keys of the smallest narrows it."""
FACETS_MOST, HELD_MOST = 2000, 400
"""Up to this many facets are looked up one by one in another filter's index (1 µs each), and as long as a wide one may
do as well."""

PLANS_MOST, NOT_FEW = 2000, 2**62
"""Where more plans are left, each row that is met is asked for its plan (0.5 µs), as to list 7,000 takes 0.3 ms; and
their rows are too many to be counted."""

Bind = Callable[[Any], str]
"""Takes a value and returns the placeholder that stands for it in the statement."""

Filter = Callable[[Bind, Any], str]
"""Turns the value of a parameter into a condition."""


class Owner(NamedTuple):
    """Name a filter of plans that their parts have too: its index, and its condition on `plan p`.

    It is `exact` if a value is one place in the index, where the plans come by id.
    """

    by: str
    condition: Filter
    exact: bool


class Lookup(NamedTuple):
    """Name an index that answers some filters: `rows` selects keys by them, `faceted` those within `{facets}` alone.

    It is `wide` if it holds whatever filters test in an entry (Entry.tested). `implied` are conditions on what it holds
    that follow from filters which it does not answer.
    """

    filters: Mapping[str, Filter]
    rows: str
    faceted: str = ""
    wide: bool = False
    implied: Mapping[str, Filter] = {}

    def following(self, bind: Bind, asked: Mapping[str, Any], inexact: frozenset[str] = frozenset()) -> list[str]:
        """Write the conditions that follow from filters; those of its own filters too that leave too much."""
        own = {name: test for name, test in self.filters.items() if name in inexact}
        return [test(bind, asked[name]) for name, test in {**self.implied, **own}.items() if name in asked]


class Entry(NamedTuple):
    """Describe the rows that a listing is found by: `source` with the whole resource, `alone` without.

    `shown` is the same as `source` for where no condition is on the resource: it is left alone there unless more of it
    is shown than the entry has.

    `{by}` stands where SQLite is told which index to take. `facets` are conditions on facets `f`, those of `inexact`
    filters leave too many; `faceted` selects the keys within `{facets}`; `merged` names the index by facet
    and then by a sort; `zoned` names the column of the zones of a sort, by the index that is walked; `units` matches
    by zones of units. `tested` are the filters, sorts and walks whose columns wide indexes hold, `tested_by_facet`
    those of them that the merged hold too.
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
    zoned: Mapping[str, str] = {}
    units: Filter | None = None
    shown: str = ""
    tested: frozenset[str] = frozenset()
    tested_by_facet: frozenset[str] = frozenset()
    tallied: Callable[[Bind, Sequence[str], str], str] | None = None

    def showing(self, by: str) -> str:
        """Return where what is shown of rows without words is read from, found in this way."""
        return (self.shown or self.source).format(by=by)


class Listing(NamedTuple):
    """Hold what is asked of an entry: filters, words, and `sort`, the only key of the order, if it is one.

    `walk` is the index of the order; `near` where the rows stand in the store in that order. Without a walk, the rows
    that hold frequent words come as the index of words has them. `owners` are the filters of the plan, `by_plan` the
    index of the order of plans.
    """

    entry: Entry
    lookups: tuple[Lookup, ...]
    asked: Mapping[str, Any]
    words: Words | None
    sort: str
    walk: str
    near: bool
    owners: Mapping[str, Owner]
    by_plan: str


class Facets(NamedTuple):
    """Hold the facets that some filters leave: conditions, how many there are, how many rows they hold, and their ids.

    `ids` selects from a bound list: to look through the facets anew takes each statement 0.3 ms.
    """

    conditions: str
    number: int
    rows: int
    ids: str


class Plans(NamedTuple):
    """Hold the plans that some filters leave: conditions on `plan p`, what selects their ids, whether they are many.

    `walk` is the index that has them in the order of their ids, "" if none has.
    """

    conditions: str
    ids: str
    many: bool
    walk: str


class Keys(NamedTuple):
    """Hold a statement that selects keys, the filters that it answers, and how many keys there are, once known.

    What is `met` needs no look-up: the walk meets these rows alone. They are `wide` if they come from an index that
    holds whatever filters test in an entry (Entry.tested).
    """

    rows: str
    answered: frozenset[str]
    number: int | None = None
    met: bool = False
    wide: bool = False

    def holding(self, entry: Entry, needed: Iterable[str]) -> "Keys":
        """Return them as wide only if their index holds all that is tested and sorted by."""
        return self._replace(wide=self.wide and set(needed) - self.answered <= entry.tested)

    @property
    def size(self) -> int:
        """Return how many keys were counted."""
        return self.number or 0

    def read_from(self, entry: Entry) -> tuple[str, str] | None:
        """Return how the rows of an entry are read from the index that selects them, and by which condition.

        None if the keys are selected from another table. The index has what the default order sorts by, which spares
        a look into the row (2.7 µs).
        """
        source, _, condition = self.rows.partition(" FROM ")[2].partition(" WHERE ")
        alone, by, index = source.partition("INDEXED BY ")
        return (by + index, condition) if alone == entry.alone.format(by="") else None


def choose_facets(
    connection: sqlite3.Connection, conditions: list[str], values: Mapping[str, Any], bind: Bind
) -> Facets:
    """Find out which facets some conditions leave, and how many rows they hold (no row is read for that)."""
    where = " AND ".join(conditions)
    counted = f"SELECT count(*), coalesce(sum(indicators), 0), json_group_array(f.id) FROM facet f WHERE {where}"
    number, rows, ids = _found(connection, counted, values)
    return Facets(where, number, rows, f"SELECT value FROM json_each({bind(ids)})")


def choose_plans(
    connection: sqlite3.Connection, owners: Sequence[tuple[Owner, list[str]]], values: Mapping[str, Any], bind: Bind
) -> Plans:
    """Find out which plans some filters with their values leave, the most selective first; count them up to a bound."""
    conditions = " AND ".join(owner.condition(bind, given) for owner, given in owners)
    nearest, given = owners[0]
    ids = f"SELECT p.id FROM plan p INDEXED BY {nearest.by} WHERE {conditions}"
    number = _found(connection, f"SELECT count(*) FROM ({ids} LIMIT {PLANS_MOST + 1})", values)[0]
    walk = nearest.by if nearest.exact and len(owners) == len(given) == 1 else ""
    return Plans(conditions, ids, number > PLANS_MOST, walk)


def _found(connection: sqlite3.Connection, statement: str, values: Mapping[str, Any]) -> Any:
    """Return the row that a statement finds in this state of the store: the next page asks the same."""
    question = (statement, *(value for name, value in values.items() if f":{name}" in statement))
    return once(connection, question, lambda: connection.execute(statement, values).fetchone())


def find(listing: Listing, facets: Facets | None, plans: Plans | None, bind: Bind, *, tried: bool) -> Iterator[Keys]:
    """Select the keys of each index that answers some of what is asked, within the facets where it can.

    Where a status is asked for, a wide index is looked up as well: it tells the status without a look into the row.
    """
    entry, lookups, asked, words, _, walk, *_ = listing
    if facets:
        yield Keys(entry.faceted.format(facets=facets.ids), frozenset(["facets"]), facets.rows)
    if words:
        yield Keys(words.rows, frozenset("q"), words.number, met=not walk and words.number is None)
    for lookup in lookups:
        names = [name for name in lookup.filters if name in asked]
        several = [lookup.filters[name](bind, asked[name]) for name in names]
        if not set(several) - {"1"}:  # statuses that can have any date
            continue
        several += lookup.following(bind, asked)
        held = lookup.wide and not entry.inexact.isdisjoint(asked)
        exact = frozenset(names) - entry.inexact
        narrowed = facets and lookup.faceted and facets.number <= (HELD_MOST if held and not tried else FACETS_MOST)
        if facets and narrowed:
            yield Keys(" AND ".join([lookup.faceted.format(facets=facets.ids), *several]), exact | {"facets"})
        if held or not narrowed:
            met = f"INDEXED BY {walk} " in lookup.rows and entry.inexact.isdisjoint(names)
            yield Keys(" AND ".join([lookup.rows, *several]), exact, met=met, wide=lookup.wide)
    if plans:
        own = entry.alone.format(by=f"INDEXED BY {listing.by_plan}")
        rows = f"SELECT {entry.row}.key FROM {own} WHERE {entry.row}.plan_id IN ({plans.ids})"
        number = NOT_FEW if plans.many else None
        yield Keys(rows, frozenset(["plans"]), number, met=walk == listing.by_plan, wide=True)


def count(
    connection: sqlite3.Connection, found: Iterable[Keys], values: Mapping[str, Any], most: int, widest: int
) -> list[Keys]:
    """Return those that select few keys, fewest first; once wide ones are counted, others only if they are fewer."""
    sets = []
    for keys in found:
        number, bound = keys.number, widest if keys.wide else most
        if number is None:
            bounded = f"SELECT count(*) FROM ({keys.rows} LIMIT {bound + 1})"
            number = _found(connection, bounded, values)[0]
        if number <= bound:
            sets.append(keys._replace(number=number))
            if keys.wide:
                most, widest = min(most, number), number
    return sorted(sets, key=lambda keys: keys.size)


def needed(sets: Iterable[Keys]) -> list[Keys]:
    """Leave out those whose filters one before has answered."""
    kept: list[Keys] = []
    for keys in sets:
        if not any(keys.answered <= fewer.answered for fewer in kept):
            kept.append(keys)
    return kept


def intersect(sets: list[Keys]) -> tuple[str, frozenset[str]]:
    """Select the keys that all of some sets have, and tell which filters are answered so.

    A look into the row (2.7 µs) is spared for each key that the next set (0.2 µs a key) does not have.
    """
    first, *others = sets
    rows, answered = first.rows, first.answered
    for other in others:
        if other.size <= LARGER * first.size:
            rows, answered = f"SELECT key FROM ({other.rows}) WHERE +key IN ({rows})", answered | other.answered
    return rows, answered


def counting(
    listing: Listing, found: Iterable[Keys], facets: Facets | None, tests: Mapping[str, str], bind: Bind
) -> str:
    """Write the statement that counts without looking at rows, where facets, one index or counted words tell enough."""
    entry, _, asked, words, *_ = listing
    if words and words.total is not None and not tests.keys() - {"q"}:
        return f"SELECT {words.total}"
    if entry.facets and not tests.keys() - {"facets"}:
        return f"SELECT coalesce(sum(f.indicators), 0) FROM facet f WHERE {facets.conditions if facets else '1'}"
    if entry.tallied and facets and not tests.keys() - {"facets", "status"}:
        return entry.tallied(bind, asked["status"], facets.conditions)
    several = any(isinstance(value, list) and len(value) > 1 for value in asked.values())
    for keys in found:
        if not tests.keys() - keys.answered:
            return f"SELECT count({'DISTINCT key' if several else '*'}) FROM ({keys.rows})"
    return ""
