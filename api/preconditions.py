"""If-Match: a change is made only to the state that its maker has seen."""

from hashlib import blake2b

from flask import request

from api.problems import Problem, fault


def mark(key: str, version: int) -> str:
    """Write how the validator of every representation of an item begins: the item, and its version."""
    return f"{blake2b(key.encode(), digest_size=4).hexdigest()}.{version}-"


def require(current: str) -> None:
    """Refuse a change that does not name the current state: 428 without If-Match, 412 with another state in it.

    `current` is how the validators of the present state begin; empty where there is nothing.
    A validator names the state of an item by how it begins: one of any day, any `fields` and any coding will do.
    """
    if "If-Match" not in request.headers:
        faults = [fault("If-Match", "Is required.", ["the ETag of the item", "*"])]
        raise Problem("precondition-required", "A change names the state that it was made for.", faults)
    tags = filter(None, request.if_match)  # Werkzeug reads "" as None
    known = request.if_match.star_tag or any(tag.startswith(current) for tag in tags)
    if not current or not known:
        faults = [fault("If-Match", "Names another state than the present one.", [])]
        raise Problem("precondition-failed", "It has been changed since.", faults)


def none() -> None:
    """Refuse to create what is to be in some state already: it has none yet (RFC 9110, 13.1.1)."""
    if "If-Match" in request.headers and not request.if_match.star_tag:
        faults = [fault("If-Match", "Names a state of what is not there yet.", ["*", "none"])]
        raise Problem("precondition-failed", "What is to be created has no state yet.", faults)
