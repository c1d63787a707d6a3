"""Failures as RFC 9457 problems: the one place that turns what went wrong into a status."""

import json
import logging
import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from api.reply.links import root

log = logging.getLogger("plan_indicators")

MEDIA_TYPE = "application/problem+json"


class ProblemType(NamedTuple):
    """Describe a sort of problem."""

    status: int
    title: str
    explanation: str


PROBLEMS = {
    "invalid-parameter": ProblemType(
        400,
        "A parameter is not valid",
        "A query parameter is unknown, repeated or has a value that is not allowed. `errors` names each with what is"
        " allowed. Nothing is ever ignored: a misspelt filter would return everything.",
    ),
    "malformed-request": ProblemType(400, "The request is malformed", "The request is not valid HTTP, or its body is not valid JSON in UTF-8."),
    "unauthorized": ProblemType(
        401, "A key is needed", "The header Authorization holds no valid key: `Authorization: Bearer <key>`. Whoever runs the service gives them out. A key that is not"
        " valid is refused where none is needed too."
    ),
    "forbidden": ProblemType(403, "The key does not allow this", "The key lacks the scope that is named, or it is limited to other plans."),
    "not-found": ProblemType(404, "Not found", "There is nothing at this URL. `errors` names the part that was not found."),
    "method-not-allowed": ProblemType(405, "The method is not allowed", "The header Allow lists what this URL takes."),
    "gone": ProblemType(
        410,
        "No longer kept",
        "The change log does not reach back so far. For `as_of`: `errors` says from when on. For a cursor of `/v1/changes`, which may"
        " also be of a store that has been replaced, or stand for what a store has lost: copy the collections anew, and follow from the"
        " Change-Cursor of the first of them.",
    ),
    "not-acceptable": ProblemType(
        406, "No acceptable format", "The header Accept allows none of the formats of this URL; `errors` lists them."
    ),
    "conflict": ProblemType(
        409, "In conflict with what is there",
        "Something in the store refers to what would be deleted or changed, or the id has been used before, or the first request with this"
        " Idempotency-Key is still being worked on. `errors` names what stands in the way.",
    ),
    "precondition-failed": ProblemType(
        412, "Changed meanwhile", "If-Match names another state than the present one: get it again, and repeat the change on what it has become. A weak ETag (W/) never"
        " matches."
    ),
    "body-too-large": ProblemType(413, "The body is too large", "`limits` of the service document has the sizes."),
    "uri-too-long": ProblemType(414, "The URL is too long", "The request line or its query is longer than the service reads."),
    "unsupported-media-type": ProblemType(415, "Not a media type for this", "The header Content-Type names none that this URL takes, or a charset other than UTF-8; or Content-Encoding is not identity."
        " `errors` lists what is taken."),
    "invalid-body": ProblemType(
        422, "The body breaks a rule",
        "It is JSON, but a member is unknown, missing or not allowed, or members do not fit each other or the plan. `errors` names each by"
        " `field`, dotted as in the parameter `fields`, items of a list by their index from 0. Nothing has been changed.",
    ),
    "key-reused": ProblemType(
        422, "Idempotency-Key of another request", "This Idempotency-Key came with another request in the last 24 hours: make a new one."
    ),
    "precondition-required": ProblemType(
        428, "If-Match is required", "A change names the state it was made for: send the ETag of the item in If-Match; for a plan that is to be created, If-None-Match: *."
    ),
    "quota-exceeded": ProblemType(
        429,
        "Too many requests",
        "More requests came with this key, or from this address, than are allowed in so much time (RateLimit-Policy). Retry-After and `t` in"
        " RateLimit say in how many seconds they are again. A request with ETag and If-None-Match counts like any other.",
    ),
    "headers-too-large": ProblemType(431, "The headers are too large", "A header, or all of them, are larger than the service reads."),
    "internal-error": ProblemType(
        500, "Internal error", "The service failed. The request id in `instance` and in X-Request-Id finds it in the log."
    ),
    "insufficient-storage": ProblemType(
        507,
        "The store is full",
        "There is no room for the change, and nothing has been changed. Reading goes on. The operator has to make room.",
    ),
    "read-only": ProblemType(
        403,
        "This node only reads",
        "The node answers from a replica and takes no changes. `detail` and the header Link (rel=\"edit\") name the service that does.",
    ),
    "store-unavailable": ProblemType(
        503, "The store is not available", "The store cannot be read or written at the moment: try again after Retry-After seconds."
    ),
}  # fmt: skip

RETRY_AFTER = "5"


class Problem(Exception):  # noqa: N818  (RFC 9457 calls it a problem)
    """Refuse a request: a key of PROBLEMS, what is wrong here, each fault, and headers of its own."""

    def __init__(
        self,
        name: str,
        detail: str,
        errors: list[dict[str, Any]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.name, self.detail, self.errors, self.headers = name, detail, errors or [], headers or {}


def missing(parameter: str, what: str) -> Problem:
    """Say that the thing a path names is not there."""
    return Problem("not-found", f"There is no such {what}.", [fault(parameter, f"No {what} has this id.", [])])


def fault(parameter: str, detail: str, allowed: list[str]) -> dict[str, Any]:
    """Write one fault of a parameter."""
    return {"parameter": printable(parameter) or "?", "detail": detail, "allowed": allowed}


def wrong(field: str, detail: str, allowed: Iterable[Any] | None = None) -> dict[str, Any]:
    """Write one fault of a body; the field is dotted, as in the parameter `fields`."""
    return {
        "field": printable(field, 120) or "?",
        "detail": detail,
        "allowed": [str(choice) for choice in allowed or []],
    }


def printable(name: str, most: int = 100) -> str:
    """Shorten a name that a caller made up to what can be shown."""
    return "".join(character for character in name[:most] if character.isprintable())


def answer(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Write a problem as a response; never cached."""
    kind = PROBLEMS[problem.name]
    body = {
        "type": f"{root()}/v1/problems/{problem.name}",
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": f"urn:request:{request.environ.get('plan.request_id', '')}",
        "errors": problem.errors,
    }
    extra = {"Retry-After": RETRY_AFTER} if kind.status == PROBLEMS["store-unavailable"].status else {}
    return Response(
        json.dumps(body, ensure_ascii=False),
        kind.status,
        {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", **extra, **problem.headers, **(headers or {})},
    )


def register(app: Flask) -> None:
    """Answer every failure with a problem."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(sqlite3.DatabaseError, _store)
    for ours in (sqlite3.ProgrammingError, sqlite3.IntegrityError):  # our own fault, not the store's
        app.register_error_handler(ours, _unexpected)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    """Turn what Flask and Werkzeug refuse by themselves into a problem."""
    match error:
        case NotFound():
            return answer(Problem("not-found", f"There is nothing at {request.path}."))
        case MethodNotAllowed():
            methods = ", ".join(sorted(error.valid_methods or ()))
            return answer(Problem("method-not-allowed", f"This URL takes {methods}."), {"Allow": methods})
        case RequestEntityTooLarge():
            most = f"at most {request.max_content_length} bytes"
            return answer(Problem("body-too-large", "The body is too large.", [wrong("body", "Is too large.", [most])]))
        case _:
            return answer(Problem("malformed-request", error.description or error.name))


def _store(error: sqlite3.DatabaseError) -> Response:
    """Say that the store cannot be read (locked, damaged, gone); the log has the reason."""
    log.error("store: %s", error, exc_info=error)
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return answer(Problem("insufficient-storage", "There is no room for the change; nothing has been changed."))
    return answer(Problem("store-unavailable", "The store cannot be read or written at the moment."))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected: %s", error, exc_info=error)
    return answer(Problem("internal-error", "The service failed; the fault has been logged."))
