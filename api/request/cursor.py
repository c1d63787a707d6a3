"""Cursors of pages: opaque, and valid only with the path, filters and order for which they were made."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from flask import request

from api.reply.problems import Problem, fault
from api.reply.replies import written
from db.lists import Listing

Keys = tuple[str | int | float | None, ...]
INTEGER_MOST = 2**63
DATED = {"status", "state"}
"""Filters that depend on the date."""


def seal(listing: Listing) -> str:
    """Return a digest of path, filters with values, order and dates. It does not cover the page size."""
    ask = listing.ask
    dates = [ask.context.get("as_of"), ask.context.get("status_at") if DATED & ask.filters.keys() else None]
    asked = repr((request.path, listing.resource.name, sorted(ask.filters.items()), listing.order, dates))
    return blake2b(asked.encode(), digest_size=6).hexdigest()


def write(digest: str, keys: Keys) -> str:
    """Encode the cursor for the rows after the one with these keys."""
    return base64.urlsafe_b64encode(written([digest, *keys]).encode()).rstrip(b"=").decode()


def read(cursor: str, digests: Mapping[str, int]) -> tuple[str, Keys]:
    """Decode a cursor to its digest and keys; `digests` maps each valid digest to its number of keys.

    Raises Problem if the cursor is malformed or belongs to another query.
    """
    try:
        bound, *keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        sound = digests.get(bound) == len(keys) and all(map(_is_key, keys))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        sound = False
    if not sound:
        detail = (
            "Must be the cursor in `next` for the same query; to start again, leave it out. The cursor of a search also"
            " becomes invalid when the number of matches crosses 1000, because the order changes."
        )
        raise Problem("invalid-parameter", "Not valid: after.", [fault("after", detail, [])])
    return bound, tuple(keys)


def _is_key(value: Any) -> bool:
    """Return whether SQLite can store a value. Raises ValueError for text with half a surrogate pair."""
    if isinstance(value, str):
        return bool(value.encode()) or not value
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (type(value) is int and abs(value) < INTEGER_MOST)
