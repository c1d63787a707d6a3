"""Milestones: deliverables without a number."""

from db.deadlines import DEADLINE
from db.lookups import Bind, Entry, Filter, Lookup
from db.plans import OWNERS, PLAN, linked, owned, place, responsible, stamps
from db.query import Resource, any_of, compare, one, within
from db.sections import SECTION, TREE
from db.status import MILESTONE_STATUS, light

FILTERS: dict[str, Filter] = {
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
}
SORTS = {
    "plan": "m.plan_id",
    "position": "m.position",
    "due_on": "m.due_on",
    "state": "m.state",
    "name": "m.name",
    "updated_at": "m.updated_at",
}

STATES = {
    "no_data": ("planned", "done"),
    "on_track": ("in_progress",),
    "achieved": ("done",),
    "overdue": ("planned", "in_progress", "done"),
    "cancelled": ("cancelled",),
}
"""What each status can be made of."""


def _stated(bind: Bind, statuses: list[str]) -> str:
    """Match a status among the milestones whose state allows it."""
    states = sorted({state for status in statuses for state in STATES.get(status, ())})
    exact = any_of(f"({MILESTONE_STATUS})")(bind, statuses)
    return f"m.state IN ({', '.join(map(bind, states))}) AND {exact}"


def _by(index: str) -> str:
    return f"SELECT m.key FROM milestone m INDEXED BY milestone_{index} WHERE 1"


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
        "light": light(MILESTONE_STATUS),
        "as_of": ":status_at",
        **stamps("m"),
    },
    filters=FILTERS,
    sorts=SORTS,
    order=("plan", "position"),
    includes={
        "plan": one(PLAN, "m.plan_id"),
        "section": one(SECTION, "m.section_id"),
        "deadline": one(DEADLINE, "m.deadline_id"),
    },
    walks={name: f"milestone_{name}" for name in ("plan", "position", "due_on", "state", "name", "updated_at")},
    entry=Entry(
        "milestone m {by}",
        "milestone m {by}",
        "m",
        {**FILTERS, "department": linked("milestone_department", "m")},
        SORTS,
    ),
    lookups=(
        Lookup({"due_from": compare("m.due_on", ">="), "due_to": compare("m.due_on", "<=")}, _by("due_on")),
        Lookup({"updated_since": compare("m.updated_at", ">=")}, _by("updated_at")),
        Lookup({"state": any_of("m.state"), "status": _stated}, _by("state")),
        Lookup({"paragraph": any_of("m.source_paragraph")}, _by("paragraph")),
        Lookup({"department": any_of("x.department")}, "SELECT x.key FROM milestone_department x WHERE 1"),
    ),
    owners=OWNERS,
)
