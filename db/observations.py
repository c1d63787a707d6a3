"""Observations: the values reported for a time period. A correction supersedes; nothing is overwritten."""

from db.plans import owned
from db.resource import Filter, Resource, any_of, compare, record

NEWER = "(SELECT newer.id FROM observation newer WHERE newer.supersedes = o.id)"

RECORD = record("observation", "o")

OBSERVATION = Resource(
    name="observation",
    alias="o",
    record=RECORD,
    fields={**RECORD, "superseded_by": NEWER},
    filters={
        "indicator": Filter(any_of("o.indicator_id"), found_by="observation_by_indicator"),
        **owned("o", "observation_by_plan"),
        "obs_status": Filter(any_of("o.obs_status")),
        "period_from": Filter(compare("o.period_end", ">=")),
        "period_to": Filter(compare("o.period_end", "<=")),
        "recorded_since": Filter(compare("o.recorded_at", ">=")),
        "superseded": Filter(lambda _, value: "1" if value else f"{NEWER} IS NULL"),
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
