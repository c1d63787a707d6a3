"""Search over indicators, milestones and sections: parameters and answer."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.fields import Text, identifier, plan_identifier
from schema.item import NULL, Strict

SEARCHED = ("indicator", "milestone", "section")
"""Resources in the order in which a search returns them."""
RANGE = fields.List(
    fields.Integer(validate=validate.Range(0, 10_000)),
    validate=validate.Length(2, 2),
    metadata={"description": "Offsets [start, end) in Unicode code points of the member."},
)


class MatchSchema(Strict):
    """The places in one member that match the query."""

    field = fields.String(
        validate=validate.OneOf(["title", "title_en", "name", "name_en", "lead_department"]),
        metadata={"description": "Name of the member."},
    )
    ranges = fields.List(
        RANGE, validate=validate.Length(1, 400), metadata={"description": "Sorted, not overlapping, in code points."}
    )


class HitSchema(Strict):
    """One search result."""

    resource = fields.String(validate=validate.OneOf(SEARCHED), metadata={"description": "Type of the result."})
    id = identifier(metadata={"description": "Id of the result."})
    plan_id = plan_identifier(metadata={"description": "Id of its plan."})
    section_id = identifier(metadata={"description": "Id of its section; of the section itself if that is the result."})
    name = Text(300, metadata={"description": "Name, or title of a section."})
    name_en = Text(300, metadata={"description": "Name or title in English."}, **NULL)
    lead_department = Text(100, metadata={"description": "Lead department."}, **NULL)
    matches = fields.List(
        fields.Nested(MatchSchema),
        validate=validate.Length(1, 3),
        metadata={"description": "Places that match, by member."},
    )
    url = fields.Url(validate=validate.Length(max=2000), metadata={"description": "URL of the result."})


class SearchSchema(Strict):
    """A page of search results."""

    data = fields.List(
        fields.Nested(HitSchema),
        validate=validate.Length(max=query.LIMIT_MOST),
        metadata={"description": "Results: indicators, then milestones, then sections. May be empty."},
    )
    next = fields.Url(
        validate=validate.Length(max=9000), metadata={"description": "URL of the next page; null on the last."}, **NULL
    )


SearchQuerySchema: Any = Strict.from_dict(
    {
        "q": query.search(required=True),
        "resource": query.any_of(fields.String(validate=validate.OneOf(SEARCHED)), "Types of results."),
        "plan": query.plan(),
        "area": query.area(),
        "level": query.level(),
        "as_of": query.as_of(),
        "limit": query.whole(
            1, query.LIMIT_MOST, "Maximum number of items on the page.", load_default=query.LIMIT_DEFAULT
        ),
        "after": query.after(),
    },
    name="SearchQuerySchema",
)
