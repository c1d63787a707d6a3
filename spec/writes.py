"""The operations of the contract that write: body, preconditions, scope, and answers that are the service's own."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from apispec import APISpec
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from api import operation
from api.operation import Operation
from api.request.bodies import JSON, MERGE
from spec import examples, parameters
from spec.components import reference, sent
from spec.operations import ANYWHERE, FRESH, HEADERS, NEEDS, PLACE, name_of, refer, refusals

SECURITY = {
    "type": "http",
    "scheme": "bearer",
    "description": "A key that whoever runs the service gives out, with scopes that may be limited to plans.",
}
ETAGS = r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of what is changed, as it was got: of any day and with any `fields`, but no weak one (W/)."
    " Without it: 428.",
    "schema": {"type": "string", "maxLength": 1000, "pattern": ETAGS},
    "example": "*",
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "In place of If-Match, for a plan that is not there, or no longer: one that was deleted goes on.",
    "schema": {"type": "string", "enum": ["*"]},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes it safe to send the request again: within 24 hours the first answer is given again. Sent"
    " once; in quotes it may hold commas.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-+.-~-]+$"},
    "example": "5f0c7e1a-9d43-4c1b-8f1e-2b7a6c3d9e10",
}
HEAD = {
    "POST": [IDEMPOTENCY_KEY],
    "PATCH": [IF_MATCH, IDEMPOTENCY_KEY],
    "DELETE": [IF_MATCH, IDEMPOTENCY_KEY],
    "PUT": [IF_MATCH | {"required": False}, IF_NONE_MATCH, IDEMPOTENCY_KEY],
}
FAILURES = {
    "POST": ["conflict", "precondition-failed", "body-too-large", "unsupported-media-type", "invalid-body"],
    "PATCH": ["conflict", "precondition-failed", "body-too-large", "unsupported-media-type", "invalid-body"],
    "PUT": ["conflict", "precondition-failed", "body-too-large", "unsupported-media-type", "invalid-body"],
    "DELETE": ["conflict", "precondition-failed", "invalid-body"],
}


class Sources(NamedTuple):
    """Hold what descriptions are made with: the components of answers and of bodies, and a service with a key to it."""

    answers: APISpec
    bodies: APISpec
    converter: OpenAPIConverter
    client: FlaskClient
    key: str


def describe(rule: Rule, view: Callable[..., Any], method: str, sources: Sources) -> dict[str, Any]:
    """Describe one operation that writes; its example answer is that of a dry run."""
    summary, _, description = (inspect.getdoc(view) or "").partition("\n\n")
    known = operation.of(view)
    assert known.query is not None  # noqa: S101  (every write has validate_only)
    failures = [
        *ANYWHERE,
        "insufficient-storage",
        *FAILURES[method],
        *([] if method == "POST" else ["precondition-required"]),
    ]
    failures += ["not-found"] if rule.arguments else []
    asked = parameters.of_query(sources.converter, known.query)
    described: dict[str, Any] = {
        "operationId": name_of(view),
        "summary": summary.rstrip("."),
        "description": (description + NEEDS.format(known.scope)).replace("\n", " "),
        "tags": [known.tag],
        "security": [{"key": []}],
        "parameters": [*parameters.of_path(rule, known.example), *HEAD[method], *asked],
    }
    if known.body:
        types = MERGE if known.patch else JSON
        content = {"schema": sent(sources.bodies, known.body, patch=known.patch), "example": known.sent}
        described["requestBody"] = {
            "required": True,
            "description": "What to change (RFC 7396)." if known.patch else "What to record.",
            "content": dict.fromkeys(types, content),
        }
    answers = _answers(known, method, sources)
    return {**described, "responses": {**answers, **refusals(failures)}}


def _answers(known: Operation, method: str, sources: Sources) -> dict[str, Any]:
    """Describe success: what was done, and what validate_only answers."""
    fresh = {"ETag": FRESH["ETag"]} if method != "DELETE" else {}
    plain = {"Cache-Control": FRESH["Cache-Control"]}
    if known.answer is None:
        return {"204": {"description": "Done, or what would be.", "headers": refer(HEADERS)}}
    example = examples.dry_run(sources.client, method, known.example, known.sent, sources.key)
    schema = reference(sources.answers, known.answer)
    content = {"application/json": {"schema": schema, "example": example}}
    created = {
        "description": "Created.",
        "headers": refer(HEADERS, fresh, plain, PLACE),
        "content": {"application/json": {"schema": schema, "example": examples.made(example)}},
    }
    done = {
        "description": "Nothing was written: what would be (validate_only)." if known.status != 200 else "Done.",  # noqa: PLR2004
        "headers": refer(HEADERS, fresh, plain),
        "content": content,
    }
    return {"200": done, **({"201": created} if known.status != 200 or method == "PUT" else {})}  # noqa: PLR2004
