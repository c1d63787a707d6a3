"""Read the body of a request strictly, and say by field what is wrong with it."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, fields

from api.reply.problems import Problem, fault, wrong
from schema.fields import FAULTS_MOST
from schema.query import allowed
from schema.strict_json import decode

JSON = ("application/json",)
MERGE = ("application/merge-patch+json", "application/json")
CHARSETS = {"utf-8", "utf8"}

UNCODED = {"Accept-Encoding": "identity"}
"""What says that a body was refused for how it is coded (RFC 9110, 15.5.16)."""

Fault = dict[str, Any]


def body(most: int, types: tuple[str, ...] = JSON) -> Any:
    """Return the JSON that was sent. Raises Problem: 415, 413 for more than `most` bytes, 400."""
    if request.mimetype not in types:
        faults = [fault("Content-Type", "Is none that this URL takes.", list(types))]
        raise Problem("unsupported-media-type", f"This URL takes {', '.join(types)}.", faults)
    if request.mimetype_params.get("charset", "utf-8").lower() not in CHARSETS:
        faults = [fault("Content-Type", "JSON is sent in UTF-8.", [f"{types[0]}; charset=utf-8", types[0]])]
        raise Problem("unsupported-media-type", "The service reads UTF-8 only.", faults)
    codings = {coding.strip().lower() for coding in request.headers.get("Content-Encoding", "").split(",")}
    if not codings <= {"", "identity"}:
        faults = [fault("Content-Encoding", "A body is sent as it is.", ["identity"])]
        raise Problem("unsupported-media-type", "The service decodes no bodies.", faults, UNCODED)
    request.max_content_length = most
    try:
        return decode(_sent())
    except ValueError as error:
        raise Problem("malformed-request", "The body cannot be read.", [wrong("body", str(error)[:500])]) from error


def _sent() -> bytes:
    content = request.get_data()
    request.stream.read(1)  # one that came in chunks is cut off at the limit: this raises where it goes on
    return content


def checked(schema: Schema, given: Any, known: Any = ()) -> tuple[dict[str, Any], list[Fault]]:
    """Return the members that are right and the faults of the others; `known` are members that the service derives."""
    try:
        return schema.load(given), []
    except ValidationError as error:
        found = error.valid_data if isinstance(error.valid_data, dict) else {}
        valid = {name: value for name, value in found.items() if name not in error.messages_dict}
        return valid, list(islice(faults(error.messages, schema, known), FAULTS_MOST + 1))


def faults(messages: Any, schema: Schema, known: Any = ()) -> Iterator[Fault]:
    """Turn the messages of marshmallow into faults by dotted field."""
    for path, text in _flat(messages, ()):
        detail, takes = text, _allowed(schema, path)
        if text == "Unknown field.":
            derived = len(path) == 1 and path[0] in known
            detail = "Is derived by the service: leave it out." if derived else "Is not a member of this."
        yield wrong(".".join(map(str, path)) or "body", detail, takes)


def refused(found: list[Fault]) -> Problem:
    """Refuse a body for its faults, all at once; of very many the first, with a last word that more follow."""
    names = ", ".join(dict.fromkeys(entry["field"] for entry in found[:10]))
    if len(found) > FAULTS_MOST:
        found = [*found[:FAULTS_MOST], wrong("body", f"There are more faults: the first {FAULTS_MOST} are named.")]
    return Problem("invalid-body", f"Not valid: {names}{', …' if len(found) > 10 else ''}.", found)  # noqa: PLR2004


def _flat(messages: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(messages, dict):
        for name, below in messages.items():
            yield from _flat(below, path if name == "_schema" else (*path, name))
    else:
        for message in messages:
            yield path, str(message)


def _allowed(schema: Schema | None, path: tuple[Any, ...]) -> list[str]:
    """Say what the field at a path takes; for a member that is unknown, what members there are."""
    for index, name in enumerate(path):
        if not isinstance(name, str) or schema is None:
            continue
        field: Any = schema.fields.get(name)
        if field is None:
            return sorted(schema.fields)
        inner = field.inner if isinstance(field, fields.List) else field
        schema = inner.schema if isinstance(inner, fields.Nested) else None
        if index == len(path) - 1 or schema is None:
            return [] if isinstance(inner, fields.Nested) else allowed(field)
    return []
