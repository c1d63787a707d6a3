"""What the service says of itself, and its problems."""

from typing import Any

from marshmallow import fields, validate

from schema.fields import Text
from schema.item import NULL, Strict

LONG_URL = validate.Length(max=2000)
LINKS = (
    "self", "plans", "sections", "indicators", "milestones", "deadlines", "observations", "summary", "search",
    "vocabularies", "problems", "docs", "openapi", "calendar",
)  # fmt: skip

LinksSchema: Any = Strict.from_dict({name: fields.Url(validate=LONG_URL) for name in LINKS}, name="LinksSchema")
LinksSchema.__doc__ = "Point to everything there is."


class LimitsSchema(Strict):
    """List the limits of the service."""

    page_default = fields.Integer(validate=validate.Range(1, 1000))
    page_most = fields.Integer(validate=validate.Range(1, 1000))
    values_most = fields.Integer(
        validate=validate.Range(1, 1000), metadata={"description": "Values in one comma-separated parameter."}
    )
    query_bytes = fields.Integer(validate=validate.Range(1, 100_000), metadata={"description": "Longest query string."})
    body_bytes = fields.Integer(validate=validate.Range(0, 2**30), metadata={"description": "Largest request body."})
    rate = Text(200, metadata={"description": "Rate policy; null where there is none."}, **NULL)


class LicenceSchema(Strict):
    """Name a licence."""

    name = Text(100)
    url = fields.Url(validate=LONG_URL)


class ServiceSchema(Strict):
    """Describe the service."""

    name = Text(100)
    version = Text(20, metadata={"description": "Version of the contract."})
    edition = fields.Integer(
        validate=validate.Range(0, 2**53),
        metadata={"description": "Sequence of the last change: one state of the data."},
    )
    updated_at = fields.AwareDateTime(metadata={"description": "When the last change was recorded."}, **NULL)
    today = fields.Date(metadata={"description": "The date that statuses are computed for by default."})
    timezone = Text(50)
    status_rule = Text(100, metadata={"description": "Name and thresholds of the status rule."})
    licence = fields.Nested(LicenceSchema, metadata={"description": "Licence of the software."})
    limits = fields.Nested(LimitsSchema)
    formats = fields.List(Text(100), validate=validate.Length(max=20), metadata={"description": "Media types."})
    links = fields.Nested(LinksSchema)


class ProblemTypeSchema(Strict):
    """Explain a sort of problem."""

    name = Text(50)
    status = fields.Integer(validate=validate.Range(400, 599))
    title = Text(100)
    explanation = Text(500)


class ProblemTypesSchema(Strict):
    """List the sorts of problems."""

    data = fields.List(fields.Nested(ProblemTypeSchema), validate=validate.Length(max=100))


class FaultSchema(Strict):
    """Describe one fault of a request."""

    parameter = Text(120, metadata={"description": "The parameter at fault."})
    detail = Text(2000, metadata={"description": "What is wrong with it."})
    allowed = fields.List(Text(500), validate=validate.Length(max=200), metadata={"description": "What it takes."})


class ProblemSchema(Strict):
    """Say why a request failed (RFC 9457)."""

    type = fields.Url(validate=LONG_URL, metadata={"description": "Explains this sort of problem."})
    title = Text(100, metadata={"description": "The sort of problem, in short."})
    status = fields.Integer(validate=validate.Range(400, 599), metadata={"description": "The HTTP status."})
    detail = Text(10_000, metadata={"description": "What went wrong this time."})
    instance = Text(200, metadata={"description": "This occurrence: the request id."})
    errors = fields.List(fields.Nested(FaultSchema), validate=validate.Length(max=200))
