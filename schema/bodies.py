"""Request bodies: new items, for which the service can derive ids and numbers, and reported values."""

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
"""Maximum size of a request body, except a plan document."""
DOCUMENT_BYTES = 16 * 1024 * 1024
"""Maximum size of a plan document. The largest known plans are below one megabyte."""
BATCH_MOST = 1000
"""Maximum number of observations in one batch."""

PLAN = {"description": "Id of the plan to add it to."}
DERIVED_ID = {
    "description": "Id. Default: the next free one. An id that was ever used is refused; to restore a deleted item,"
    " PUT the plan document."
}


class SectionCreateSchema(SectionFactsSchema):
    """A new section, added after its siblings."""

    plan_id = plan_identifier(required=True, metadata=PLAN)
    id = identifier(metadata=DERIVED_ID)
    number = Text(40, pattern=NUMBER, metadata={"description": "Number in the outline. Default: the next."})


class DeadlineCreateSchema(DeadlineFactsSchema):
    """A new deadline."""

    plan_id = plan_identifier(required=True, metadata=PLAN)
    id = identifier(metadata=DERIVED_ID)


class IndicatorCreateSchema(IndicatorFactsSchema):
    """A new indicator, added at the end of its section."""

    id = identifier(metadata=DERIVED_ID)
    code = Text(50, pattern=CODE, metadata={"description": "Code within the plan. Default: the next."})


class MilestoneCreateSchema(MilestoneFactsSchema):
    """A new milestone, added at the end of its section."""

    id = identifier(metadata=DERIVED_ID)
    code = Text(50, pattern=CODE, metadata={"description": "Code within the plan. Default: the next."})


class ReportSchema(ObservationFactsSchema):
    """A value to report."""

    class Meta:
        """Exclude what the service records."""

        exclude = ("recorded_at",)

    id = identifier(metadata=DERIVED_ID)
    unit = Text(30, allow_none=True, metadata={"description": "Must be the unit of the target, which is the default."})


class SeriesReportSchema(ReportSchema):
    """A value to report for the indicator in the path."""

    class Meta:
        """Exclude what the service records and what the path gives."""

        exclude = ("recorded_at", "indicator_id")


class BatchSchema(Strict):
    """Values to report in one transaction."""

    data = Items(
        fields.Nested(ReportSchema),
        required=True,
        validate=validate.Length(1, BATCH_MOST),
        metadata={"description": "Values in order; one may correct an earlier one."},
    )


WriteQuerySchema: Any = Strict.from_dict(
    {
        "validate_only": query.switch(
            "Validate the request and return the result it would have, without writing anything."
        )
    },
    name="WriteQuerySchema",
)
