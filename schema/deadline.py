"""A deadline, as it goes in and out."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.fields import Date, Flag, Text, coded, identifier, plan_identifier
from schema.item import COUNT, NULL, DueCountsSchema, Strict, stamps
from schema.plan import PlanSchema
from schema.vocabulary import DEADLINE_STATES, PRECISIONS, STATUSES, codes

StatusTallySchema: Any = Strict.from_dict(
    {status: fields.Integer(validate=COUNT) for status in codes(STATUSES)}, name="StatusTallySchema"
)
StatusTallySchema.__doc__ = "Count by status, every status present."


class DeadlineFactsSchema(Strict):
    """Say what a deadline is."""

    id = identifier(required=True, metadata={"description": "Id of the deadline; never changes."})
    due_on = Date(required=True, metadata={"description": "The last day."})
    precision = coded(PRECISIONS, required=True, metadata={"description": "How exact the date is."})
    label = Text(100, required=True, metadata={"description": "What to call it."})
    label_en = Text(100, metadata={"description": "What to call it in English."}, **NULL)
    beyond_period = Flag(
        load_default=False,
        metadata={
            "description": "Whether it lies after the plan's period, as a promise for 2030 does: to be said then."
        },
    )


class DeadlineSchema(DeadlineFactsSchema):
    """A date that indicators and milestones are due by, with what is due and how it stands."""

    plan_id = plan_identifier(metadata={"description": "The plan it belongs to."})
    counts = fields.Nested(DueCountsSchema, metadata={"description": "What is due by it."})
    statuses = fields.Nested(
        StatusTallySchema, metadata={"description": "What is due by it, by status.", "whole": True}
    )
    days_left = fields.Integer(
        validate=validate.Range(-4_000_000, 4_000_000),
        metadata={"description": "Days from as_of to due_on; negative when passed."},
    )
    state = coded(DEADLINE_STATES, metadata={"description": "Where the date lies from as_of."})
    as_of = Date(metadata={"description": "The date that state and statuses are true at (status_at)."})
    version, created_at, updated_at = stamps().values()
    plan = fields.Nested(PlanSchema, metadata={"x-included": True})


DEADLINE_SORTS = ("plan", "due_on", "updated_at")


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        "plan": query.plan(),
        "area": query.area(),
        "level": query.level(),
        "precision": query.one_of(PRECISIONS, "Of this precision."),
        "state": query.one_of(DEADLINE_STATES, "In this state at status_at."),
        "department": query.department(),
        "due_from": query.day("Due on this date or later."),
        "due_to": query.day("Due on this date or earlier."),
        "updated_since": query.since("Changed at this moment or later."),
        "status_at": query.status_at(),
    }


DeadlineQuerySchema = query.page_query(_filters(), DEADLINE_SORTS, DeadlineSchema)
DeadlineExportQuerySchema = query.export_query(_filters(), DEADLINE_SORTS, DeadlineSchema)
DeadlineItemQuerySchema = query.item_query(DeadlineSchema, dated=True)
CalendarQuerySchema: Any = query.Query.from_dict({**_filters(), "as_of": query.as_of()}, name="CalendarQuerySchema")
