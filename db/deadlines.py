"""Deadlines: the dates that indicators and milestones are due by."""

from db.lookups import Bind, Entry, Filter, Lookup
from db.plans import OWNERS, PLAN, owned, responsible, stamps
from db.query import Resource, any_of, compare, one
from db.status import tally

DAYS_LEFT = "CAST(julianday(d.due_on) - julianday(:status_at) AS INTEGER)"
STATE = f"CASE WHEN {DAYS_LEFT} < 0 THEN 'passed' WHEN {DAYS_LEFT} <= :due_soon THEN 'due_soon' ELSE 'upcoming' END"
BEYOND = "d.due_on > (SELECT p.period_end FROM plan p WHERE p.id = d.plan_id)"

FILTERS: dict[str, Filter] = {
    **owned("d"),
    "precision": any_of("d.precision"),
    "state": any_of(STATE),
    "department": lambda bind, values: (
        f"(EXISTS (SELECT 1 FROM indicator i WHERE i.deadline_id = d.id AND {responsible('i')(bind, values)})"
        f" OR EXISTS (SELECT 1 FROM milestone m WHERE m.deadline_id = d.id AND {responsible('m')(bind, values)}))"
    ),
    "due_from": compare("d.due_on", ">="),
    "due_to": compare("d.due_on", "<="),
    "updated_since": compare("d.updated_at", ">="),
}
SORTS = {"plan": "d.plan_id", "due_on": "d.due_on", "updated_at": "d.updated_at"}

SPANS = {
    "passed": "d.due_on < :status_at",
    "due_soon": "d.due_on BETWEEN :status_at AND date(:status_at, '+' || :due_soon || ' days')",
    "upcoming": "d.due_on > date(:status_at, '+' || :due_soon || ' days')",
}
"""The same states as spans of dates, which an index has."""


def _states(_: Bind, states: list[str]) -> str:
    return f"({' OR '.join(SPANS[state] for state in states)})"


def _due_with(bind: Bind, departments: list[str]) -> str:
    """Match deadlines that any of the departments answers for something by: each looks at its own items."""
    names = ", ".join(map(bind, departments))
    items = (
        f"EXISTS (SELECT 1 FROM {table} t INDEXED BY {table}_deadline CROSS JOIN {table}_department x ON x.key = t.key"
        f" WHERE t.deadline_id = d.id AND x.department IN ({names}))"
        for table in ("indicator", "milestone")
    )
    return f"({' OR '.join(items)})"


def _by(index: str) -> str:
    return f"SELECT d.key FROM deadline d INDEXED BY deadline_{index} WHERE 1"


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
    filters=FILTERS,
    sorts=SORTS,
    order=("plan", "due_on"),
    includes={"plan": one(PLAN, "d.plan_id")},
    walks={name: f"deadline_{name}" for name in ("plan", "due_on", "updated_at")},
    lookups=(
        Lookup(
            {"due_from": compare("d.due_on", ">="), "due_to": compare("d.due_on", "<="), "state": _states},
            _by("due_on"),
        ),
        Lookup({"updated_since": compare("d.updated_at", ">=")}, _by("updated_at")),
        Lookup({"precision": any_of("d.precision")}, _by("precision")),
    ),
    owners=OWNERS,
    entry=Entry(
        "deadline d {by}", "deadline d {by}", "d", {**FILTERS, "state": _states, "department": _due_with}, SORTS
    ),
)
