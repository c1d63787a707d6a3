"""Observations: the values reported for a time period. A correction supersedes; nothing is overwritten."""

from db.lookups import Lookup
from db.plans import OWNERS, owned
from db.query import Resource, any_of, compare

NEWER = "(SELECT newer.id FROM observation newer WHERE newer.supersedes = o.id)"


def _by(index: str) -> str:
    return f"SELECT o.key FROM observation o INDEXED BY observation_{index} WHERE 1"


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
    walks={
        "plan": "observation_owner",
        "indicator": "observation_series",
        "time_period": "observation_period_end",
        "value": "observation_value",
        "recorded_at": "observation_recorded_at",
    },
    lookups=(
        Lookup(
            {"period_from": compare("o.period_end", ">="), "period_to": compare("o.period_end", "<=")},
            _by("period_end"),
        ),
        Lookup({"recorded_since": compare("o.recorded_at", ">=")}, _by("recorded_at")),
        Lookup({"obs_status": any_of("o.obs_status")}, _by("obs_status")),
    ),
    owners=OWNERS,
)
