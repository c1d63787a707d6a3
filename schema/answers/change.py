"""Changes: the history of one item, and the feed of all changes."""

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
WAIT_MOST = 15
SEQUENCE = validate.Range(1, 2**53)
VERSION = validate.Range(1, 1_000_000_000)
CURSOR = r"^[0-9a-f]{8}-[0-9]{1,15}$"


def _record(name: str, shown: type[Schema]) -> type[Schema]:
    """Build the schema of the stored record of a resource."""
    members = {
        member: deepcopy(field)
        for member, field in shown._declared_fields.items()
        if not (field.metadata.get("x-included") or field.metadata.get("x-computed"))
    }
    text = f"Stored record of {'an' if name[0] in 'io' else 'a'} {name}."
    return type(f"{name.capitalize()}RecordSchema", (Strict,), {"__doc__": text, **members})


RECORDS = {name: _record(name, shown) for name, shown in SHOWN.items()}


def _change() -> dict[str, fields.Field[Any]]:
    """Declare the members of every change."""
    return {
        "seq": fields.Integer(
            validate=SEQUENCE, metadata={"description": "Sequence number in commit order, over all plans."}
        ),
        "at": Timestamp(metadata={"description": "Time of recording (UTC); one transaction has one time."}),
        "actor": Text(200, metadata={"description": "Who made the change: the name of a key, or of a program."}),
        "operation": coded(OPERATIONS, metadata={"description": "Kind of change."}),
        "version": fields.Integer(
            validate=VERSION,
            metadata={"description": "Version after it. A deletion also raises it by 1."},
        ),
        "previous_version": fields.Integer(
            validate=VERSION, metadata={"description": "Version before it; null for a creation."}, **NULL
        ),
    }


def _history(name: str) -> type[Schema]:
    """Build the schema of a change of one resource."""
    whole = {"whole": True}
    members = {
        **_change(),
        "before": fields.Nested(
            RECORDS[name], metadata={"description": "Record before it; null for a creation.", **whole}, **NULL
        ),
        "after": fields.Nested(
            RECORDS[name], metadata={"description": "Record after it; null for a deletion.", **whole}, **NULL
        ),
    }
    text = f"A change of {'an' if name[0] in 'io' else 'a'} {name}."
    return type(f"{name.capitalize()}ChangeSchema", (Strict,), {"__doc__": text, **members})


HISTORIES = {name: _history(name) for name in SHOWN}


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        "operation": query.one_of(OPERATIONS, "Kind of change."),
        "actor": query.any_of(Text(100), "Who made the change."),
        "at_from": query.since("Recorded at or after this moment."),
        "at_to": query.since("Recorded at or before this moment."),
    }


HISTORY_PAGES = {name: query.page_query(_filters(), ("seq",), schema) for name, schema in HISTORIES.items()}
HISTORY_EXPORTS = {name: query.export_query(_filters(), ("seq",), schema) for name, schema in HISTORIES.items()}


class AnyRecord(fields.Field[Any]):
    """Hold the stored record of any resource."""


class ChangeSchema(Strict):
    """A change, with the record after it."""

    seq, at, actor, operation, version, previous_version = _change().values()
    resource = fields.String(validate=validate.OneOf(tuple(SHOWN)), metadata={"description": "Resource."})
    id = identifier(metadata={"description": "Id of the changed item."})
    plan_id = plan_identifier(metadata={"description": "Id of its plan."})
    after = AnyRecord(metadata={"description": "Record after it; null for a deletion."})


class ChangesSchema(Strict):
    """Changes in commit order, and the cursor to continue from."""

    data = fields.List(
        fields.Nested(ChangeSchema),
        validate=validate.Length(max=query.LIMIT_MOST),
        metadata={"description": "Oldest first; may be empty."},
    )
    next = fields.Url(
        validate=validate.Length(max=9000), metadata={"description": "URL of the next request; never null."}
    )
    cursor = Text(24, pattern=CURSOR, metadata={"description": "The cursor in `next`."})
    more = fields.Boolean(metadata={"description": "Whether more changes are available now."})


ChangesQuerySchema: Any = Strict.from_dict(
    {
        "since": Text(
            24,
            pattern=CURSOR,
            metadata={
                "description": "Return changes after this cursor, taken from an earlier answer or from the header"
                " Change-Cursor of a collection. Default: from the first change."
            },
        ),
        "plan": query.plan(),
        "resource": query.any_of(fields.String(validate=validate.OneOf(tuple(SHOWN))), "Resources."),
        "limit": query.whole(1, query.LIMIT_MOST, "Maximum number of changes.", load_default=query.LIMIT_DEFAULT),
        "wait": query.whole(1, WAIT_MOST, "Seconds to wait if there is no change yet. A busy service answers sooner."),
    },
    name="ChangesQuerySchema",
)
