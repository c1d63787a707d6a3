"""The write operations of the contract: body, preconditions, scope, and real answers as examples."""

import inspect
from collections.abc import Callable
from http import HTTPStatus
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
    "description": "A key from the operator of the service. Its scopes may be limited to plans.",
}
ETAGS = r'^(\*|(W/)?"[!#-~]*"(, ?(W/)?"[!#-~]*")*)$'
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "ETag from a GET of this URL, with any `fields` and date; weak ETags (W/) never match. If it is"
    " missing, the answer is 428.",
    "schema": {"type": "string", "maxLength": 1000, "pattern": ETAGS},
    "example": "*",
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "Send * instead of If-Match to create a plan, or to restore a deleted one.",
    "schema": {"type": "string", "enum": ["*"]},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes a retry safe: the same request with the same key gets the first answer again for 24 hours."
    " Give it once. A key with commas must be in quotes.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-+.-~-]+$"},
    "example": "5f0c7e1a-9d43-4c1b-8f1e-2b7a6c3d9e10",
}
HEAD = {
    "POST": [IDEMPOTENCY_KEY],
    "PATCH": [IF_MATCH, IDEMPOTENCY_KEY],
    "DELETE": [IF_MATCH, IDEMPOTENCY_KEY],
    "PUT": [IF_MATCH | {"required": False}, IF_NONE_MATCH, IDEMPOTENCY_KEY],
}
FAILURES = ["conflict", "precondition-failed", "body-too-large", "unsupported-media-type", "invalid-body"]
FAILURES_WITHOUT_BODY = ["conflict", "precondition-failed", "key-reused"]


class Sources(NamedTuple):
    """Hold the inputs of descriptions: components of answers and bodies, and a test client with a key."""

    answers: APISpec
    bodies: APISpec
    converter: OpenAPIConverter
    client: FlaskClient


def describe(rule: Rule, view: Callable[..., Any], method: str, sources: Sources) -> dict[str, Any]:
    """Describe an operation that writes. Its example answer comes from a dry run."""
    summary, _, description = (inspect.getdoc(view) or "").partition("\n\n")
    known = operation.of(view)
    assert known.query is not None  # noqa: S101  (every write has validate_only)
    failures = [
        *ANYWHERE,
        "insufficient-storage",
        *(FAILURES_WITHOUT_BODY if method == "DELETE" else FAILURES),
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
            "description": "A JSON merge patch (RFC 7396)." if known.patch else "The new data.",
            "content": dict.fromkeys(types, content),
        }
    answers = _answers(known, method, sources)
    return {**described, "responses": {**answers, **refusals(failures)}}


def _answers(known: Operation, method: str, sources: Sources) -> dict[str, Any]:
    """Describe the success responses, including that of validate_only."""
    fresh = {"ETag": FRESH["ETag"]} if method != "DELETE" else {}
    plain = {"Cache-Control": FRESH["Cache-Control"]}
    if known.answer is None:
        return {"204": {"description": "Done, or valid with validate_only.", "headers": refer(HEADERS)}}
    example = examples.dry_run(sources.client, method, known.example, known.sent)
    schema = reference(sources.answers, known.answer)
    content = {"application/json": {"schema": schema, "example": example}}
    creates = known.status != HTTPStatus.OK
    created = {
        "description": "Created.",
        "headers": refer(HEADERS, fresh, plain, PLACE),
        "content": {"application/json": {"schema": schema, "example": examples.made(example)}},
    }
    done = {
        "description": "Valid, but not written (validate_only)." if creates else "Done.",
        "headers": refer(HEADERS, fresh, plain),
        "content": content,
    }
    return {"200": done, **({"201": created} if creates or method == "PUT" else {})}
