"""A section, as it goes in and out."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.fields import Text, identifier, plan_identifier
from schema.item import NULL, CountsSchema, PlaceSchema, Strict, stamps
from schema.plan import PlanSchema

NUMBER = r"^[0-9]{1,3}(\.[0-9]{1,3}){0,8}$"


def place() -> fields.Nested:
    """Declare the place of an item in the source text; a plan file may leave it out."""
    return fields.Nested(
        PlaceSchema,
        load_default=lambda: PlaceSchema().load({}),
        metadata={"description": "Place in the source text."},
    )


class SectionFactsSchema(Strict):
    """Say what a section is."""

    id = identifier(required=True, metadata={"description": "Id of the section; never changes."})
    parent_id = identifier(metadata={"description": "The section above; null at the top."}, **NULL)
    number = Text(40, pattern=NUMBER, required=True, metadata={"description": "Number in the outline."})
    title = Text(300, required=True, metadata={"description": "Heading."})
    title_en = Text(300, metadata={"description": "Heading in English."}, **NULL)
    source = place()


class SectionSchema(SectionFactsSchema):
    """A heading of a plan, with the counts of all below it."""

    plan_id = plan_identifier(metadata={"description": "The plan it belongs to."})
    level = fields.Integer(
        validate=validate.Range(1, 9), metadata={"description": "Depth in the outline, from 1 (filter: depth)."}
    )
    position = fields.Integer(
        validate=validate.Range(1, 1_000_000), metadata={"description": "Place in document order within the plan."}
    )
    counts = fields.Nested(CountsSchema, metadata={"description": "Parts below it, at any depth."})
    version, created_at, updated_at = stamps().values()
    plan = fields.Nested(PlanSchema, metadata={"x-included": True})


SECTION_SORTS = ("position", "plan", "number", "title", "updated_at")


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        "plan": query.plan(),
        "area": query.area(),
        "level": query.level(),
        "section": query.section(),
        "parent": query.any_of(identifier(), "Directly below these sections."),
        "depth": query.any_of(query.whole(1, 9, ""), "At this depth of the outline."),
        "updated_since": query.since("Changed at this moment or later."),
        "q": query.search(),
    }


SectionQuerySchema = query.page_query(_filters(), SECTION_SORTS, SectionSchema)
SectionExportQuerySchema = query.export_query(_filters(), SECTION_SORTS, SectionSchema)
SectionItemQuerySchema = query.item_query(SectionSchema, dated=False)
