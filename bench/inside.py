"""Time the statements themselves, inside SQLite: every filter, every sort, every kind of search."""

import json
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

from db import connection, items, lists, search, sections, status, summaries
from db.deadlines import DEADLINE
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.observations import OBSERVATION
from db.plans import PLAN
from db.resource import Ask, Resource
from db.sections import SECTION
from schema.query import ENDS

LONGEST = 10.0
"""Seconds after which a statement is given up."""
ENOUGH = 300
"""Milliseconds after which a question is not repeated."""
LIMIT = 51

CONTEXT = {
    "status_at": "2026-06-30",
    "behind": 10,
    "far_behind": 30,
    "due_soon": 30,
    "rule": status.rule(10, 30),
}
RESOURCES = (INDICATOR, MILESTONE, SECTION, DEADLINE, OBSERVATION, PLAN)

VALUES: Mapping[str, Any] = {
    "area": ["21"],
    "level": ["county"],
    "kind": ["share"],
    "comparator": ["between"],
    "unit": ["亿元"],
    "base_unit": ["元"],
    "direction": ["decrease"],
    "nature": ["binding"],
    "commitment": ["assured"],
    "department": ["统计局"],
    "value_min": 4900,
    "value_max": 2,
    "normalized_min": 490_000_000_000,
    "normalized_max": 2,
    "due_from": "2027-06-30",
    "due_to": "2018-06-30",
    "updated_since": "2026-01-01T00:10:00.000000Z",
    "paragraph": [12],
    "status": ["missed"],
    "state": ["done"],
    "precision": ["quarter"],
    "obs_status": ["P"],
    "period_from": "2026-06-01",
    "period_to": "2018-01-31",
    "recorded_since": "2026-06-29T00:00:00.000000Z",
    "superseded": True,
    "depth": [1],
}
"""A selective value for each filter; what is not here is taken from the store, or differs by resource."""

WORDS = {
    "1 frequent": "业", "1 rare": "鲟", "1 absent": "鑫",
    "2 frequent": "企业", "2 rare": "稀土", "2 absent": "火箭",
    "2 absent of frequent characters": "率企",
    "4 frequent": "规上工业", "4 rare": "稀土交易", "4 absent": "火箭发射",
    "4 absent of frequent characters": "率企业项",
    "2 words, both frequent": "企业 增速", "2 words, one rare": "企业 稀土", "2 words, never together": "企业 鑫",
}  # fmt: skip
"""What is searched for; a subject is rare in one name of twenty thousand."""


SMALL = (
    "SCAN CONSTANT",
    "SCAN (",
    "SCAN tree",
    "SCAN json_each",
    "SCAN chosen",
    "SCAN last",
)
"""Scans of what is small at any size."""


class Found(NamedTuple):
    """Hold how long a statement took, how many rows came, and what SQLite does for it that grows with the table."""

    name: str
    ms: float | None
    rows: int
    trouble: list[str]


def look(store: Path, *, seconds: float = 1800, say: Callable[[str], None] = print) -> list[Found]:
    """Time every question, with the store's pages warm; ask no more of them when the seconds are used up."""
    connection.verify(store)
    reader = connection.reader(store)
    found = []
    began = time.monotonic()
    for name, question in _questions(reader):
        if time.monotonic() - began > seconds:
            break
        one = _time(reader, name, question)
        found.append(one)
        if one.ms is None or one.ms > 10:
            say(f"{name}: {'given up' if one.ms is None else f'{one.ms:.1f} ms'}: {'; '.join(one.trouble)}")
    return found


Question = Callable[[], list[Any]]


def _questions(reader: sqlite3.Connection) -> Iterator[tuple[str, Question]]:
    """Name every question that the harness asks, and how it is put."""
    for kind, word in WORDS.items():
        ask = Ask({"q": word}, context=CONTEXT)
        yield f"indicator q, {kind}", _page(reader, INDICATOR, ask)
        yield f"indicator q sort=-value, {kind}", _page(reader, INDICATOR, ask._replace(sort=("-value",)))
        yield f"indicator q counted, {kind}", _total(reader, INDICATOR, ask)
        yield f"search, {kind}", _everywhere(reader, ask)
    for resource in RESOURCES:
        for sort in resource.sorts:
            for sign in ("", "-"):
                yield (
                    f"{resource.name} sort={sign}{sort}",
                    _page(reader, resource, Ask(sort=(sign + sort,), context=CONTEXT)),
                )
        given = filters(reader, resource)
        for name, value in given.items():
            ask = Ask({name: value}, context=CONTEXT)
            yield f"{resource.name} {name}", _page(reader, resource, ask)
            yield f"{resource.name} {name} counted", _total(reader, resource, ask)
    given = filters(reader, INDICATOR)
    for name, value in given.items():
        for sort in ("due_on", "-value", "-updated_at", "name"):
            ask = Ask({name: value}, (sort,), context=CONTEXT)
            yield f"indicator {name} sort={sort}", _page(reader, INDICATOR, ask)
    for by in summaries.GROUPS:
        for name in ("plan", "area", None):
            ask = Ask({name: given[name]} if name else {}, context=CONTEXT)
            yield f"summary by {by}{f' of one {name}' if name else ''}", _summary(reader, ask, by)
    plan = given["plan"][0]
    yield "outline", lambda: list(sections.outline(reader, plan, CONTEXT, {}))


def is_reversed(given: dict[str, Any], one: str, other: str) -> bool:
    """Tell whether two filters are a range that ends before it begins, which the service refuses."""
    ends = {one: other, other: one}
    return any(
        name.endswith(end) and ends[name] == name.removesuffix(end) + begin and given[name] < given[ends[name]]
        for name in ends
        for end, begin in ENDS.items()
    )


def filters(reader: sqlite3.Connection, resource: Resource) -> dict[str, Any]:
    """Give each filter of a resource a value that the store knows."""

    def some(column: str, table: str) -> list[str]:
        middle = reader.execute(f"SELECT max(key) / 2 FROM {table}").fetchone()[0]
        return [reader.execute(f"SELECT {column} FROM {table} WHERE key >= ?", (middle,)).fetchone()[0]]

    own: dict[str, Any] = {
        "plan": some("id", "plan"),
        "section": some("section_id", "indicator"),
        "parent": some("id", "section"),
        "deadline": some("id", "deadline"),
        "indicator": some("indicator_id", "observation"),
    }
    if resource is PLAN:
        own["status"] = ["active"]
    if resource is DEADLINE:
        own["state"] = ["due_soon"]
    return {name: own.get(name) or VALUES[name] for name in resource.filters}


def _page(reader: sqlite3.Connection, resource: Resource, ask: Ask) -> Question:
    def put() -> list[Any]:
        statement = lists.prepare(reader, resource, ask)
        return _rows(lists.page(reader, statement, items.shape(resource, ask), LIMIT, None))

    return put


def _rows(page: lists.Page) -> list[Any]:
    found: list[Any] = json.loads(b"[%b]" % page.members)
    return found


def _total(reader: sqlite3.Connection, resource: Resource, ask: Ask) -> Question:
    return lambda: [lists.total(reader, lists.prepare(reader, resource, ask))]


def _summary(reader: sqlite3.Connection, ask: Ask, by: str) -> Question:
    return lambda: summaries.summary(reader, lists.prepare(reader, INDICATOR, ask), by, 100)[0]


def _everywhere(reader: sqlite3.Connection, ask: Ask) -> Question:
    def put() -> list[Any]:
        rows: list[Any] = []
        for statement in search.statements(reader, list(search.SEARCHED), ask):
            rows += _rows(lists.page(reader, statement, search.hit(statement.resource), LIMIT - len(rows), None))
        return rows

    return put


def _time(reader: sqlite3.Connection, name: str, question: Question) -> Found:
    """Put a question up to five times, give it up after LONGEST, and look at its plan."""
    statements: list[str] = []
    times: list[float] = []
    rows: list[Any] = []
    reader.set_trace_callback(statements.append)
    try:
        for _ in range(5):
            watch = Timer(LONGEST, reader.interrupt)
            watch.start()
            started = time.perf_counter()
            try:
                rows = question()
            finally:
                watch.cancel()
            times.append((time.perf_counter() - started) * 1000)
            if sum(times) > ENOUGH:
                break
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
    finally:
        reader.set_trace_callback(None)
    trouble = sorted({line for statement in set(statements) for line in _trouble(reader, statement)})
    return Found(name, min(times) if times else None, len(rows), trouble)


def _trouble(reader: sqlite3.Connection, statement: str) -> Iterator[str]:
    """Find in a query plan what costs more the larger the table is."""
    if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
        return
    with closing(reader.execute(f"EXPLAIN QUERY PLAN {statement}")) as plan:
        for *_, line in plan:
            whole = line.startswith("SCAN") and not line.startswith(SMALL)
            if whole or "TEMP B-TREE" in line:
                yield line


def is_search(name: str) -> bool:
    """Tell whether a question searches text."""
    return name.startswith(("indicator q", "search"))


def summarize(found: list[Found]) -> dict[str, Any]:
    """Sum up: how many are within 10 ms, and which are not."""
    times = [one.ms if one.ms is not None else LONGEST * 1000 for one in found]
    return {
        "questions": len(found),
        "searches": sum(is_search(one.name) for one in found),
        "median_ms": statistics.median(times),
        "within_10_ms": sum(ms <= 10 for ms in times),
        "slow": sorted(
            ([one.name, ms, one.trouble] for one, ms in zip(found, times, strict=True) if ms > 10), key=lambda x: -x[1]
        ),
    }
