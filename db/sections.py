"""Sections: the headings of a plan, and the outline that they form."""

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from db.plans import PLAN, owned
from db.resource import Filter, Resource, any_of, compare, members, record, within
from db.shapes import json_object
from db.status import MILESTONE_STATUS, STATUS, STATUSES

TREE = (
    "WITH RECURSIVE tree (id) AS (SELECT id FROM section WHERE id IN ({any})"
    " UNION SELECT below.id FROM section below JOIN tree ON below.parent_id = tree.id) SELECT id FROM tree"
)
"""The sections given and all below them."""

_BELOW = f"({TREE.format(any='s.id')})"


RECORD = record("section", "s")

SECTION = Resource(
    name="section",
    alias="s",
    record=RECORD,
    fields=members(
        RECORD,
        {
            "counts": {
                "sections": f"(SELECT count(*) - 1 FROM {_BELOW})",
                "indicators": f"(SELECT count(*) FROM indicator WHERE section_id IN {_BELOW})",
                "milestones": f"(SELECT count(*) FROM milestone WHERE section_id IN {_BELOW})",
            }
        },
    ),
    filters={
        "section": Filter(within("s.id", TREE), found_by="section_by_id"),
        "parent": Filter(any_of("s.parent_id"), found_by="section_of_parent"),
        **owned("s", "section_by_plan"),
        "depth": Filter(any_of("s.level")),
        "updated_since": Filter(compare("s.updated_at", ">=")),
    },
    sorts={
        "position": "s.position",
        "plan": "s.plan_id",
        "number": "s.number",
        "title": "s.title",
        "updated_at": "s.updated_at",
    },
    order=("plan", "position"),
    includes={"plan": PLAN.related("s.plan_id")},
    counted=True,
)


def outline(
    connection: sqlite3.Connection, plan_id: str, context: Mapping[str, Any], include: Mapping[str, Resource]
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Return the section tree of a plan, nested, and the plan's own tally by status.

    Each node has the counts and the tally of all below it, and itself the rows of what is included.
    """
    values = {**context, "plan": plan_id}
    rows = connection.execute(
        f"SELECT {', '.join(HEADING)} FROM section WHERE plan_id = :plan ORDER BY position",
        values,
    )
    nodes: dict[str | None, dict[str, Any]] = {None: _node({}, include)}
    for row in rows:
        nodes[row[0]] = _node(dict(zip(HEADING, row, strict=True)), include)
    for kind, section_id, status, number in connection.execute(TALLIES, values):
        nodes[section_id]["counts"][kind] += number
        nodes[section_id]["statuses"][status] += number
    for name, resource in include.items():
        key = resource.alias
        for section_id, text in connection.execute(
            f"SELECT {key}.section_id, {json_object(resource.fields)} FROM {resource.source}"
            f" WHERE {key}.plan_id = :plan ORDER BY {key}.position",
            values,
        ):
            nodes[section_id][name].append(json.loads(text))
    whole = nodes[None]
    for node in nodes.values():
        if node is not whole:
            nodes[node["parent_id"]]["sections"].append(node)
    _roll_up(whole)
    return whole["sections"], whole["statuses"]


HEADING = ("id", "parent_id", "number", "level", "title", "title_en")
"""What a node shows of its section, the id first."""


TALLIES = f"""
SELECT 'indicators', section_id, status, count(*) FROM (
  SELECT i.section_id, {STATUS} AS status FROM indicator i WHERE i.plan_id = :plan) GROUP BY section_id, status
UNION ALL
SELECT 'milestones', section_id, status, count(*) FROM (
  SELECT m.section_id, {MILESTONE_STATUS} AS status FROM milestone m WHERE m.plan_id = :plan)
GROUP BY section_id, status
"""
"""Count the indicators and milestones of a plan by section and status."""


def _node(members: dict[str, Any], include: Mapping[str, Resource]) -> dict[str, Any]:
    return {
        **members,
        "counts": {"sections": 0, "indicators": 0, "milestones": 0},
        "statuses": dict.fromkeys(STATUSES, 0),
        **{name: [] for name in include},
        "sections": [],
    }


def _roll_up(node: dict[str, Any]) -> None:
    """Add to a node what its children hold, deepest first."""
    for child in node["sections"]:
        _roll_up(child)
        node["counts"]["sections"] += 1
        for part in ("counts", "statuses"):
            for name, number in child[part].items():
                node[part][name] += number
