"""If-Match: a change is made only to the state that its maker has seen."""

import re
from hashlib import blake2b

from flask import request

from api.reply.problems import Problem, fault

TAG = r'(?:W/)?"[!#-~\x80-\xff]*"'
TAGS = re.compile(rf"[ \t,]*{TAG}(?:[ \t]*,[ \t,]*{TAG})*[ \t,]*")
"""ETags, one or several (RFC 9110, 8.8.3 and 5.6.1)."""


def mark(key: str, version: int) -> str:
    """Write how the validator of every representation of an item begins: the item, and its version."""
    return f"{blake2b(key.encode(), digest_size=4).hexdigest()}.{version}-"


def require(current: str) -> None:
    """Refuse a change that does not name the current state: 428 without If-Match, 412 with another state in it.

    `current` is how the validators of the present state begin; empty where there is nothing.
    A validator names the state of an item by how it begins: one of any day, any `fields` and any coding will do.
    They are compared strongly (RFC 9110, 13.1.1): a weak one, which proxies that compress make of them, never matches.
    """
    if "If-Match" not in request.headers:
        faults = [fault("If-Match", "Is required.", ["the ETag of the item", "*"])]
        raise Problem("precondition-required", "A change names the state that it was made for.", faults)
    tags = _named()
    if not current:
        faults = [fault("If-Match", "Names a state of what does not exist.", ["If-None-Match: *, to create it"])]
        raise Problem("precondition-failed", "It does not exist.", faults)
    if tags is None or any(tag.startswith(f'"{current}') for tag in tags):
        return
    if any(tag.startswith("W/") for tag in tags):
        detail = "A weak validator never matches: get the ETag from the service, without a proxy that changes answers."
        raise Problem(
            "precondition-failed", "If-Match is compared strongly.", [fault("If-Match", detail, ['"…"', "*"])]
        )
    faults = [fault("If-Match", "Names another state than the present one.", [])]
    raise Problem("precondition-failed", "It has been changed since.", faults)


def none() -> None:
    """Refuse to create what is to be in some state already: it has none yet (RFC 9110, 13.1.1)."""
    if "If-Match" in request.headers and _named() is not None:
        faults = [fault("If-Match", "Names a state of what is not there yet.", ["*", "none"])]
        raise Problem("precondition-failed", "What is to be created has no state yet.", faults)


def _named() -> list[str] | None:
    """Return the ETags in If-Match, as they are written; None for `*`. Raises Problem for what is neither."""
    given = request.headers["If-Match"].strip()
    if given == "*":
        return None
    if not TAGS.fullmatch(given):
        faults = [fault("If-Match", "Must be ETags with their quotes, or * alone.", ['"…"', '"…", "…"', "*"])]
        raise Problem("invalid-parameter", "Not valid: If-Match.", faults)
    return re.findall(TAG, given)
