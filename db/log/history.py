"""What each change made of a thing: records from the change log, in the shape that the API shows."""

import json
import sqlite3
from functools import cache
from typing import Any

from db import schema
from db.deadlines import DEADLINE
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.observations import OBSERVATION
from db.plans import PLAN
from db.resource import Filter, Resource, any_of, compare
from db.sections import SECTION
from db.shapes import json_object

RESOURCES: dict[str, Resource] = {
    resource.name: resource for resource in (PLAN, SECTION, DEADLINE, INDICATOR, MILESTONE, OBSERVATION)
}
RECORDS = {name: json_object(resource.record) for name, resource in RESOURCES.items()}
"""What is stored of each resource, as the change log and a follower have it: nothing that is computed."""


def image(table: str, text: str) -> str:
    """Write the columns of a row from its image in the change log."""
    return ", ".join(f"json_extract({text}, '$.{name}') AS {name}" for name in schema.recorded(table))


def before(resource: Resource) -> str:
    """Write the record of a thing before the change `c`, null before its creation."""
    row = f"(SELECT {image(resource.name, 'c.before')} WHERE c.before IS NOT NULL) {resource.alias}"
    return f"json((SELECT {RECORDS[resource.name]} FROM {row}))"


def after(resource: Resource) -> str:
    """Write the record of a thing after the change `c`, null after its deletion: the next change has it, or the row."""
    written, row = RECORDS[resource.name], resource.alias
    later = (
        f"SELECT {image(resource.name, 'n.before')} FROM change n WHERE n.resource = '{resource.name}'"
        " AND n.resource_id = c.resource_id AND n.seq > c.seq ORDER BY n.seq LIMIT 1"
    )
    return (
        f"json(CASE WHEN c.operation <> 'delete' THEN coalesce((SELECT {written} FROM ({later}) {row}),"
        f" (SELECT {written} FROM {resource.own} WHERE {row}.id = c.resource_id)) END)"
    )


ENTRY: dict[str, str] = {
    "seq": "c.seq",
    "at": "c.at",
    "actor": "c.actor",
    "operation": "c.operation",
    "version": "c.version",
    "previous_version": "CASE WHEN c.before IS NOT NULL THEN coalesce(json_extract(c.before, '$.version'), 1) END",
}


@cache
def of(resource: Resource) -> Resource:
    """Describe the history of the things of a resource, newest first."""
    return Resource(
        name=f"{resource.name}-change",
        alias="c",
        table="(SELECT *, seq AS id, seq AS key FROM change)",
        unindexed=True,
        record=ENTRY,
        fields={**ENTRY, "before": before(resource), "after": after(resource)},
        filters={
            "of": Filter(any_of("c.resource")),
            "id": Filter(any_of("c.resource_id")),
            "operation": Filter(any_of("c.operation")),
            "actor": Filter(any_of("c.actor")),
            "at_from": Filter(compare("c.at", ">=")),
            "at_to": Filter(compare("c.at", "<=")),
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
    row, owner = resource.alias, "id" if resource.name == "plan" else "plan_id"
    rows = connection.execute(
        f"SELECT {row}.id, {RECORDS[resource.name]} FROM {resource.own} WHERE {row}.{owner} = ?", (plan_id,)
    )
    return {name: json.loads(text) for name, text in rows}
