"""Cursors: opaque, and bound to the filters and the order that made them."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from flask import request

from api.reply.problems import Problem, fault
from db.lists import Listing

Keys = tuple[str | int | float | None, ...]
INTEGER_MOST = 2**63
DATED = {"status", "state"}
"""Filters that depend on the date."""
COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""json.dumps would make an encoder for each cursor."""


def seal(listing: Listing) -> str:
    """Digest what a cursor is bound to: path, filters with their values, order, dates; not the size of the page."""
    ask = listing.ask
    dates = [ask.context.get("as_of"), ask.context.get("status_at") if DATED & ask.filters.keys() else None]
    asked = repr((request.path, listing.resource.name, sorted(ask.filters.items()), listing.order, dates))
    return blake2b(asked.encode(), digest_size=6).hexdigest()


def write(digest: str, keys: Keys) -> str:
    """Write the cursor of what comes after a row with these keys."""
    return base64.urlsafe_b64encode(COMPACT([digest, *keys]).encode()).rstrip(b"=").decode()


def read(cursor: str, digests: Mapping[str, int]) -> tuple[str, Keys]:
    """Return the digest and the keys in a cursor; `digests` says how many keys go with each that is valid here.

    Raises Problem for one that is broken or belongs to another query.
    """
    try:
        bound, *keys = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        sound = digests.get(bound) == len(keys) and all(map(_is_key, keys))
    except (binascii.Error, ValueError, TypeError, RecursionError):
        sound = False
    if not sound:
        detail = (
            "Is broken, or belongs to another query: follow `next` as it is, or begin without it. A search begins anew"
            " once its matches have come to be more than a thousand, or no more than that: their order is another."
        )
        raise Problem("invalid-parameter", "Not valid: after.", [fault("after", detail, [])])
    return bound, tuple(keys)


def _is_key(value: Any) -> bool:
    """Tell whether SQLite can hold a value; text with half a surrogate pair raises ValueError here, not there."""
    if isinstance(value, str):
        return bool(value.encode()) or not value
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or (type(value) is int and abs(value) < INTEGER_MOST)
