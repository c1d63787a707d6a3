"""Small plans made to measure, and the shortest way to ask a store something."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from db import items, lists, status
from db.connection import transaction
from db.edit import load
from db.resource import Ask, Resource
from schema.rules import plan_file

Row = dict[str, Any]


def context(at: str = "2022-02-19", behind: float = 10, far_behind: float = 30) -> Row:
    rule = status.rule(behind, far_behind)
    return {"status_at": at, "behind": behind, "far_behind": far_behind, "due_soon": 30, "rule": rule}


def indicator(number: int, **members: Any) -> Row:
    """Return an indicator of plan p, in section p.1, due on the last of the plan's hundred days."""
    return {
        "id": f"p.1.{number:02}",
        "section_id": "p.1",
        "code": f"1.{number:02}",
        "name": f"指标{number}",
        "kind": "level",
        "direction": "increase",
        "target": {"comparator": "ge", "value": 100, "unit": "项"},
        "deadline_id": "p.due-2022-04-10",
        "due_precision": "day",
        "deadline_basis": "inherited",
        **members,
    }


def milestone(number: int, **members: Any) -> Row:
    plain = indicator(number)
    for name in ("kind", "direction", "target"):
        del plain[name]
    return plain | {"id": f"p.1.m{number:02}", "code": f"1.m{number:02}", "name": f"任务{number}", **members}


def observation(number: int, item: int, time_period: str, value: float, **members: Any) -> Row:
    return {
        "id": f"p.1.{item:02}.o{number}",
        "indicator_id": f"p.1.{item:02}",
        "time_period": time_period,
        "value": value,
        "unit": "项",
        "recorded_at": "2022-05-01T00:00:00Z",
        **members,
    }


def document(**parts: Any) -> Row:
    """Return plan p, which runs for the hundred days from 2022-01-01 to 2022-04-10."""
    return {
        "format": "plan-indicators",
        "format_version": 1,
        "plan": {
            "id": "p",
            "title": "百日计划",
            "area_code": "210112",
            "area_name": "浑南区",
            "level": "district",
            "period_start": "2022-01-01",
            "period_end": "2022-04-10",
        },
        "deadlines": [
            {"id": "p.due-2022-04-10", "due_on": "2022-04-10", "precision": "day", "label": "期末"},
            {"id": "p.due-2022-02-19", "due_on": "2022-02-19", "precision": "day", "label": "期中"},
        ],
        "sections": [{"id": "p.1", "number": "1", "title": "全部"}],
        "indicators": [],
        "milestones": [],
        **parts,
    }


def parsed(plan: Mapping[str, Any]) -> Row:
    return plan_file.parse(json.dumps(plan).encode())


def put(connection: sqlite3.Connection, **parts: Any) -> None:
    load.insert(connection, parsed(document(**parts)), "test")


def clear(connection: sqlite3.Connection) -> None:
    """Take every plan out again."""
    with transaction(connection, "test"):
        for table in ("observation", "milestone", "indicator", "section", "deadline", "plan"):
            connection.execute(f"DELETE FROM {table}")


def rows(connection: sqlite3.Connection, resource: Resource, **asked: Any) -> list[Row]:
    """Return the whole result of an ask as JSON objects."""
    ask = Ask(**{"context": context(), **asked})
    statement = lists.prepare(connection, resource, ask)
    return [json.loads(row[0]) for row in lists.each(connection, statement, [items.shape(resource, ask)])]


def ids(found: Sequence[Row]) -> list[str]:
    return [row["id"] for row in found]
