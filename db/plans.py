"""Plans: what is published, for which area and period."""

import json
import sqlite3
from collections.abc import Collection

from db.lookups import Filter, Owner
from db.query import Fields, Resource, any_of, compare, exists, prefix


def stamps(row: str) -> Fields:
    """Write the members that every stored resource ends with."""
    return {"version": f"{row}.version", "created_at": f"{row}.created_at", "updated_at": f"{row}.updated_at"}


def place(row: str) -> Fields:
    """Write where in the source text an item stands."""
    return {"paragraph": f"{row}.source_paragraph", "start": f"{row}.source_start", "end": f"{row}.source_end"}


def owned(row: str) -> dict[str, Filter]:
    """Write the filters that every part of a plan shares, for the table with this alias."""
    return {
        "plan": any_of(f"{row}.plan_id"),
        **{name: _of_plans(row, owner.condition) for name, owner in OWNERS.items()},
    }


OWNERS = {
    "area": Owner("plan_area_code", prefix("p.area_code"), exact=False),
    "level": Owner("plan_level", any_of("p.level"), exact=True),
}
"""Filters of plans that their parts have too."""


def _of_plans(row: str, condition: Filter) -> Filter:
    return lambda bind, values: f"{row}.plan_id IN (SELECT p.id FROM plan p WHERE {condition(bind, values)})"


def responsible(row: str) -> Filter:
    """Match items that any of the departments given leads or takes part in."""
    return exists(
        f"SELECT 1 WHERE {row}.lead_department IN ({{any}})"
        f" UNION ALL SELECT 1 FROM json_each({row}.departments) WHERE value IN ({{any}})"
    )


def linked(table: str, row: str) -> Filter:
    """Match the same by the table of links, which knows the present only."""
    return exists(f"SELECT 1 FROM {table} x WHERE x.key = {row}.key AND x.department IN ({{any}})")


def _count(table: str) -> str:
    return f"(SELECT count(*) FROM {table} WHERE {table}.plan_id = p.id)"


PLAN = Resource(
    name="plan",
    source="plan p",
    key="p",
    fields={
        "id": "p.id",
        "title": "p.title",
        "title_en": "p.title_en",
        "area_code": "p.area_code",
        "area_code_system": "'GB/T 2260'",
        "area_name": "p.area_name",
        "area_name_en": "p.area_name_en",
        "level": "p.level",
        "period_start": "p.period_start",
        "period_end": "p.period_end",
        "status": "p.status",
        "source": {
            "title": "p.source_title",
            "publisher": "p.source_publisher",
            "published_on": "p.source_published_on",
            "url": "p.source_url",
            "sha256": "p.source_sha256",
        },
        "counts": {
            "sections": _count("section"),
            "indicators": _count("indicator"),
            "milestones": _count("milestone"),
            "deadlines": _count("deadline"),
        },
        **stamps("p"),
    },
    filters={
        "plan": any_of("p.id"),
        **{name: owner.condition for name, owner in OWNERS.items()},
        "status": any_of("p.status"),
        "period_from": compare("p.period_end", ">="),
        "period_to": compare("p.period_start", "<="),
        "updated_since": compare("p.updated_at", ">="),
    },
    sorts={
        "id": "p.id",
        "title": "p.title",
        "area_code": "p.area_code",
        "period_start": "p.period_start",
        "updated_at": "p.updated_at",
    },
    order=("id",),
    walks={name: f"plan_{name}" for name in ("title", "area_code", "period_start", "updated_at")}
    | {"id": "sqlite_autoindex_plan_1"},
)


def present(connection: sqlite3.Connection, ids: Collection[str]) -> set[str]:
    """Return those of the ids that are plans."""
    found = connection.execute(
        "SELECT id FROM plan WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([*ids]),)
    )
    return {plan_id for (plan_id,) in found}
