"""What each change made of a thing: records from the change log, in the shape that the API shows."""

import json
import sqlite3
from typing import Any

from db.deadlines import DEADLINE
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.observations import OBSERVATION
from db.plans import PLAN
from db.query import Fields, Resource, any_of, json_object
from db.sections import SECTION

COMPUTED = {
    "plan": {"counts"},
    "section": {"counts"},
    "deadline": {"beyond_period", "counts", "statuses", "days_left", "state", "as_of"},
    "indicator": {"progress"},
    "milestone": {"status", "light", "as_of"},
    "observation": {"superseded_by"},
}
"""Members that depend on other rows or on the date: they change without a change of the thing; no record has them."""

RESOURCES: dict[str, Resource] = {
    resource.name: resource for resource in (PLAN, SECTION, DEADLINE, INDICATOR, MILESTONE, OBSERVATION)
}


def record(resource: Resource) -> Fields:
    """Return the members of a resource that are stored with it."""
    return {name: value for name, value in resource.fields.items() if name not in COMPUTED[resource.name]}


def columns(connection: sqlite3.Connection, name: str) -> list[str]:
    """Return the columns of a table that the change log has images of."""
    return [row[1] for row in connection.execute(f"PRAGMA main.table_info({name})") if row[1] != "tokens"]


def image(names: list[str], text: str) -> str:
    """Write the columns of a row from its image in the change log."""
    return ", ".join(f"json_extract({text}, '$.{name}') AS {name}" for name in names)


def before(resource: Resource, names: list[str]) -> str:
    """Write the record of a thing before the change `c`, null before its creation."""
    shape = json_object(record(resource))
    return f"json((SELECT {shape} FROM (SELECT {image(names, 'c.before')} WHERE c.before IS NOT NULL) {resource.key}))"


def after(resource: Resource, names: list[str]) -> str:
    """Write the record of a thing after the change `c`, null after its deletion: the next change has it, or the row."""
    shape, key = json_object(record(resource)), resource.key
    later = (
        f"SELECT {image(names, 'n.before')} FROM change n WHERE n.resource = '{resource.name}'"
        " AND n.resource_id = c.resource_id AND n.seq > c.seq ORDER BY n.seq LIMIT 1"
    )
    return (
        f"json(CASE WHEN c.operation <> 'delete' THEN coalesce((SELECT {shape} FROM ({later}) {key}),"
        f" (SELECT {shape} FROM {resource.name} {key} WHERE {key}.id = c.resource_id)) END)"
    )


ENTRY: dict[str, str] = {
    "seq": "c.seq",
    "at": "c.at",
    "actor": "c.actor",
    "operation": "c.operation",
    "version": "c.version",
    "previous_version": "CASE WHEN c.before IS NOT NULL THEN coalesce(json_extract(c.before, '$.version'), 1) END",
}


def of(connection: sqlite3.Connection, resource: Resource) -> Resource:
    """Describe the history of the things of a resource, newest first."""
    names = columns(connection, resource.name)
    return Resource(
        name=f"{resource.name}-change",
        source="(SELECT *, seq AS id, seq AS key FROM change) c",
        key="c",
        fields={**ENTRY, "before": before(resource, names), "after": after(resource, names)},
        filters={
            "of": any_of("c.resource"),
            "id": any_of("c.resource_id"),
            "operation": any_of("c.operation"),
            "actor": any_of("c.actor"),
            "at_from": lambda bind, at: f"c.at >= {bind(at)}",
            "at_to": lambda bind, at: f"c.at <= {bind(at)}",
        },
        sorts={"seq": "c.seq"},
        order=("-seq",),
    )


def known(connection: sqlite3.Connection, resource: Resource, key: str) -> bool:
    """Tell whether there is such a thing, or was."""
    return (
        connection.execute(
            f"SELECT 1 FROM {resource.name} WHERE id = :id UNION ALL"
            " SELECT 1 FROM change WHERE resource = :resource AND resource_id = :id LIMIT 1",
            {"id": key, "resource": resource.name},
        ).fetchone()
        is not None
    )


def records(connection: sqlite3.Connection, resource: Resource, plan_id: str) -> dict[str, dict[str, Any]]:
    """Return what is stored of a plan's things of one sort, by id."""
    key, owner = resource.key, "id" if resource.name == "plan" else "plan_id"
    rows = connection.execute(
        f"SELECT {key}.id, {json_object(record(resource))} FROM {resource.name} {key} WHERE {key}.{owner} = ?",
        (plan_id,),
    )
    return {name: json.loads(text) for name, text in rows}
