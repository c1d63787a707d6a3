"""Problems (RFC 9457) for requests that gunicorn refuses before the application sees them."""

import json
import time
from http import HTTPStatus
from uuid import uuid4

from api.front import log, metrics
from api.front.headers import everywhere
from api.reply.problems import MEDIA_TYPE, PROBLEMS
from api.settings import Settings

LINE_BYTES = 8190
"""Maximum length of the request line: a query of 8,000 bytes and the path."""
FIELDS = 60

REFUSED = {
    414: ("uri-too-long", [f"at most {LINE_BYTES} bytes"]),
    431: ("headers-too-large", [f"at most {FIELDS} headers of 8190 bytes"]),
    500: ("internal-error", ["the same request, later"]),
}
MALFORMED = (
    "malformed-request",
    [
        "a request line such as GET /v1/plans HTTP/1.1",
        "a URL in ASCII, with other characters percent-encoded (curl --get --data-urlencode q=技术)",
        "one header per line, as Name: value, without contradicting headers",
        "one length of the body: one Content-Length, or Transfer-Encoding: chunked with chunks as in RFC 9112",
    ],
)
"""The status does not say what gunicorn found wrong, so this lists everything that a request must satisfy."""


def refusal(status: int, settings: Settings) -> bytes:
    """Return the bytes of the whole response for a status; the connection is closed after it.

    The request is counted and logged like any other, but without method and URL, which are unknown.
    """
    name, allowed = REFUSED.get(status, MALFORMED)
    kind = PROBLEMS[name]
    request_id = uuid4().hex
    problem = {
        "type": f"{settings.public_url or ''}/v1/problems/{name}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.explanation,
        "instance": f"urn:request:{request_id}",
        "errors": [{"parameter": "request", "detail": kind.title + ".", "allowed": allowed}],
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    headers = [
        ("Connection", "close"),
        ("Content-Type", MEDIA_TYPE),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Request-Id", request_id),
        *everywhere(settings),
    ]
    metrics.count("", None, kind.status, 0)
    if settings.log:
        log.write(request_id, "", None, "", status=kind.status, started=time.perf_counter(), sent=len(body))
    lines = [f"HTTP/1.1 {kind.status} {HTTPStatus(kind.status).phrase}", *(f"{key}: {value}" for key, value in headers)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
