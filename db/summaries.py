"""Summaries: indicators counted by group and status, from tallies and entries where these tell enough."""

import json
import sqlite3
from typing import Any, NamedTuple

from db import tallies
from db.migrations.m0005_lookups import FACETS
from db.query import Statement
from db.status import ENTRY_STATUS, SOURCE, STATUS, STATUSES
from db.tallies import TALLIES

GROUPS = {
    "plan": "i.plan_id",
    "area": "owner.area_code",
    "level": "owner.level",
    "section": "i.section_id",
    "department": "i.lead_department",
    "kind": "i.kind",
    "comparator": "i.comparator",
    "unit": "i.unit",
    "base_unit": "i.base_unit",
    "direction": "i.direction",
    "nature": "i.nature",
    "commitment": "i.commitment",
    "deadline": "i.deadline_id",
    "due_on": "i.due_on",
    "status": STATUS,
}
"""What a summary can be grouped by."""

NARROW = {
    "plan": "e.plan_id",
    "area": "(SELECT area_code FROM plan WHERE id = e.plan_id)",
    "level": "(SELECT level FROM plan WHERE id = e.plan_id)",
    "due_on": "e.due_on",
    "status": ENTRY_STATUS,
    **{name: f"(SELECT f.{name} FROM facet f WHERE f.id = e.facet_id)" for name in FACETS},
}
"""The same from the entries, where they have it."""


class Counted(NamedTuple):
    """Say from which index the groups are counted without looking at the rows, and how their rows are found."""

    key: str
    source: str
    rows: str


ENTRIES = "CROSS JOIN indicator_entry e NOT INDEXED ON e.key = i.key"
MANY = {
    "plan": Counted("e.plan_id", "indicator_entry e INDEXED BY indicator_entry_plan", ""),
    "area": Counted(
        "p.area_code",
        "plan p CROSS JOIN indicator_entry e INDEXED BY indicator_entry_plan ON e.plan_id = p.id",
        "",
    ),
    "section": Counted("i.section_id", "indicator i INDEXED BY indicator_section", ENTRIES),
    "deadline": Counted("i.deadline_id", "indicator i INDEXED BY indicator_deadline", ENTRIES),
}
"""Groups of which there are many, each with few rows: only those that are shown are looked into."""


def summary(connection: sqlite3.Connection, statement: Statement, by: str, limit: int) -> tuple[list[Any], int, int]:
    """Count the indicators of a listing by group and status: the largest groups, all groups, all indicators.

    A group is {"key", "count", "statuses"}; the key null stands for indicators without a value there.
    """
    if statement.everything and by in MANY:
        return _largest(connection, statement, MANY[by], limit)
    by_status = ", ".join(f"'{status}', coalesce(sum(n) FILTER (WHERE status = '{status}'), 0)" for status in STATUSES)
    rows = connection.execute(
        f"SELECT json_object('key', key, 'count', sum(n), 'statuses', json_object({by_status})),"
        f" count(*) OVER (), sum(sum(n)) OVER ()"
        f" FROM (SELECT key, status, sum(n) AS n FROM ({_rows(statement, by)}) GROUP BY key, status)"
        " GROUP BY key HAVING sum(n) > 0 ORDER BY sum(n) DESC, key LIMIT :limit",
        statement.values | {"limit": limit},
    ).fetchall()
    return [json.loads(row[0]) for row in rows], rows[0][1] if rows else 0, rows[0][2] if rows else 0


def _rows(statement: Statement, by: str) -> str:
    """Select (key, status, n) of what is to be counted."""
    source = statement.counted
    if source == SOURCE:
        return f"SELECT {GROUPS[by]} AS key, {STATUS} AS status, 1 AS n FROM {source} WHERE {statement.where}"
    if statement.everything and by in TALLIES:
        return tallies.rows(TALLIES[by])
    if by not in NARROW and "indicator i " not in source:
        source = f"{source} CROSS JOIN indicator i ON i.key = e.key"
    key = NARROW.get(by, GROUPS[by])
    return f"SELECT {key} AS key, {ENTRY_STATUS} AS status, 1 AS n FROM {source} WHERE {statement.where}"


def _largest(
    connection: sqlite3.Connection, statement: Statement, counted: Counted, limit: int
) -> tuple[list[Any], int, int]:
    key, source, rows = counted
    found = connection.execute(
        f"SELECT {key}, count(*), count(*) OVER (), sum(count(*)) OVER () FROM {source} GROUP BY {key}"
        f" ORDER BY count(*) DESC, {key} LIMIT :limit",
        {"limit": limit},
    ).fetchall()
    groups = {name: {"key": name, "count": n, "statuses": dict.fromkeys(STATUSES, 0)} for name, n, _, _ in found}
    statuses = connection.execute(
        f"SELECT key, status, count(*) FROM (SELECT {key} AS key, {ENTRY_STATUS} AS status FROM {source} {rows}"
        f" WHERE {key} IN (SELECT value FROM json_each(:groups))) GROUP BY key, status",
        statement.values | {"groups": json.dumps(list(groups))},
    )
    for name, status, number in statuses:
        groups[name]["statuses"][status] = number
    return list(groups.values()), found[0][2] if found else 0, found[0][3] if found else 0
