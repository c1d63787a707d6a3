"""Search over indicators, milestones and sections at once, in that order."""

import sqlite3

from db.indicators import INDICATOR
from db.lists import Listing, prepare
from db.milestones import MILESTONE
from db.resource import Ask, Resource
from db.sections import SECTION

SEARCHED: dict[str, Resource] = {"indicator": INDICATOR, "milestone": MILESTONE, "section": SECTION}


def statements(connection: sqlite3.Connection, resources: list[str], ask: Ask) -> list[Listing]:
    """Prepare the search of each of these resources, in the order of SEARCHED."""
    return [prepare(connection, resource, ask) for name, resource in SEARCHED.items() if name in resources]


def hit(resource: Resource) -> str:
    """Write the JSON object of a hit; sections have a title where the others have a name."""
    row, name, section, department = resource.alias, "name", "section_id", f"{resource.alias}.lead_department"
    if resource.name == SECTION.name:
        name, section, department = "title", "id", "NULL"
    return (
        f"json_object('resource', '{resource.name}', 'id', {row}.id, 'plan_id', {row}.plan_id,"
        f" 'section_id', {row}.{section}, 'name', {row}.{name}, 'name_en', {row}.{name}_en,"
        f" 'lead_department', {department})"
    )
