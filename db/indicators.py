"""Indicators: the quantities a plan commits to, with target, baseline, deadline and progress."""

import json
import sqlite3
from typing import Any

from db.deadlines import DEADLINE
from db.observations import OBSERVATION
from db.plans import PLAN, owned, place, responsible, stamps
from db.query import Resource, Statement, any_of, compare, json_object, one, within
from db.sections import SECTION, TREE
from db.status import PROGRESS, SOURCE, STATUS, STATUSES

OBSERVATIONS = f"""json((SELECT json_group_array(json(item)) FROM (
  SELECT {json_object(OBSERVATION.fields)} AS item FROM {OBSERVATION.source}
  WHERE o.indicator_id = i.id AND NOT EXISTS (SELECT 1 FROM observation newer WHERE newer.supersedes = o.id)
  ORDER BY o.period_end DESC, o.key DESC LIMIT 100)))"""
"""The latest hundred periods, newest first; the whole series has its own URL."""

INDICATOR = Resource(
    name="indicator",
    source=SOURCE,
    key="i",
    fields={
        "id": "i.id",
        "plan_id": "i.plan_id",
        "section_id": "i.section_id",
        "parent_id": "i.parent_id",
        "code": "i.code",
        "name": "i.name",
        "name_en": "i.name_en",
        "action": "i.action",
        "kind": "i.kind",
        "direction": "i.direction",
        "nature": "i.nature",
        "commitment": "i.commitment",
        "target": {
            "comparator": "i.comparator",
            "value": "i.value",
            "upper": "i.upper",
            "tolerance": "i.tolerance",
            "unit": "i.unit",
            "normalized_value": "i.normalized_value",
            "normalized_upper": "i.normalized_upper",
            "base_unit": "i.base_unit",
            "text": "i.target_text",
        },
        "baseline": {"value": "i.baseline_value", "period": "i.baseline_period"},
        "deadline_id": "i.deadline_id",
        "due_on": "i.due_on",
        "due_precision": "i.due_precision",
        "deadline_basis": "i.deadline_basis",
        "lead_department": "i.lead_department",
        "departments": "json(i.departments)",
        "source": place("i"),
        **stamps("i"),
        "progress": PROGRESS,
    },
    stored=("i.facts", ("progress",)),
    filters={
        **owned("i"),
        "section": within("i.section_id", TREE),
        "kind": any_of("i.kind"),
        "comparator": any_of("i.comparator"),
        "unit": any_of("i.unit"),
        "base_unit": any_of("i.base_unit"),
        "direction": any_of("i.direction"),
        "nature": any_of("i.nature"),
        "commitment": any_of("i.commitment"),
        "status": any_of(f"({STATUS})"),
        "deadline": any_of("i.deadline_id"),
        "department": responsible("i"),
        "value_min": compare("i.value", ">="),
        "value_max": compare("i.value", "<="),
        "normalized_min": compare("i.normalized_value", ">="),
        "normalized_max": compare("i.normalized_value", "<="),
        "due_from": compare("i.due_on", ">="),
        "due_to": compare("i.due_on", "<="),
        "updated_since": compare("i.updated_at", ">="),
        "paragraph": any_of("i.source_paragraph"),
    },
    sorts={
        "plan": "i.plan_id",
        "position": "i.position",
        "name": "i.name",
        "value": "i.value",
        "normalized_value": "i.normalized_value",
        "due_on": "i.due_on",
        "updated_at": "i.updated_at",
    },
    order=("plan", "position"),
    includes={
        "plan": one(PLAN, "i.plan_id"),
        "section": one(SECTION, "i.section_id"),
        "deadline": one(DEADLINE, "i.deadline_id"),
        "observations": OBSERVATIONS,
    },
)

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


def summary(connection: sqlite3.Connection, statement: Statement, by: str, limit: int) -> tuple[list[Any], int, int]:
    """Count the indicators of a listing by group and status: the largest groups, all groups, all indicators.

    A group is {"key", "count", "statuses"}; the key null stands for indicators without a value there.
    """
    tallies = ", ".join(f"'{status}', count(*) FILTER (WHERE status = '{status}')" for status in STATUSES)
    rows = connection.execute(
        f"SELECT json_object('key', key, 'count', count(*), 'statuses', json_object({tallies})),"
        " count(*) OVER (), sum(count(*)) OVER ()"
        f" FROM (SELECT {GROUPS[by]} AS key, {STATUS} AS status FROM {SOURCE} WHERE {statement.where})"
        " GROUP BY key ORDER BY count(*) DESC, key LIMIT :limit",
        statement.values | {"limit": limit},
    ).fetchall()
    return [json.loads(row[0]) for row in rows], rows[0][1] if rows else 0, rows[0][2] if rows else 0
