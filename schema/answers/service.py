"""Schemas of the service document and of problems."""

from typing import Any

from marshmallow import fields, validate

from schema.fields import FAULTS_MOST, Text
from schema.item import NULL, Strict

LONG_URL = validate.Length(max=2000)
LINKS = (
    "self", "plans", "sections", "indicators", "milestones", "deadlines", "observations", "summary", "search",
    "changes", "vocabularies", "problems", "docs", "openapi", "calendar",
)  # fmt: skip

LinksSchema: Any = Strict.from_dict({name: fields.Url(validate=LONG_URL) for name in LINKS}, name="LinksSchema")
LinksSchema.__doc__ = "URLs of the resources of the service."


class LimitsSchema(Strict):
    """The limits of the service."""

    page_default = fields.Integer(
        validate=validate.Range(1, 1000), metadata={"description": "Default of limit: items on a page."}
    )
    page_most = fields.Integer(
        validate=validate.Range(1, 1000), metadata={"description": "Maximum of limit: items on a page."}
    )
    values_most = fields.Integer(
        validate=validate.Range(1, 1000),
        metadata={"description": "Maximum number of values in one comma-separated parameter."},
    )
    query_bytes = fields.Integer(
        validate=validate.Range(1, 100_000), metadata={"description": "Maximum length of the query string in bytes."}
    )
    body_bytes = fields.Integer(
        validate=validate.Range(0, 2**30), metadata={"description": "Maximum size of a request body in bytes."}
    )
    document_bytes = fields.Integer(
        validate=validate.Range(0, 2**30), metadata={"description": "Maximum size of a plan document in bytes."}
    )
    rate = Text(
        200,
        metadata={"description": "Rate limits, as in RateLimit-Policy; null if there are none."},
        **NULL,
    )


class LicenceSchema(Strict):
    """A licence."""

    name = Text(100, metadata={"description": "SPDX identifier."})
    url = fields.Url(validate=LONG_URL, metadata={"description": "URL of its text."})


class ServiceSchema(Strict):
    """The service document: edition of the data, limits, formats and links."""

    name = Text(100, metadata={"description": "Name of the service."})
    version = Text(20, metadata={"description": "Version of the API contract."})
    edition = fields.Integer(
        validate=validate.Range(0, 2**53),
        metadata={"description": "Sequence number of the last change; identifies the state of the data."},
    )
    updated_at = fields.AwareDateTime(metadata={"description": "Time of the last change."}, **NULL)
    today = fields.Date(metadata={"description": "Default date of statuses."})
    timezone = Text(50, metadata={"description": "IANA time zone of today."})
    status_rule = Text(100, metadata={"description": "Name and thresholds of the status rule."})
    licence = fields.Nested(LicenceSchema, metadata={"description": "Licence of the software."})
    limits = fields.Nested(LimitsSchema)
    formats = fields.List(Text(100), validate=validate.Length(max=20), metadata={"description": "Media types."})
    links = fields.Nested(LinksSchema)


class ProblemTypeSchema(Strict):
    """A problem type with its explanation."""

    name = Text(50, metadata={"description": "Name, the last part of the type URL."})
    status = fields.Integer(validate=validate.Range(400, 599), metadata={"description": "HTTP status."})
    title = Text(100, metadata={"description": "Summary of the problem type."})
    explanation = Text(500, metadata={"description": "Meaning, and what to do."})


class ProblemTypesSchema(Strict):
    """The list of problem types."""

    data = fields.List(fields.Nested(ProblemTypeSchema), validate=validate.Length(max=100))


class FaultSchema(Strict):
    """One fault of a request."""

    parameter = fields.String(
        validate=validate.Length(1, 120),
        metadata={"description": "Parameter, header or path segment at fault.", "x-included": True},
    )
    field = fields.String(
        validate=validate.Length(1, 120),
        metadata={
            "description": "Member of the body at fault, dotted (target.value, data.3.unit); or the id of a conflict.",
            "x-included": True,
        },
    )
    detail = Text(2000, metadata={"description": "What is wrong."})
    allowed = fields.List(Text(500), validate=validate.Length(max=200), metadata={"description": "What is allowed."})


class ProblemSchema(Strict):
    """Why a request failed (RFC 9457)."""

    type = fields.Url(
        validate=LONG_URL,
        metadata={"format": "uri-reference", "description": "URL that explains the problem type."},
    )
    title = Text(100, metadata={"description": "Summary of the problem type."})
    status = fields.Integer(validate=validate.Range(400, 599), metadata={"description": "HTTP status."})
    detail = Text(10_000, lines=True, metadata={"description": "What went wrong in this request."})
    instance = Text(200, metadata={"description": "URN of this request, with its id."})
    errors = fields.List(
        fields.Nested(FaultSchema),
        validate=validate.Length(max=FAULTS_MOST + 1),
        metadata={"description": f"Faults; may be empty. After {FAULTS_MOST}, a last entry says that there are more."},
    )
