"""Schemas of the outline of a plan: its section tree with counts and tallies by status."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.deadline import StatusTallySchema
from schema.fields import Date, Text, identifier
from schema.indicator import IndicatorSchema
from schema.item import NULL, CountsSchema, Strict
from schema.milestone import MilestoneSchema
from schema.plan import PlanSchema

PARTS = ("indicators", "milestones")
MOST = validate.Length(max=100_000)


class NodeSchema(Strict):
    """A section in the outline, with everything below it."""

    id = identifier(metadata={"description": "Id of the section."})
    parent_id = identifier(metadata={"description": "Id of the parent section; null at the top."}, **NULL)
    number = Text(40, metadata={"description": "Number in the outline."})
    level = fields.Integer(validate=validate.Range(1, 9), metadata={"description": "Depth in the outline, from 1."})
    title = Text(300, metadata={"description": "Title."})
    title_en = Text(300, metadata={"description": "Title in English."}, **NULL)
    counts = fields.Nested(CountsSchema, metadata={"description": "Counts of items below it, at any depth."})
    statuses = fields.Nested(
        StatusTallySchema, metadata={"description": "Indicators and milestones below it, by status."}
    )
    sections: Any = fields.List(
        fields.Nested("NodeSchema"), validate=MOST, metadata={"description": "Sections directly below it."}
    )
    indicators = fields.List(
        fields.Nested(IndicatorSchema),
        validate=MOST,
        metadata={"x-included": True, "description": "Indicators of the section."},
    )
    milestones = fields.List(
        fields.Nested(MilestoneSchema),
        validate=MOST,
        metadata={"x-included": True, "description": "Milestones of the section."},
    )


class OutlineSchema(Strict):
    """A plan with its section tree."""

    plan = fields.Nested(PlanSchema)
    as_of = Date(metadata={"description": "Date of the statuses (status_at)."})
    statuses = fields.Nested(
        StatusTallySchema, metadata={"description": "All indicators and milestones of the plan, by status."}
    )
    sections = fields.List(
        fields.Nested(NodeSchema), validate=MOST, metadata={"description": "Sections at the top of the tree."}
    )


OutlineQuerySchema: Any = Strict.from_dict(
    {
        "include": query.several(
            fields.String(validate=validate.OneOf(PARTS)),
            "Items to embed in their sections. Comma-separated.",
        ),
        "status_at": query.status_at(),
        "as_of": query.as_of(),
    },
    name="OutlineQuerySchema",
)
