"""Schemas of a deadline: plan file, request, answer and query."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.fields import Date, Flag, Text, coded, identifier, plan_identifier
from schema.item import COMPUTED, COUNT, NULL, DueCountsSchema, Strict, stamps
from schema.plan import PlanSchema
from schema.vocabulary import DEADLINE_STATES, PRECISIONS, STATUSES, codes

StatusTallySchema: Any = Strict.from_dict(
    {status: fields.Integer(validate=COUNT) for status in codes(STATUSES)}, name="StatusTallySchema"
)
StatusTallySchema.__doc__ = "Counts of items by status; every status is present."


class DeadlineFactsSchema(Strict):
    """The facts of a deadline."""

    id = identifier(required=True, metadata={"description": "Id of the deadline; never changes."})
    due_on = Date(required=True, metadata={"description": "Due date (last day)."})
    precision = coded(PRECISIONS, required=True, metadata={"description": "Precision of the date."})
    label = Text(100, required=True, metadata={"description": "Label."})
    label_en = Text(100, metadata={"description": "Label in English."}, **NULL)
    beyond_period = Flag(
        load_default=False,
        metadata={"description": "Whether due_on is after the plan's period. If it is, true is required."},
    )


class DeadlineSchema(DeadlineFactsSchema):
    """A date by which indicators and milestones are due, with counts of them by status."""

    beyond_period = Flag(metadata={"description": "Whether due_on is after the plan's period.", **COMPUTED})
    plan_id = plan_identifier(metadata={"description": "Id of its plan."})
    counts = fields.Nested(DueCountsSchema, metadata={"description": "Counts of items due.", **COMPUTED})
    statuses = fields.Nested(
        StatusTallySchema, metadata={"description": "Items due, by status.", "whole": True, **COMPUTED}
    )
    days_left = fields.Integer(
        validate=validate.Range(-4_000_000, 4_000_000),
        metadata={"description": "Days from as_of to due_on; negative after due_on.", **COMPUTED},
    )
    state = coded(DEADLINE_STATES, metadata={"description": "State of the deadline at as_of.", **COMPUTED})
    as_of = Date(metadata={"description": "Date of state and statuses (status_at).", **COMPUTED})
    version, created_at, updated_at = stamps().values()
    plan = fields.Nested(PlanSchema, metadata={"x-included": True})


DEADLINE_SORTS = ("plan", "due_on", "updated_at")


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        "plan": query.plan(),
        "area": query.area(),
        "level": query.level(),
        "precision": query.one_of(PRECISIONS, "Precision of the date."),
        "state": query.one_of(DEADLINE_STATES, "State at status_at."),
        "department": query.department(),
        "due_from": query.day("Due on or after this date."),
        "due_to": query.day("Due on or before this date."),
        "updated_since": query.since("Changed at or after this moment."),
        "status_at": query.status_at(),
    }


DeadlineQuerySchema = query.page_query(_filters(), DEADLINE_SORTS, DeadlineSchema)
DeadlineExportQuerySchema = query.export_query(_filters(), DEADLINE_SORTS, DeadlineSchema)
DeadlineItemQuerySchema = query.item_query(DeadlineSchema, dated=True)
CalendarQuerySchema: Any = query.Query.from_dict({**_filters(), "as_of": query.as_of()}, name="CalendarQuerySchema")
