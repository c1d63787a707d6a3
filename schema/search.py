"""What a search over all resources takes and answers."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.fields import Text, identifier, plan_identifier
from schema.item import NULL, Strict

SEARCHED = ("indicator", "milestone", "section")
"""In the order in which a search gives them."""
RANGE = fields.List(
    fields.Integer(validate=validate.Range(0, 10_000)),
    validate=validate.Length(2, 2),
    metadata={"description": "Offset of the first character and of the one after the last."},
)


class MatchSchema(Strict):
    """Where the words of a query stand in one member."""

    field = fields.String(
        validate=validate.OneOf(["title", "title_en", "name", "name_en", "lead_department"]),
        metadata={"description": "The member that holds them."},
    )
    ranges = fields.List(RANGE, validate=validate.Length(1, 400), metadata={"description": "Sorted, not overlapping."})


class HitSchema(Strict):
    """Something found."""

    resource = fields.String(validate=validate.OneOf(SEARCHED), metadata={"description": "What was found."})
    id = identifier(metadata={"description": "Its id."})
    plan_id = plan_identifier(metadata={"description": "The plan it belongs to."})
    section_id = identifier(metadata={"description": "The section it is or stands in."})
    name = Text(300, metadata={"description": "Its name or heading."})
    name_en = Text(300, metadata={"description": "The same in English."}, **NULL)
    lead_department = Text(100, metadata={"description": "The body that answers for it."}, **NULL)
    matches = fields.List(
        fields.Nested(MatchSchema), validate=validate.Length(1, 3), metadata={"description": "Where the words stand."}
    )
    url = fields.Url(validate=validate.Length(max=2000), metadata={"description": "The thing itself."})


class SearchSchema(Strict):
    """A page of what was found."""

    data = fields.List(
        fields.Nested(HitSchema),
        validate=validate.Length(max=query.LIMIT_MOST),
        metadata={"description": "Indicators, then milestones, then sections; may be empty."},
    )
    next = fields.Url(
        validate=validate.Length(max=9000), metadata={"description": "URL of the next page; null on the last."}, **NULL
    )


SearchQuerySchema: Any = Strict.from_dict(
    {
        "q": query.search(required=True),
        "resource": query.any_of(fields.String(validate=validate.OneOf(SEARCHED)), "Only these resources."),
        "plan": query.plan(),
        "area": query.area(),
        "level": query.level(),
        "as_of": query.as_of(),
        "limit": query.whole(1, query.LIMIT_MOST, "How many at most on the page.", load_default=query.LIMIT_DEFAULT),
        "after": query.after(),
    },
    name="SearchQuerySchema",
)
