"""Choose how the rows of a listing are found: collected from an index and sorted, walked in order, or merged.

Each filter that has an index of its own is counted there, up to a bound. If one leaves few rows, or several together
would, these are collected and sorted. Otherwise a page is nearly always full soon on a walk along the index of the
sort, so that is tried, with a bound on its steps. Only where it is not (a sort goes with a filter, or two filters go
against one another), the filters are counted further and the next way is taken. The ways:

0. of a page with several filters in the default order: a short walk before anything is counted;
1. the walk, each filter tested in the row; or, where the rows of the walk lie scattered in the store, the keys that a
   filter leaves looked up beforehand, so that only rows of the page are read;
2. the same with what is known now; or, where the sort goes with facets (a share is never above 100, so a walk from the
   top would meet none for long), the facets' own orders merged;
3. all rows that the filters leave, collected and sorted.

Facets (filters of few values, all in one table) narrow the counted rows of every other filter. Filters of the plan are
one condition on it: a list of plans or, where these are many, a look at the plan of each row, or a walk from plan to
plan. Indexes are named in the statements: without statistics, and whatever they say, SQLite takes the same path.
A way may take as many steps, not time, as the next one would. One that was too long for a page is not tried again for
the same question of the same state (db.query).
"""

import sqlite3
from collections.abc import Mapping, Sequence
from math import isqrt, prod
from typing import Any, NamedTuple

from db import lookups, zones
from db.lookups import Bind, Entry, Facets, Keys, Listing, Plans
from db.matching import Words
from db.zones import Part

EFFORT = 4
"""Collecting c of n rows (2.7 µs each) costs as much as walking until a page is full where c² = EFFORT n.

That is 630 rows of 100 thousand, 3,500 of 3 million.
"""
STEPS = 30
"""A way is tried at least for this many steps of SQLite's machine times the root of the number of rows."""
KEY, BLIND = 45, 10
"""Steps for each key that is collected: a way is tried for as many as the next one takes, which at worst doubles them;
and how much longer than a walk orders are merged while what comes next is not counted."""
UNITS_MOST = 8
"""Words that go with so few units are looked for in rows of these units alone, at 1.3 ms for 3,000 facets."""
WIDE, PAIRED = 5, 8
"""Up to so many times as many keys as would be collected are looked up beforehand, or taken with those of others."""
SHARE, WIDER = 20, 3
"""Filters that leave more than one row in so many are tested in the row; of those that wide indexes answer, three."""
MOSTLY = 4
"""Of facets with so many times as many rows, a date that a status can have is taken to leave too many."""
LIGHTER = 8
"""A key from an index that holds all that is tested costs an eighth of one whose row is looked into."""
GLANCE, FIRST, LAST = 0, 1, 3
"""The numbers of the way before the first, of the first, and of the last."""


class Path(NamedTuple):
    """Hold the path chosen: what to read from, or only to count; conditions; the statement that counts; what is walked.

    `walked` is "sort", "plans" (plan by plan `p`), "words", or "" where rows come in no order. The keys of a page are
    read from `chosen`; `page` is a condition, with `{span}` and `{order}`, leaving one page's rows alone.
    `parts` are the stretches of the walk that can hold rows; empty where that is not known.
    After `budget` steps (0: never) the next way is tried; `counting` is empty where only the last way is good to count.
    """

    source: str
    conditions: list[str]
    counted: str
    counting: str
    walked: str
    chosen: str
    page: str = ""
    budget: int = 0
    then: int = 0
    parts: Sequence[Part] = ()


def choose(
    connection: sqlite3.Connection, listing: Listing, bind: Bind, values: Mapping[str, Any], way: int = FIRST
) -> Path:
    """Choose the path to the rows of a listing; `values` are those bound so far, `way` is its number."""
    entry, _, asked, words, sort, walk, near, *_ = listing
    facets, plans, tests = _tested(connection, listing, bind, values)
    tried = way > FIRST
    found = list(lookups.find(listing, facets, plans, bind, tried=tried))
    index = entry.merged.get(sort, "") if facets and not entry.inexact & asked.keys() else ""
    counting = lookups.counting(listing, found, facets, tests, bind)

    rows = connection.execute(f"SELECT max({entry.row}.key) FROM {entry.alone.format(by='')}").fetchone()[0] or 1
    few = isqrt(EFFORT * rows)
    if way == GLANCE and near and not words and len(found) > 1 and 0 < few < (facets.rows if facets else rows):
        return _walked(listing, tests, plans, bind)._replace(
            budget=max(1, STEPS * isqrt(rows)), then=FIRST, counting=counting
        )
    if words and words.number is not None:  # so few that they are ranked
        few = max(few, words.number)
    judged = [*tests, sort or walk]
    unmet = [keys.holding(entry, judged) for keys in found if tried or not keys.met]
    wide = few * ((PAIRED if len(unmet) > 1 and len(asked) > 1 else 1) if near or not walk else WIDE)
    most = max(wide, rows // SHARE if tried else 0) if EFFORT else few
    parts = _placed(connection, listing, tests, bind)
    if parts and not tried:  # a walk that begins where the words stand is short, unless they are few
        most = few
    if facets and not tried and facets.rows > MOSTLY * most:
        unmet = [keys if keys.answered - {"facets"} else keys._replace(number=facets.rows) for keys in unmet]
    merging = facets if index and tried else None
    blind = merging and way != LAST and entry.tested_by_facet.issuperset(judged)
    if blind:  # the orders are merged before more is counted
        unmet = [keys for keys in unmet if keys.number is not None]
    counted = lookups.count(connection, unmet, values, most, most * (WIDER if tried else 1))
    sets = lookups.needed(counted)
    joint = rows * prod(keys.size / rows for keys in sets)  # as if no filter went with another

    fewest = sets[0].size if sets else rows
    scanned = [keys for keys in counted if keys.wide and keys.size <= LIGHTER * fewest][:1]
    soon = near and not tried and joint <= few and fewest > few * len(tests)  # if they go together, a walk is short
    narrow = joint <= wide or any(tests.keys() - frozenset().union(*(keys.answered for keys in sets)))
    listed = [] if near or not walk or blind else [keys for keys in sets if keys.answered != {"facets"}]
    short = (joint <= few and not soon) or fewest <= few * len(tests)
    if sets and (short or scanned or way == LAST or (tried and not index and not (listed and narrow))):
        return _collected(listing, tests, scanned or sets, counting)
    if listed:
        keys, answered = lookups.intersect(listed)
        tests = {name: test for name, test in tests.items() if name not in answered}
        tests = {"keys": f"+{entry.row}.key IN ({keys})", **tests}
    path = _words_walked(entry, words, tests) if words and not walk else _walked(listing, tests, plans, bind)
    path = _merged(listing, path, index, merging, tests) if merging else path._replace(parts=parts)
    if way == LAST or not (sets or blind if tried else unmet) or (merging and tests.keys() == {"facets"}):
        return path._replace(counting=counting or _count(path.counted, path.conditions))
    budget = STEPS * isqrt(rows) * (BLIND if blind else 1)
    if not blind and (tried or listed or not index):
        between = isqrt(few * max(few, rows // SHARE))  # what is known of sets that were not counted to their end
        rest = min([keys.size // LIGHTER if keys.wide else keys.size for keys in sets], default=between)
        budget = max(budget, KEY * rest)
    return path._replace(counting=counting, budget=max(1, budget), then=LAST if tried or listed else FIRST + 1)


def _placed(connection: sqlite3.Connection, listing: Listing, tests: dict[str, str], bind: Bind) -> Sequence[Part]:
    """Return the parts of the walk that can hold the words, and put the units that they go with before their test."""
    entry, words, walk = listing.entry, listing.words, listing.walk
    if not words or words.ranked or walk not in entry.zoned:
        return []
    parts = zones.find(connection, entry.zoned[walk], words.grams)
    units = zones.common(connection, "unit", words.grams) if parts else set()
    if entry.units and 0 < len(units) <= UNITS_MOST:
        tests["q"] = f"{entry.units(bind, sorted(units))} AND {tests['q']}"
    return parts


def _tested(
    connection: sqlite3.Connection, listing: Listing, bind: Bind, values: Mapping[str, Any]
) -> tuple[Facets | None, Plans | None, dict[str, str]]:
    """Return the facets and the plans that the filters leave, where they are asked for, and the tests of a row."""
    entry, asked = listing.entry, listing.asked
    tests = {name: entry.filters[name](bind, value) for name, value in asked.items() if name not in listing.owners}
    owners = [(owner, asked[name]) for name, owner in listing.owners.items() if name in asked]
    plans = lookups.choose_plans(connection, owners, values, bind) if owners else None
    if plans:
        listed = not plans.many or listing.walk == listing.by_plan
        each = f"EXISTS (SELECT 1 FROM plan p WHERE p.id = {entry.row}.plan_id AND {plans.conditions})"
        tests["plans"] = f"{entry.row}.plan_id IN ({plans.ids})" if listed else each
    narrowing = [entry.facets[name](bind, asked[name]) for name in asked if name in entry.facets]
    facets = lookups.choose_facets(connection, narrowing, values, bind) if narrowing else None
    if facets:
        tests = {name: test for name, test in tests.items() if name not in entry.facets or name in entry.inexact}
        tests = {"facets": f"{entry.row}.facet_id IN ({facets.ids})", **tests}
    if listing.words:
        tests["q"] = listing.words.test
    return facets, plans, tests


def _collected(listing: Listing, tests: Mapping[str, str], sets: list[Keys], counting: str) -> Path:
    entry, words = listing.entry, listing.words
    keys, answered = lookups.intersect(sets)
    tests = {name: test for name, test in tests.items() if name not in answered}
    own = sets[0].read_from(entry) if answered == sets[0].answered else None
    by, condition = own or ("NOT INDEXED", f"{entry.row}.key IN ({keys})")
    conditions = [condition, *tests.values()]
    found, chosen = _whole(entry, words, by), _alone(entry, words, tests).format(by=by)
    return Path(found, conditions, chosen, counting or _count(chosen, conditions), "", chosen)


def _walked(listing: Listing, tests: Mapping[str, str], plans: Plans | None, bind: Bind) -> Path:
    entry, _, asked, words, _, walk, *_ = listing
    by = f"INDEXED BY {walk}"
    source, alone = _whole(entry, words, by), _alone(entry, words, tests)
    own = [lookup for lookup in listing.lookups if f"{by} " in lookup.rows]
    implied = [test for lookup in own for test in lookup.following(bind, asked, entry.inexact)]
    counted, chosen, walked = alone.format(by=""), alone.format(by=by), "sort"
    if plans and plans.many and plans.walk and walk == listing.by_plan:  # to list them takes longer
        through = f"plan p INDEXED BY {plans.walk} CROSS JOIN "
        source, counted, chosen, walked = through + source, through + counted, through + chosen, "plans"
        tests = {**tests, "plans": f"{plans.conditions} AND {entry.row}.plan_id = p.id"}
    return Path(source, [*tests.values(), *implied], counted, "", walked, chosen)


def _words_walked(entry: Entry, words: Words, tests: Mapping[str, str]) -> Path:
    others = [test for name, test in tests.items() if name != "q"]
    conditions = [f"w.{words.searched} MATCH {words.match}", *others, f"{entry.row}.key = w.rowid"]
    counted, source = (f"{words.searched} w CROSS JOIN {of.format(by='')}" for of in (entry.alone, entry.source))
    return Path(source, conditions, counted, "", "words", counted)


def _whole(entry: Entry, words: Words | None, by: str) -> str:
    """Tell where rows are read from with all that is shown of them, and with what words are looked for in."""
    return entry.source.format(by=by) if words else entry.showing(by)


def _alone(entry: Entry, words: Words | None, tests: Mapping[str, str]) -> str:
    """Tell where keys are read from: the test of a word looks into the whole row, as relevance does."""
    return entry.source if words and (words.ranked or "q" in tests) else entry.alone


def _count(source: str, conditions: list[str]) -> str:
    return f"SELECT count(*) FROM {source} WHERE {' AND '.join(conditions) or '1'}"


def _merged(listing: Listing, path: Path, index: str, facets: Facets, tests: Mapping[str, str]) -> Path:
    """Leave the rows of one page: the first of each facet, then those of the first facets.

    A row that is on the page belongs to one of as many facets as the page has rows: those that begin first.
    """
    alone = listing.entry.source if listing.words else listing.entry.alone
    walked, by_key = alone.format(by=f"INDEXED BY {index}"), alone.format(by="NOT INDEXED")
    others = [test for name, test in tests.items() if name != "facets"]
    of_facet = " AND ".join([f"SELECT e.key FROM {walked} WHERE e.facet_id = f.id", *others])
    page = "{span} ORDER BY {order} LIMIT"
    first = f"SELECT f.id FROM facet f CROSS JOIN {by_key} WHERE e.key = ({of_facet}{page} 1) AND {facets.conditions}"
    nearest = f"{first} ORDER BY {{order}} LIMIT :limit"
    inner = f"SELECT e.key FROM ({nearest}) f CROSS JOIN {by_key} WHERE e.key IN ({of_facet}{page} :limit)"
    return path._replace(page=f"e.key IN ({inner} ORDER BY {{order}} LIMIT :limit)", chosen=by_key, parts=())
