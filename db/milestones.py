"""Milestones: deliverables without a number."""

from db.deadlines import DEADLINE
from db.plans import PLAN, owned, place, responsible, stamps
from db.query import Resource, any_of, compare, one, within
from db.sections import SECTION, TREE
from db.status import MILESTONE_STATUS, light

MILESTONE = Resource(
    name="milestone",
    source="milestone m",
    key="m",
    fields={
        "id": "m.id",
        "plan_id": "m.plan_id",
        "section_id": "m.section_id",
        "code": "m.code",
        "name": "m.name",
        "name_en": "m.name_en",
        "action": "m.action",
        "commitment": "m.commitment",
        "deadline_id": "m.deadline_id",
        "due_on": "m.due_on",
        "due_precision": "m.due_precision",
        "deadline_basis": "m.deadline_basis",
        "state": "m.state",
        "done_on": "m.done_on",
        "lead_department": "m.lead_department",
        "departments": "json(m.departments)",
        "source": place("m"),
        "status": MILESTONE_STATUS,
        "light": light(f"({MILESTONE_STATUS})"),
        "as_of": ":status_at",
        **stamps("m"),
    },
    filters={
        **owned("m"),
        "section": within("m.section_id", TREE),
        "state": any_of("m.state"),
        "status": any_of(f"({MILESTONE_STATUS})"),
        "deadline": any_of("m.deadline_id"),
        "department": responsible("m"),
        "due_from": compare("m.due_on", ">="),
        "due_to": compare("m.due_on", "<="),
        "updated_since": compare("m.updated_at", ">="),
        "paragraph": any_of("m.source_paragraph"),
    },
    sorts={
        "plan": "m.plan_id",
        "position": "m.position",
        "due_on": "m.due_on",
        "state": "m.state",
        "name": "m.name",
        "updated_at": "m.updated_at",
    },
    order=("plan", "position"),
    includes={
        "plan": one(PLAN, "m.plan_id"),
        "section": one(SECTION, "m.section_id"),
        "deadline": one(DEADLINE, "m.deadline_id"),
    },
)
