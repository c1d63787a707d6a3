"""Observations: the values reported for a time period. A correction supersedes; nothing is overwritten."""

from db.plans import owned
from db.query import Resource, any_of, compare

NEWER = "(SELECT newer.id FROM observation newer WHERE newer.supersedes = o.id)"

OBSERVATION = Resource(
    name="observation",
    source="observation o",
    key="o",
    fields={
        "id": "o.id",
        "plan_id": "o.plan_id",
        "indicator_id": "o.indicator_id",
        "time_period": "o.time_period",
        "value": "o.value",
        "unit": "o.unit",
        "obs_status": "o.obs_status",
        "note": "o.note",
        "reported_by": "o.reported_by",
        "recorded_at": "o.recorded_at",
        "supersedes": "o.supersedes",
        "superseded_by": NEWER,
    },
    filters={
        **owned("o"),
        "indicator": any_of("o.indicator_id"),
        "obs_status": any_of("o.obs_status"),
        "period_from": compare("o.period_end", ">="),
        "period_to": compare("o.period_end", "<="),
        "recorded_since": compare("o.recorded_at", ">="),
        "superseded": lambda _, value: "1" if value else f"{NEWER} IS NULL",
    },
    sorts={
        "plan": "o.plan_id",
        "indicator": "o.indicator_id",
        "time_period": "o.period_end",
        "value": "o.value",
        "recorded_at": "o.recorded_at",
    },
    order=("indicator", "time_period", "recorded_at"),
)
