"""Failures as RFC 9457 problems. Every error status of the API is defined here."""

import json
import logging
import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple

from flask import Flask, Response, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from api.reply.links import root

log = logging.getLogger("plan_indicators")

MEDIA_TYPE = "application/problem+json"
NAMED = 10
"""So many names a detail lists."""


class ProblemType(NamedTuple):
    """Hold a problem type: its status, title and explanation."""

    status: int
    title: str
    explanation: str


PROBLEMS = {
    "invalid-parameter": ProblemType(
        400,
        "A parameter is not valid",
        "A query parameter or header is unknown, repeated or has a value that is not allowed. `errors` names each with what"
        " is allowed. Unknown parameters are refused, because ignoring a misspelt filter would return everything.",
    ),
    "malformed-request": ProblemType(400, "The request is malformed", "The request is not valid HTTP, or its body is not valid JSON in UTF-8."),
    "unauthorized": ProblemType(
        401, "A key is needed", "The request needs a valid key in the header `Authorization: Bearer <key>`. Ask the operator of the service for one. An invalid key"
        " is refused even if the request needs none."
    ),
    "forbidden": ProblemType(403, "The key does not allow this", "The key lacks the required scope, or is limited to other plans. `errors` gives the details."),
    "not-found": ProblemType(404, "Not found", "Nothing exists at this URL. `errors` names the path parameter that was not found."),
    "method-not-allowed": ProblemType(405, "The method is not allowed", "The header Allow lists the methods of this URL."),
    "gone": ProblemType(
        410,
        "No longer available",
        "The change log does not reach back that far. For `as_of`, `errors` gives the earliest moment. For a cursor of `/v1/changes`, the"
        " store may also have been replaced or have lost changes: copy every collection again, then follow from the Change-Cursor of the"
        " first one copied.",
    ),
    "not-acceptable": ProblemType(
        406, "No acceptable format", "The header Accept allows none of the formats of this URL. `errors` lists the formats."
    ),
    "conflict": ProblemType(
        409, "Conflict with the store",
        "The change would break another item, or another item refers to the deleted one, or the id was used before, or the first request"
        " with this Idempotency-Key is still in progress. `errors` names each conflict.",
    ),
    "precondition-failed": ProblemType(
        412, "Changed in the meantime", "The ETag in If-Match is not that of the current state. Get the item again and repeat the change. A weak ETag (W/) never"
        " matches."
    ),
    "body-too-large": ProblemType(413, "The body is too large", "`limits` in the service document (`/v1`) gives the maximum sizes."),
    "uri-too-long": ProblemType(414, "The URL is too long", "The request line or its query is too long. `errors` gives the maximum."),
    "unsupported-media-type": ProblemType(415, "Unsupported media type", "The Content-Type is not one that this URL accepts, its charset is not UTF-8, or the Content-Encoding is not identity."
        " `errors` lists what is allowed."),
    "invalid-body": ProblemType(
        422, "The body is not valid",
        "The body is JSON, but members are unknown, missing or not allowed, or do not fit each other or the plan. `errors` names each by"
        " `field`: dotted, as in the parameter `fields`, with list items by index from 0. Nothing was changed.",
    ),
    "key-reused": ProblemType(
        422, "Idempotency-Key already used", "A different request used this Idempotency-Key in the last 24 hours. Use a new key."
    ),
    "precondition-required": ProblemType(
        428, "If-Match is required", "Send the ETag of the item in If-Match, so that a change made in the meantime is not lost. To create a plan with PUT, send If-None-Match: *."
    ),
    "quota-exceeded": ProblemType(
        429,
        "Too many requests",
        "This key or address has made more requests than RateLimit-Policy allows. Wait for the seconds in Retry-After (also `t` in RateLimit)."
        " Requests with If-None-Match count too.",
    ),
    "headers-too-large": ProblemType(431, "The headers are too large", "One header is too long, or there are too many. `errors` gives the maximum."),
    "internal-error": ProblemType(
        500, "Internal error", "The service failed. Quote the request id in `instance` or X-Request-Id; the log contains it."
    ),
    "insufficient-storage": ProblemType(
        507,
        "The store is full",
        "The disk of the store is full. Nothing was changed. Reading still works. The operator must free space.",
    ),
    "read-only": ProblemType(
        403,
        "This node is read-only",
        "The node serves a replica and accepts no changes. If known, `detail` and the header Link (rel=\"edit\") give the URL that does.",
    ),
    "store-unavailable": ProblemType(
        503, "The store is not available", "The store cannot be read or written at the moment. Try again after the seconds in Retry-After."
    ),
}  # fmt: skip

RETRY_AFTER = "5"


class Problem(Exception):  # noqa: N818  (RFC 9457 calls it a problem)
    """Refuse a request with a key of PROBLEMS, a detail, the faults, and extra headers."""

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
    """Return the problem (404) for an id in the path that does not exist."""
    return Problem("not-found", f"The {what} does not exist.", [fault(parameter, f"No {what} has this id.", [])])


def fault(parameter: str, detail: str, allowed: list[str]) -> dict[str, Any]:
    """Build a fault of a parameter, header or path segment."""
    return {"parameter": printable(parameter) or "?", "detail": detail, "allowed": allowed}


def wrong(field: str, detail: str, allowed: Iterable[Any] | None = None) -> dict[str, Any]:
    """Build a fault of a body. The field is dotted, as in the parameter `fields`."""
    return {
        "field": printable(field, 120) or "?",
        "detail": detail,
        "allowed": [str(choice) for choice in allowed or []],
    }


def listed(names: Iterable[str]) -> str:
    """Write the first NAMED different names with commas between, and an ellipsis if there are more."""
    different = list(dict.fromkeys(map(printable, names)))
    return f"{', '.join(different[:NAMED])}{', …' if len(different) > NAMED else ''}"


def printable(name: str, most: int = 100) -> str:
    """Return the printable characters of a name from a caller, at most `most` of them."""
    return "".join(character for character in name[:most] if character.isprintable())


def answer(problem: Problem) -> Response:
    """Build the response for a problem; it is never cached."""
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
        {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", **extra, **problem.headers},
    )


def register(app: Flask) -> None:
    """Register error handlers, so that every failure is answered with a problem."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(sqlite3.DatabaseError, _store)
    for ours in (sqlite3.ProgrammingError, sqlite3.IntegrityError):  # our own fault, not the store's
        app.register_error_handler(ours, _unexpected)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> Response:
    """Convert an error of Flask or Werkzeug to a problem."""
    match error:
        case NotFound():
            return answer(Problem("not-found", f"Nothing exists at {request.path}."))
        case MethodNotAllowed():
            methods = ", ".join(sorted(error.valid_methods or ()))
            return answer(Problem("method-not-allowed", f"This URL allows {methods}.", headers={"Allow": methods}))
        case RequestEntityTooLarge():
            most = f"at most {request.max_content_length} bytes"
            return answer(
                Problem(
                    "body-too-large",
                    "The body is too large.",
                    [wrong("body", "Must not be larger than the limit.", [most])],
                )
            )
        case ClientDisconnected():
            short = wrong("body", "Ended early, or came too slowly.", ["as many bytes as Content-Length says"])
            return answer(Problem("malformed-request", "The body is incomplete.", [short]))
        case _:
            return answer(Problem("malformed-request", error.description or error.name))


def _store(error: sqlite3.DatabaseError) -> Response:
    """Answer that the store cannot be read (locked, damaged, missing), and log the reason."""
    log.error("store: %s", error, exc_info=error)
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return answer(Problem("insufficient-storage", "The disk of the store is full. Nothing was changed."))
    return answer(Problem("store-unavailable", "The store cannot be read or written at the moment."))


def _unexpected(error: Exception) -> Response:
    log.error("unexpected: %s", error, exc_info=error)
    return answer(Problem("internal-error", "The service failed. The error was logged."))
