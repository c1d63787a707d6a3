"""The outline of a plan: its section tree with counts and tallies, in one answer."""

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
    """A section in the outline, with all below it."""

    id = identifier(metadata={"description": "Id of the section."})
    parent_id = identifier(metadata={"description": "The section above; null at the top."}, **NULL)
    number = Text(40, metadata={"description": "Number in the outline."})
    level = fields.Integer(validate=validate.Range(1, 9), metadata={"description": "Depth in the outline, from 1."})
    title = Text(300, metadata={"description": "Heading."})
    title_en = Text(300, metadata={"description": "Heading in English."}, **NULL)
    counts = fields.Nested(CountsSchema, metadata={"description": "Parts below it, at any depth."})
    statuses = fields.Nested(StatusTallySchema, metadata={"description": "Indicators and milestones below, by status."})
    sections: Any = fields.List(
        fields.Nested("NodeSchema"), validate=MOST, metadata={"description": "The sections directly below it."}
    )
    indicators = fields.List(
        fields.Nested(IndicatorSchema),
        validate=MOST,
        metadata={"x-included": True, "description": "The indicators that stand in it."},
    )
    milestones = fields.List(
        fields.Nested(MilestoneSchema),
        validate=MOST,
        metadata={"x-included": True, "description": "The milestones that stand in it."},
    )


class OutlineSchema(Strict):
    """A plan with its section tree."""

    plan = fields.Nested(PlanSchema)
    as_of = Date(metadata={"description": "The date that the statuses are true at (status_at)."})
    statuses = fields.Nested(StatusTallySchema, metadata={"description": "The whole plan, by status."})
    sections = fields.List(fields.Nested(NodeSchema), validate=MOST, metadata={"description": "The top of the tree."})


OutlineQuerySchema: Any = Strict.from_dict(
    {
        "include": query.several(
            fields.String(validate=validate.OneOf(PARTS)),
            "Put these, comma-separated, into the section that they stand in.",
        ),
        "status_at": query.status_at(),
        "as_of": query.as_of(),
    },
    name="OutlineQuerySchema",
)
