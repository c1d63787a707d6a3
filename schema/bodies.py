"""What a caller sends: new items, whose ids and numbers may be left to the service, and values reported."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.deadline import DeadlineFactsSchema
from schema.fields import Items, Text, identifier, plan_identifier
from schema.indicator import IndicatorFactsSchema
from schema.item import Strict
from schema.milestone import CODE, MilestoneFactsSchema
from schema.observation import ObservationFactsSchema
from schema.section import NUMBER, SectionFactsSchema

BODY_BYTES = 1024 * 1024
"""The largest body, but for a whole plan."""
DOCUMENT_BYTES = 16 * 1024 * 1024
"""The largest plan document; the largest plans known are below one megabyte."""
BATCH_MOST = 1000
"""How many observations one batch may hold."""

PLAN = {"description": "The plan that it becomes part of."}
DERIVED_ID = {
    "description": "Id; left out, the next in its place. One that has ever been used is refused:"
    " only PUT of the plan's document brings back what was deleted."
}


class SectionCreateSchema(SectionFactsSchema):
    """A new section, at the end of those beside it."""

    plan_id = plan_identifier(required=True, metadata=PLAN)
    id = identifier(metadata=DERIVED_ID)
    number = Text(40, pattern=NUMBER, metadata={"description": "Number in the outline; left out, the next."})


class DeadlineCreateSchema(DeadlineFactsSchema):
    """A new deadline."""

    plan_id = plan_identifier(required=True, metadata=PLAN)
    id = identifier(metadata=DERIVED_ID)


class IndicatorCreateSchema(IndicatorFactsSchema):
    """A new indicator, at the end of its section."""

    id = identifier(metadata=DERIVED_ID)
    code = Text(50, pattern=CODE, metadata={"description": "Code within the plan; left out, the next."})


class MilestoneCreateSchema(MilestoneFactsSchema):
    """A new milestone, at the end of its section."""

    id = identifier(metadata=DERIVED_ID)
    code = Text(50, pattern=CODE, metadata={"description": "Code within the plan; left out, the next."})


class ReportSchema(ObservationFactsSchema):
    """A value to report."""

    class Meta:
        """Leave out what the service records."""

        exclude = ("recorded_at",)

    id = identifier(metadata=DERIVED_ID)
    unit = Text(30, allow_none=True, metadata={"description": "The unit of the target; left out, that is meant."})


class SeriesReportSchema(ReportSchema):
    """A value to report of the indicator that the path names."""

    class Meta:
        """Leave out what the service records and what the path says."""

        exclude = ("recorded_at", "indicator_id")


class BatchSchema(Strict):
    """Values to report together: all of them are recorded, or none."""

    data = Items(
        fields.Nested(ReportSchema),
        required=True,
        validate=validate.Length(1, BATCH_MOST),
        metadata={"description": "The values, each of which may correct one before it."},
    )


WriteQuerySchema: Any = Strict.from_dict(
    {"validate_only": query.switch("Check everything and answer what would be, but write nothing.")},
    name="WriteQuerySchema",
)
