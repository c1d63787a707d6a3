"""Changes: the history of one thing, and the feed of all."""

from copy import deepcopy
from typing import Any

from marshmallow import Schema, fields, validate

from schema import query
from schema.deadline import DeadlineSchema
from schema.fields import Text, Timestamp, coded, identifier, plan_identifier
from schema.indicator import IndicatorSchema
from schema.item import NULL, Strict
from schema.milestone import MilestoneSchema
from schema.observation import ObservationSchema
from schema.plan import PlanSchema
from schema.section import SectionSchema
from schema.vocabulary import OPERATIONS

SHOWN: dict[str, type[Schema]] = {
    "plan": PlanSchema,
    "section": SectionSchema,
    "deadline": DeadlineSchema,
    "indicator": IndicatorSchema,
    "milestone": MilestoneSchema,
    "observation": ObservationSchema,
}
COMPUTED = {
    "beyond_period", "counts", "statuses", "days_left", "as_of", "progress", "light", "superseded_by",
    "deadline.state", "milestone.status",
}  # fmt: skip
"""Members that depend on other things or on the date, so that no record has them; dotted, of one resource only."""
WAIT_MOST = 15
SEQUENCE = validate.Range(1, 2**53)
VERSION = validate.Range(1, 1_000_000_000)
CURSOR = r"^[0-9a-f]{8}-[0-9]{1,15}$"


def _record(name: str, shown: type[Schema]) -> type[Schema]:
    """Make the schema of what is stored of a thing."""
    members = {
        member: deepcopy(field)
        for member, field in shown._declared_fields.items()
        if not {member, f"{name}.{member}"} & COMPUTED and not field.metadata.get("x-included")
    }
    text = f"What is stored of {'an' if name[0] in 'io' else 'a'} {name}."
    return type(f"{name.capitalize()}RecordSchema", (Strict,), {"__doc__": text, **members})


RECORDS = {name: _record(name, shown) for name, shown in SHOWN.items()}


def _change() -> dict[str, fields.Field[Any]]:
    """Declare what every change says."""
    return {
        "seq": fields.Integer(
            validate=SEQUENCE, metadata={"description": "Its number in the order of commits, over all plans."}
        ),
        "at": Timestamp(metadata={"description": "When it was recorded (UTC); changes made together share it."}),
        "actor": Text(200, metadata={"description": "Who made it: the name of a key, or what runs the store."}),
        "operation": coded(OPERATIONS, metadata={"description": "What was done."}),
        "version": fields.Integer(
            validate=VERSION, metadata={"description": "Version after it; of a deletion, one more than the last."}
        ),
        "previous_version": fields.Integer(
            validate=VERSION, metadata={"description": "Version before it; null of a creation."}, **NULL
        ),
    }


def _history(name: str) -> type[Schema]:
    """Make the schema of a change of one sort of thing."""
    whole = {"whole": True}
    members = {
        **_change(),
        "before": fields.Nested(
            RECORDS[name], metadata={"description": "What was stored before; null of a creation.", **whole}, **NULL
        ),
        "after": fields.Nested(
            RECORDS[name], metadata={"description": "What is stored since; null of a deletion.", **whole}, **NULL
        ),
    }
    text = f"A change of {'an' if name[0] in 'io' else 'a'} {name}."
    return type(f"{name.capitalize()}ChangeSchema", (Strict,), {"__doc__": text, **members})


HISTORIES = {name: _history(name) for name in SHOWN}


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        "operation": query.one_of(OPERATIONS, "Only these."),
        "actor": query.any_of(Text(100), "Made by these."),
        "at_from": query.since("Recorded at this moment or later."),
        "at_to": query.since("Recorded at this moment or earlier."),
    }


HISTORY_PAGES = {name: query.page_query(_filters(), ("seq",), schema) for name, schema in HISTORIES.items()}
HISTORY_EXPORTS = {name: query.export_query(_filters(), ("seq",), schema) for name, schema in HISTORIES.items()}


class AnyRecord(fields.Field[Any]):
    """Hold what is stored of a thing of any sort."""


class ChangeSchema(Strict):
    """A change, with what the thing has become."""

    seq, at, actor, operation, version, previous_version = _change().values()
    resource = fields.String(validate=validate.OneOf(tuple(SHOWN)), metadata={"description": "What sort of thing."})
    id = identifier(metadata={"description": "Its id."})
    plan_id = plan_identifier(metadata={"description": "The plan it belongs to, or is."})
    after = AnyRecord(metadata={"description": "What is stored of it since; null of a deletion."})


class ChangesSchema(Strict):
    """Changes in the order of commits, and where to go on."""

    data = fields.List(
        fields.Nested(ChangeSchema),
        validate=validate.Length(max=query.LIMIT_MOST),
        metadata={"description": "Oldest first; may be empty."},
    )
    next = fields.Url(
        validate=validate.Length(max=9000), metadata={"description": "URL to go on with: always there, now or later."}
    )
    cursor = Text(24, pattern=CURSOR, metadata={"description": "The cursor in `next`."})
    more = fields.Boolean(metadata={"description": "Whether there is more already; else wait a while."})


ChangesQuerySchema: Any = Strict.from_dict(
    {
        "since": Text(
            24,
            pattern=CURSOR,
            metadata={
                "description": "Changes after this cursor: of an earlier answer, or the Change-Cursor of a collection."
                " Without it, from the first change."
            },
        ),
        "plan": query.plan(),
        "resource": query.any_of(fields.String(validate=validate.OneOf(tuple(SHOWN))), "Of these sorts."),
        "limit": query.whole(1, query.LIMIT_MOST, "How many at most.", load_default=query.LIMIT_DEFAULT),
        "wait": query.whole(
            1, WAIT_MOST, "Seconds to wait for a change if there is none yet; a busy service answers sooner."
        ),
    },
    name="ChangesQuerySchema",
)
