"""Schemas of a plan: plan file, request, answer and query."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schema import query
from schema.fields import Date, Text, Url, coded, plan_identifier
from schema.item import COMPUTED, COUNT, NULL, Strict, stamps
from schema.vocabulary import LEVELS, PLAN_STATUSES

AREA_CODE = r"^[0-9]{6}$"


class SourceSchema(Strict):
    """The source document of a plan."""

    title = Text(300, metadata={"description": "Title of the document."}, **NULL)
    publisher = Text(200, metadata={"description": "Publisher."}, **NULL)
    published_on = Date(metadata={"description": "Date of publication."}, **NULL)
    url = Url(
        schemes={"http", "https"},
        validate=validate.Length(max=2000),
        metadata={"description": "URL of the document."},
        **NULL,
    )
    sha256 = Text(
        64,
        pattern=r"^[0-9a-f]{64}$",
        metadata={"description": "SHA-256 of the bytes of the source text, in hex."},
        **NULL,
    )


class PlanFactsSchema(Strict):
    """The facts of a plan: the header of a plan file."""

    id = plan_identifier(required=True, metadata={"description": "Id of the plan, a slug; never changes."})
    title = Text(300, required=True, metadata={"description": "Title."})
    title_en = Text(300, metadata={"description": "Title in English."}, **NULL)
    area_code = Text(6, pattern=AREA_CODE, required=True, metadata={"description": "GB/T 2260 code of the area."})
    area_name = Text(100, required=True, metadata={"description": "Name of the area."})
    area_name_en = Text(100, metadata={"description": "Name of the area in English."}, **NULL)
    level = coded(LEVELS, required=True, metadata={"description": "Level of the issuing government."})
    period_start = Date(required=True, metadata={"description": "First day of the plan's period."})
    period_end = Date(required=True, metadata={"description": "Last day of the plan's period."})
    status = coded(PLAN_STATUSES, load_default="active", metadata={"description": "Status of the plan."})
    source = fields.Nested(SourceSchema, load_default=lambda: SourceSchema().load({}))

    @validates_schema(skip_on_field_errors=True)
    def _period(self, data: dict[str, Any], **_: Any) -> None:
        if data["period_end"] < data["period_start"]:
            raise ValidationError("Must not be before period_start.", "period_end")


class PlanCountsSchema(Strict):
    """Counts of items of a plan."""

    sections = fields.Integer(validate=COUNT)
    indicators = fields.Integer(validate=COUNT)
    milestones = fields.Integer(validate=COUNT)
    deadlines = fields.Integer(validate=COUNT)


class PlanSchema(PlanFactsSchema):
    """A plan: issuing level, area, period, source document and counts of items."""

    area_code_system = fields.String(
        validate=validate.OneOf(["GB/T 2260"]), metadata={"description": "Code system of area_code."}
    )
    counts = fields.Nested(PlanCountsSchema, metadata=COMPUTED)
    version, created_at, updated_at = stamps().values()


PLAN_SORTS = ("id", "title", "area_code", "period_start", "updated_at")


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        "plan": query.plan(),
        "area": query.area(),
        "level": query.level(),
        "status": query.one_of(PLAN_STATUSES, "Status of the plan."),
        "period_from": query.day("Plans whose period ends on or after this date."),
        "period_to": query.day("Plans whose period starts on or before this date."),
        "updated_since": query.since("Changed at or after this moment."),
    }


PlanQuerySchema = query.page_query(_filters(), PLAN_SORTS, PlanSchema)
PlanExportQuerySchema = query.export_query(_filters(), PLAN_SORTS, PlanSchema)
PlanItemQuerySchema = query.item_query(PlanSchema, dated=False)
