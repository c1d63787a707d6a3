"""Deadlines: the dates that indicators and milestones are due by."""

from db import status
from db.plans import PLAN, owned
from db.resource import Bind, Filter, Resource, any_of, compare, members, record, within

DAYS_LEFT = "CAST(julianday(d.due_on) - julianday(:status_at) AS INTEGER)"
BEYOND = "d.due_on > (SELECT p.period_end FROM plan p WHERE p.id = d.plan_id)"
SOON = "date(:status_at, '+' || :due_soon || ' days')"
STATES = {
    "passed": "d.due_on < :status_at",
    "due_soon": f"d.due_on BETWEEN :status_at AND {SOON}",
    "upcoming": f"d.due_on > {SOON}",
}
"""Each state as a span of dates."""

DUE_WITH = """
SELECT i.deadline_id FROM indicator i JOIN indicator_department x ON x.key = i.key WHERE x.department IN ({any})
UNION ALL
SELECT m.deadline_id FROM milestone m JOIN milestone_department x ON x.key = m.key WHERE x.department IN ({any})
"""
"""What departments answer for, by deadline."""


def _in_state(_: Bind, states: list[str]) -> str:
    return f"({' OR '.join(STATES[state] for state in states)})"


RECORD = record("deadline", "d")

DEADLINE = Resource(
    name="deadline",
    alias="d",
    record=RECORD,
    fields=members(
        RECORD,
        {
            "beyond_period": f"json(CASE WHEN {BEYOND} THEN 'true' ELSE 'false' END)",
            "counts": {
                "indicators": "(SELECT count(*) FROM indicator WHERE deadline_id = d.id)",
                "milestones": "(SELECT count(*) FROM milestone WHERE deadline_id = d.id)",
            },
            "statuses": status.counts("deadline_id", "d.id"),
            "days_left": DAYS_LEFT,
            "state": f"CASE WHEN {STATES['passed']} THEN 'passed' WHEN {STATES['due_soon']} THEN 'due_soon'"
            " ELSE 'upcoming' END",
            "as_of": ":status_at",
        },
    ),
    filters={
        **owned("d", "deadline_by_plan"),
        "precision": Filter(any_of("d.precision")),
        "state": Filter(_in_state),
        "department": Filter(within("d.id", DUE_WITH)),
        "due_from": Filter(compare("d.due_on", ">=")),
        "due_to": Filter(compare("d.due_on", "<=")),
        "updated_since": Filter(compare("d.updated_at", ">=")),
    },
    sorts={"plan": "d.plan_id", "due_on": "d.due_on", "updated_at": "d.updated_at"},
    order=("plan", "due_on"),
    includes={"plan": PLAN.related("d.plan_id")},
)
