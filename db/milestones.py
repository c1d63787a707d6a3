"""Milestones: deliverables without a number."""

from db.deadlines import DEADLINE
from db.plans import PLAN, owned
from db.resource import Filter, Resource, any_of, compare, members, record, selected, within
from db.sections import SECTION, TREE
from db.status import MILESTONE_LIGHT, MILESTONE_STATUS

RECORD = record("milestone", "m")

MILESTONE = Resource(
    name="milestone",
    alias="m",
    record=RECORD,
    fields=members(RECORD, {"status": MILESTONE_STATUS, "light": MILESTONE_LIGHT, "as_of": ":status_at"}),
    filters={
        "section": Filter(within("m.section_id", TREE), found_by="milestone_of_section"),
        "deadline": Filter(any_of("m.deadline_id"), found_by="milestone_of_deadline"),
        **owned("m", "milestone_by_plan"),
        "state": Filter(any_of("m.state")),
        "status": Filter(any_of(f"({MILESTONE_STATUS})")),
        "department": Filter(
            selected("SELECT x.key FROM milestone_department x WHERE x.department IN ({any})"), selects=True
        ),
        "due_from": Filter(compare("m.due_on", ">=")),
        "due_to": Filter(compare("m.due_on", "<=")),
        "updated_since": Filter(compare("m.updated_at", ">=")),
        "paragraph": Filter(any_of("m.source_paragraph")),
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
        "plan": PLAN.related("m.plan_id"),
        "section": SECTION.related("m.section_id"),
        "deadline": DEADLINE.related("m.deadline_id"),
    },
)
