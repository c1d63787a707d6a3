"""Read of the past what is counted from the other rows of its plan, as the counts of a section are.

SQLite looks a row up in the views of the past by reading all of them, so a count for each row would take for ever. The
rows of a page are found in the views, and read from copies of their plans, which have indexes.
"""

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import Any

from db import items, lists
from db.lists import Listing, Page
from db.log import past
from db.resource import Ask, Resource
from schema.query import LIMIT_MOST


def needed(resource: Resource, ask: Ask, plans: Collection[str]) -> bool:
    """Tell whether an answer of the past shows counts, and is about more plans than the connection has copies of."""
    return ask.past and (resource.counted or "section" in ask.include) and not past.few(plans)


def page(connection: sqlite3.Connection, copied: sqlite3.Connection, rows: Listing, limit: int, after: Any) -> Page:
    """Return a page, which ends where more plans would have to be copied."""
    shape = f"CAST({items.shape(rows.resource, rows.ask)} AS BLOB)"
    found, members = _rows(connection, copied, rows, [shape], limit=limit, after=after)
    return found._replace(members=b",".join(member for (member,) in members))


def each(
    connection: sqlite3.Connection, copied: sqlite3.Connection, rows: Listing, columns: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Run through the whole result, page by page."""
    after, more = None, True
    while more:
        found, values = _rows(connection, copied, rows, columns, limit=LIMIT_MOST, after=after)
        yield from values
        after, more = found.last, found.more


def _rows(
    connection: sqlite3.Connection,
    copied: sqlite3.Connection,
    rows: Listing,
    columns: Sequence[str],
    *,
    limit: int,
    after: Any,
) -> tuple[Page, list[tuple[Any, ...]]]:
    """Find a page in the views, and read columns of its rows from copies of their plans."""
    resource, ask = rows.resource, rows.ask
    pair = f"json_array({resource.alias}.id, {resource.alias}.plan_id)"
    found = lists.page(connection, rows, pair, limit, after)
    pairs: list[list[str]] = json.loads(b"[%b]" % found.members)
    plans = [plan for _, plan in pairs]
    first = set(list(dict.fromkeys(plans))[: past.COPIED_MOST])
    few = sum(1 for _ in takewhile(first.__contains__, plans))
    if few < len(pairs):
        found = lists.page(connection, rows, pair, few, after)
    if not few:
        return found, []
    past.travel(copied, ask.context["as_of"], set(plans[:few]))
    return found, items.several(copied, resource, [key for key, _ in pairs[:few]], ask, columns)
