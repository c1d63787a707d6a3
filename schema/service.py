"""What the service says of itself, and its problems."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.fields import FAULTS_MOST, Text
from schema.item import NULL, Strict

LONG_URL = validate.Length(max=2000)
LINKS = (
    "self", "plans", "sections", "indicators", "milestones", "deadlines", "observations", "summary", "search",
    "changes", "vocabularies", "problems", "docs", "openapi", "calendar",
)  # fmt: skip

LinksSchema: Any = Strict.from_dict({name: fields.Url(validate=LONG_URL) for name in LINKS}, name="LinksSchema")
LinksSchema.__doc__ = "The URLs of everything there is."


class LimitsSchema(Strict):
    """The limits of the service."""

    page_default = fields.Integer(
        validate=validate.Range(1, 1000), metadata={"description": "Items on a page without limit."}
    )
    page_most = fields.Integer(validate=validate.Range(1, 1000), metadata={"description": "Most items on a page."})
    values_most = fields.Integer(
        validate=validate.Range(1, 1000), metadata={"description": "Values in one comma-separated parameter."}
    )
    query_bytes = fields.Integer(validate=validate.Range(1, 100_000), metadata={"description": "Longest query string."})
    body_bytes = fields.Integer(validate=validate.Range(0, 2**30), metadata={"description": "Largest request body."})
    document_bytes = fields.Integer(
        validate=validate.Range(0, 2**30), metadata={"description": "Largest body of a whole plan."}
    )
    rate = Text(
        200,
        metadata={"description": "How much may be asked, as in RateLimit-Policy; null where there is no limit."},
        **NULL,
    )


class LicenceSchema(Strict):
    """A licence."""

    name = Text(100, metadata={"description": "SPDX identifier."})
    url = fields.Url(validate=LONG_URL, metadata={"description": "Its text."})


class ServiceSchema(Strict):
    """What is here, in which edition, within which limits."""

    name = Text(100, metadata={"description": "Name of the service."})
    version = Text(20, metadata={"description": "Version of the contract."})
    edition = fields.Integer(
        validate=validate.Range(0, 2**53),
        metadata={"description": "Sequence of the last change: one state of the data."},
    )
    updated_at = fields.AwareDateTime(metadata={"description": "When the last change was recorded."}, **NULL)
    today = fields.Date(metadata={"description": "The date that statuses are computed for by default."})
    timezone = Text(50, metadata={"description": "IANA time zone that today is of."})
    status_rule = Text(100, metadata={"description": "Name and thresholds of the status rule."})
    licence = fields.Nested(LicenceSchema, metadata={"description": "Licence of the software."})
    limits = fields.Nested(LimitsSchema)
    formats = fields.List(Text(100), validate=validate.Length(max=20), metadata={"description": "Media types."})
    links = fields.Nested(LinksSchema)


ServiceQuerySchema: Any = Strict.from_dict({"as_of": query.as_of()}, name="ServiceQuerySchema")


class ProblemTypeSchema(Strict):
    """A sort of problem, explained."""

    name = Text(50, metadata={"description": "Its name, which ends the type of a problem."})
    status = fields.Integer(validate=validate.Range(400, 599), metadata={"description": "The HTTP status."})
    title = Text(100, metadata={"description": "The sort of problem, in short."})
    explanation = Text(500, metadata={"description": "What it means and what to do."})


class ProblemTypesSchema(Strict):
    """The sorts of problems."""

    data = fields.List(fields.Nested(ProblemTypeSchema), validate=validate.Length(max=100))


class FaultSchema(Strict):
    """One fault of a request."""

    parameter = fields.String(
        validate=validate.Length(1, 120),
        metadata={"description": "The parameter, header or part of the path at fault.", "x-included": True},
    )
    field = fields.String(
        validate=validate.Length(1, 120),
        metadata={
            "description": "The member of the body at fault, dotted (target.value, data.3.unit); or the id in the way.",
            "x-included": True,
        },
    )
    detail = Text(2000, metadata={"description": "What is wrong with it."})
    allowed = fields.List(Text(500), validate=validate.Length(max=200), metadata={"description": "What it takes."})


class ProblemSchema(Strict):
    """Why a request failed (RFC 9457)."""

    type = fields.Url(
        validate=LONG_URL,
        metadata={"format": "uri-reference", "description": "URL that explains this sort of problem."},
    )
    title = Text(100, metadata={"description": "The sort of problem, in short."})
    status = fields.Integer(validate=validate.Range(400, 599), metadata={"description": "The HTTP status."})
    detail = Text(10_000, lines=True, metadata={"description": "What went wrong this time."})
    instance = Text(200, metadata={"description": "This occurrence: the request id."})
    errors = fields.List(
        fields.Nested(FaultSchema),
        validate=validate.Length(max=FAULTS_MOST + 1),
        metadata={"description": f"Each fault; may be empty. After {FAULTS_MOST} the last one says that more follow."},
    )
