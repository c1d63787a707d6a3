"""Run a write in one transaction, and only once for each Idempotency-Key.

Follows draft-ietf-httpapi-idempotency-key-header-07. The answer is stored in the same transaction as the change, so
neither exists without the other.
"""

import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from hashlib import sha256

from flask import Response, g, request

from api.reply.links import settings
from api.reply.problems import Problem, fault
from api.request.access import actor
from db.clients import idempotency
from db.clients.claims import ClaimedError, claim
from db.clients.idempotency import Answer
from db.connection import transaction, writer

KEY = re.compile(r'"[\x21\x23-\x7e]{1,255}"|[\x21\x23-\x2b\x2d-\x7e]{1,255}')
"""An unquoted key has no comma, because two headers arrive as one, joined by a comma."""
KEPT = ("Content-Type", "ETag", "Location")

Work = Callable[[sqlite3.Connection], Response]


def carry_out(work: Work, *, dry: bool) -> Response:
    """Run the work in one transaction, rolled back if `dry`. A repeated request gets its first answer again."""
    store = writer(settings().database)
    key = _key()
    if key is None or dry:
        with _write(store, dry=dry):
            return work(store)
    try:
        with claim(settings().database, f"{g.key.id} {key}"):
            return _once(store, key, work)
    except ClaimedError as error:
        faults = [fault("Idempotency-Key", "The first request with this key is still in progress.", [])]
        raise Problem(
            "conflict", "The first request is still in progress. Try again later.", faults, {"Retry-After": "1"}
        ) from error


def _write(store: sqlite3.Connection, *, dry: bool = False) -> AbstractContextManager[None]:
    return transaction(store, actor(), dry=dry, request_id=request.environ.get("plan.request_id"))


def _once(store: sqlite3.Connection, key: str, work: Work) -> Response:
    owner, digest = g.key.id, _digest()
    first = idempotency.find(store, owner, key)
    if first is not None:
        return _again(first, digest)
    with _write(store):
        response = work(store)
        headers = {name: response.headers[name] for name in KEPT if name in response.headers}
        idempotency.keep(store, owner, key, Answer(digest, response.status_code, headers, response.get_data()))
    return response


def _again(first: Answer, digest: str) -> Response:
    """Return the first answer. Raises Problem (422) if the request differs from the first one."""
    if first.request != digest:
        faults = [fault("Idempotency-Key", "Was used with a different request.", [])]
        raise Problem("key-reused", "This Idempotency-Key was used with a different request.", faults)
    return Response(first.body, first.status, {**first.headers, "Cache-Control": "no-store"})


def _key() -> str | None:
    """Return the Idempotency-Key of the request; None if it has none."""
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return None
    if not KEY.fullmatch(given):
        faults = [
            fault(
                "Idempotency-Key",
                "Must be given once, as 1 to 255 visible ASCII characters. A key with commas must be in quotes.",
                [KEY.pattern],
            )
        ]
        raise Problem("invalid-parameter", "Not valid: Idempotency-Key.", faults)
    return given.strip('"')


def _digest() -> str:
    """Return a digest of method, URL and body, which identify a request."""
    url = request.full_path.encode()
    return sha256(b"\0".join([request.method.encode(), url, request.get_data()])).hexdigest()
