"""Deadlines: the dates that indicators and milestones are due by."""

from db.plans import PLAN, owned, responsible, stamps
from db.query import Resource, any_of, compare, one
from db.status import tally

DAYS_LEFT = "CAST(julianday(d.due_on) - julianday(:status_at) AS INTEGER)"
STATE = f"CASE WHEN {DAYS_LEFT} < 0 THEN 'passed' WHEN {DAYS_LEFT} <= :due_soon THEN 'due_soon' ELSE 'upcoming' END"
BEYOND = "d.due_on > (SELECT p.period_end FROM plan p WHERE p.id = d.plan_id)"

DEADLINE = Resource(
    name="deadline",
    source="deadline d",
    key="d",
    fields={
        "id": "d.id",
        "plan_id": "d.plan_id",
        "due_on": "d.due_on",
        "precision": "d.precision",
        "label": "d.label",
        "label_en": "d.label_en",
        "beyond_period": f"json(CASE WHEN {BEYOND} THEN 'true' ELSE 'false' END)",
        "counts": {
            "indicators": "(SELECT count(*) FROM indicator WHERE deadline_id = d.id)",
            "milestones": "(SELECT count(*) FROM milestone WHERE deadline_id = d.id)",
        },
        "statuses": tally("item.deadline_id = d.id"),
        "days_left": DAYS_LEFT,
        "state": STATE,
        "as_of": ":status_at",
        **stamps("d"),
    },
    filters={
        **owned("d"),
        "precision": any_of("d.precision"),
        "state": any_of(STATE),
        "department": lambda bind, values: (
            f"d.id IN (SELECT i.deadline_id FROM indicator i WHERE {responsible('i')(bind, values)}"
            f" UNION ALL SELECT m.deadline_id FROM milestone m WHERE {responsible('m')(bind, values)})"
        ),
        "due_from": compare("d.due_on", ">="),
        "due_to": compare("d.due_on", "<="),
        "updated_since": compare("d.updated_at", ">="),
    },
    sorts={"plan": "d.plan_id", "due_on": "d.due_on", "updated_at": "d.updated_at"},
    order=("plan", "due_on"),
    includes={"plan": one(PLAN, "d.plan_id")},
)
