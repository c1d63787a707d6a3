"""Schemas of a section: plan file, request, answer and query."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.fields import Text, identifier, plan_identifier
from schema.item import COMPUTED, NULL, CountsSchema, PlaceSchema, Strict, stamps
from schema.plan import PlanSchema

NUMBER = r"^[0-9]{1,3}(\.[0-9]{1,3}){0,8}$"


def place() -> fields.Nested:
    """Declare the place of an item in the source text. It is optional in a plan file."""
    return fields.Nested(
        PlaceSchema,
        load_default=lambda: PlaceSchema().load({}),
        metadata={"description": "Place in the source text."},
    )


class SectionFactsSchema(Strict):
    """The facts of a section."""

    id = identifier(required=True, metadata={"description": "Id of the section; never changes."})
    parent_id = identifier(metadata={"description": "Id of the parent section; null at the top."}, **NULL)
    number = Text(40, pattern=NUMBER, required=True, metadata={"description": "Number in the outline."})
    title = Text(300, required=True, metadata={"description": "Title."})
    title_en = Text(300, metadata={"description": "Title in English."}, **NULL)
    source = place()


class SectionSchema(SectionFactsSchema):
    """A section of a plan, with counts of items below it."""

    plan_id = plan_identifier(metadata={"description": "Id of its plan."})
    level = fields.Integer(
        validate=validate.Range(1, 9), metadata={"description": "Depth in the outline, from 1. Filter: depth."}
    )
    position = fields.Integer(
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "Order within the plan, ascending; gaps and ties may occur, ties are ordered by id."},
    )
    counts = fields.Nested(
        CountsSchema, metadata={"description": "Counts of items below it, at any depth.", **COMPUTED}
    )
    version, created_at, updated_at = stamps().values()
    plan = fields.Nested(PlanSchema, metadata={"x-included": True})


SECTION_SORTS = ("position", "plan", "number", "title", "updated_at")


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        "plan": query.plan(),
        "area": query.area(),
        "level": query.level(),
        "section": query.section(),
        "parent": query.any_of(identifier(), "Ids of parent sections: selects the sections directly below."),
        "depth": query.any_of(query.whole(1, 9, ""), "Depth in the outline, from 1."),
        "updated_since": query.since("Changed at or after this moment."),
        "q": query.search(),
    }


SectionQuerySchema = query.page_query(_filters(), SECTION_SORTS, SectionSchema)
SectionExportQuerySchema = query.export_query(_filters(), SECTION_SORTS, SectionSchema)
SectionItemQuerySchema = query.item_query(SectionSchema, dated=False)
