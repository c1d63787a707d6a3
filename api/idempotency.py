"""Carry out a write in one transaction, and a POST with an Idempotency-Key once only.

As draft-ietf-httpapi-idempotency-key-header-07 has it.
"""

import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from hashlib import sha256

from flask import Response, g, request

from api.access import actor
from api.links import settings
from api.problems import Problem, fault
from db import idempotency
from db.connection import transaction, writer
from db.idempotency import Answer

KEY = re.compile(r'"[\x21\x23-\x7e]{1,255}"|[\x21\x23-\x7e]{1,255}')
KEPT = ("Content-Type", "ETag", "Location")

Work = Callable[[sqlite3.Connection], Response]


def carry_out(work: Work, *, dry: bool) -> Response:
    """Do the work within one transaction, undone if it is dry; or answer again as this request was answered first."""
    store = writer(settings().database)
    given = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    key = None if given is None else _key(given)
    if key is None or dry:
        with _write(store, dry=dry):
            return work(store)
    return _once(store, key, work)


def _write(store: sqlite3.Connection, *, dry: bool = False) -> AbstractContextManager[None]:
    return transaction(store, actor(), dry=dry, request_id=request.environ["plan.request_id"])


def _once(store: sqlite3.Connection, key: str, work: Work) -> Response:
    owner, digest = g.key.id, _digest()
    with _write(store):
        first = idempotency.claim(store, owner, key, digest)
    if first is not None:
        return _again(first, digest)
    try:
        with _write(store):
            response = work(store)
            headers = {name: response.headers[name] for name in KEPT if name in response.headers}
            idempotency.keep(store, owner, key, Answer(digest, response.status_code, headers, response.get_data()))
    except BaseException:
        with _write(store):
            idempotency.release(store, owner, key)
        raise
    return response


def _again(first: Answer, digest: str) -> Response:
    """Give the first answer again; refuse another request under its key, and one that is still being worked on."""
    if first.request != digest:
        faults = [fault("Idempotency-Key", "Came with another request before.", [])]
        raise Problem("key-reused", "The key belongs to another request.", faults)
    if first.status is None:
        faults = [fault("Idempotency-Key", "Its first request is still being worked on.", [])]
        raise Problem("conflict", "The first request is still being worked on.", faults, {"Retry-After": "1"})
    return Response(first.body, first.status, {**first.headers, "Cache-Control": "no-store"})


def _key(given: str) -> str:
    if not KEY.fullmatch(given):
        faults = [fault("Idempotency-Key", "Must be 1 to 255 visible ASCII characters, quoted or not.", [KEY.pattern])]
        raise Problem("invalid-parameter", "Not valid: Idempotency-Key.", faults)
    return given.strip('"')


def _digest() -> str:
    """Digest what makes a request the same: method, URL, body."""
    url = request.full_path.encode()
    return sha256(b"\0".join([request.method.encode(), url, request.get_data()])).hexdigest()
