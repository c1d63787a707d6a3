"""If-Match: a change applies only to the state that the caller has seen."""

import re
from hashlib import blake2b

from flask import request

from api.reply.problems import Problem, fault

TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")
"""ETags, one or several (RFC 9110, 8.8.3 and 5.6.1)."""


def mark(key: str, version: int) -> str:
    """Return the common prefix of all ETags of an item: a digest of its id, and its version."""
    return f"{blake2b(key.encode(), digest_size=4).hexdigest()}.{version}-"


def require(current: str) -> None:
    """Raise Problem unless If-Match has an ETag of the current state: 428 if it is missing, 412 if it differs.

    `current` is the common prefix of the ETags of the current state; empty if the item does not exist. Only the prefix
    is compared, so an ETag from any day, with any `fields` and any content coding, matches. The comparison is strong
    (RFC 9110, 13.1.1): weak ETags, as compressing proxies make them, never match.
    """
    if "If-Match" not in request.headers:
        faults = [fault("If-Match", "Is required.", ["the ETag of the item", "*"])]
        raise Problem("precondition-required", "A change needs the ETag of the item in If-Match.", faults)
    tags = _named()
    if not current:
        faults = [fault("If-Match", "The item does not exist.", ["If-None-Match: *, to create it"])]
        raise Problem("precondition-failed", "The item does not exist.", faults)
    if tags is None or any(tag.startswith(f'"{current}') for tag in tags):
        return
    if any(tag.startswith("W/") for tag in tags):
        detail = "Must be a strong ETag. Get it from the service without a proxy that rewrites ETags."
        raise Problem(
            "precondition-failed", "A weak ETag (W/) never matches.", [fault("If-Match", detail, ['"…"', "*"])]
        )
    faults = [fault("If-Match", "Is not the ETag of the current state. Get the item again.", [])]
    raise Problem("precondition-failed", "The item was changed in the meantime.", faults)


def none() -> None:
    """Raise Problem (412) if a POST that creates an item has an ETag in If-Match (RFC 9110, 13.1.1)."""
    if "If-Match" in request.headers and _named() is not None:
        faults = [fault("If-Match", "Must be * or absent, because the item does not exist yet.", ["*", "none"])]
        raise Problem("precondition-failed", "The item to create has no ETag yet.", faults)


def _named() -> list[str] | None:
    """Return the ETags in If-Match, unparsed; None for `*`. Raises Problem (400) for anything else."""
    given = request.headers["If-Match"].strip()
    if given == "*":
        return None
    if not TAGS.fullmatch(given):
        faults = [fault("If-Match", "Must be ETags with their quotes, or *.", ['"…"', '"…", "…"', "*"])]
        raise Problem("invalid-parameter", "Not valid: If-Match.", faults)
    return re.findall(TAG, given)
