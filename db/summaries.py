"""Summaries: indicators counted by group and status."""

import json
import sqlite3
from typing import Any

from db import tallies
from db.lists import Listing, where
from db.status import STATUS, STATUSES


def _of_plan(column: str) -> str:
    return f"(SELECT p.{column} FROM plan p WHERE p.id = i.plan_id)"


def _of_term(code: str) -> str:
    return f"(SELECT nullif(t.{code}, '') FROM term t WHERE t.id = i.term_id)"


GROUPS = {
    "plan": "i.plan_id",
    "area": _of_plan("area_code"),
    "level": _of_plan("level"),
    "section": "i.section_id",
    "department": "i.lead_department",
    **{code: _of_term(code) for code in tallies.CODES},
    "deadline": "i.deadline_id",
    "due_on": "i.due_on",
    "status": STATUS,
}
"""What a summary can be grouped by."""


MANY = {"plan": "indicator_by_plan", "section": "indicator_of_section", "deadline": "indicator_of_deadline"}
"""Groups that are many with few rows each, and the index of each."""

Summary = tuple[list[dict[str, Any]], int, int]
"""The largest groups, how many groups there are, how many indicators."""


def summary(connection: sqlite3.Connection, listing: Listing, by: str, limit: int) -> Summary:
    """Count the indicators of a listing by group and status.

    A group is {"key", "count", "statuses"}; the key null stands for indicators without a value there.
    """
    everything = not (listing.ask.filters or listing.ask.past)
    if everything and by in MANY:
        return _largest(connection, listing, by, limit)
    counted = tallies.rows(by, GROUPS[by]) if everything and by in tallies.TALLIED else _by_row(listing, by)
    statuses = ", ".join(f"'{status}', coalesce(sum(n) FILTER (WHERE status = '{status}'), 0)" for status in STATUSES)
    rows = connection.execute(
        f"SELECT json_object('key', key, 'count', sum(n), 'statuses', json_object({statuses})),"
        " count(*) OVER (), sum(sum(n)) OVER ()"
        f" FROM (SELECT key, status, sum(n) AS n FROM ({counted}) GROUP BY key, status)"
        " GROUP BY key HAVING sum(n) > 0 ORDER BY sum(n) DESC, key LIMIT :limit",
        {**listing.values, "limit": limit},
    ).fetchall()
    return [json.loads(row[0]) for row in rows], rows[0][1] if rows else 0, rows[0][2] if rows else 0


def _by_row(listing: Listing, by: str) -> str:
    """Select (key, status, n) of each indicator."""
    source, conditions = listing.counted
    return f"SELECT {GROUPS[by]} AS key, {STATUS} AS status, 1 AS n FROM {source} WHERE {where(conditions)}"


def _largest(connection: sqlite3.Connection, listing: Listing, by: str, limit: int) -> Summary:
    """Count all indicators by an index of their groups, and by status only those of the groups that are shown."""
    key, source = GROUPS[by], f"indicator i INDEXED BY {MANY[by]}"
    found = connection.execute(
        f"SELECT {key}, count(*), count(*) OVER (), sum(count(*)) OVER () FROM {source} GROUP BY {key}"
        f" ORDER BY count(*) DESC, {key} LIMIT :limit",
        {"limit": limit},
    ).fetchall()
    groups = {name: {"key": name, "count": n, "statuses": dict.fromkeys(STATUSES, 0)} for name, n, _, _ in found}
    rows = connection.execute(
        f"SELECT key, status, count(*) FROM (SELECT {key} AS key, {STATUS} AS status FROM {source}"
        f" WHERE {key} IN (SELECT value FROM json_each(:groups))) GROUP BY key, status",
        {**listing.values, "groups": json.dumps(list(groups))},
    )
    for name, status, number in rows:
        groups[name]["statuses"][status] = number
    return list(groups.values()), found[0][2] if found else 0, found[0][3] if found else 0
