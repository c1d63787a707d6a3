"""Read and validate the body of a request; report faults by field."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from flask import request
from marshmallow import Schema, ValidationError, fields

from api.reply.problems import Problem, fault, listed, wrong
from schema.fields import FAULTS_MOST
from schema.query import allowed
from schema.rules.strict_json import decode

JSON = ("application/json",)
MERGE = ("application/merge-patch+json", "application/json")
CHARSETS = {"utf-8", "utf8"}

UNCODED = {"Accept-Encoding": "identity"}
"""Headers of a 415 for the content coding of the body (RFC 9110, 15.5.16)."""

Fault = dict[str, Any]


def body(most: int, types: tuple[str, ...] = JSON) -> Any:
    """Return the parsed JSON body. Raises Problem: 415 (media type), 413 (more than `most` bytes), 400 (not JSON)."""
    if request.mimetype not in types:
        faults = [fault("Content-Type", "Must be a media type that this URL accepts.", list(types))]
        raise Problem("unsupported-media-type", f"This URL accepts {', '.join(types)}.", faults)
    if request.mimetype_params.get("charset", "utf-8").lower() not in CHARSETS:
        faults = [fault("Content-Type", "The charset must be UTF-8.", [f"{types[0]}; charset=utf-8", types[0]])]
        raise Problem("unsupported-media-type", "The service accepts only UTF-8.", faults)
    codings = {coding.strip().lower() for coding in request.headers.get("Content-Encoding", "").split(",")}
    if not codings <= {"", "identity"}:
        faults = [fault("Content-Encoding", "Must be identity or absent.", ["identity"])]
        raise Problem("unsupported-media-type", "The service does not accept compressed bodies.", faults, UNCODED)
    request.max_content_length = most
    try:
        return decode(_sent())
    except ValueError as error:
        raise Problem("malformed-request", "The body cannot be read.", [wrong("body", str(error)[:500])]) from error


def _sent() -> bytes:
    content = request.get_data()
    request.stream.read(1)  # a chunked body is cut off at the limit; this read raises if there is more
    return content


def checked(schema: Schema, given: Any, known: Any = ()) -> tuple[dict[str, Any], list[Fault]]:
    """Return (valid members, faults of the others); `known` are the members that the service derives."""
    try:
        return schema.load(given), []
    except ValidationError as error:
        found = error.valid_data if isinstance(error.valid_data, dict) else {}
        valid = {name: value for name, value in found.items() if name not in error.messages_dict}
        return valid, list(islice(faults(error.messages, schema, known), FAULTS_MOST + 1))


def faults(messages: Any, schema: Schema, known: Any = ()) -> Iterator[Fault]:
    """Convert marshmallow messages to faults with dotted fields."""
    for path, text in _flat(messages, ()):
        detail, takes = text, _allowed(schema, path)
        if text == "Unknown field.":
            derived = len(path) == 1 and path[0] in known
            detail = "Is derived by the service. Leave it out." if derived else "Is not a known member."
        yield wrong(".".join(map(str, path)) or "body", detail, takes)


def refused(found: list[Fault]) -> Problem:
    """Return the problem (422) for the faults of a body. After FAULTS_MOST, the last entry says that there are more."""
    names = listed(entry["field"] for entry in found[:FAULTS_MOST])
    if len(found) > FAULTS_MOST:
        found = [
            *found[:FAULTS_MOST],
            wrong("body", f"There are more faults. Only the first {FAULTS_MOST} are listed."),
        ]
    return Problem("invalid-body", f"Not valid: {names}.", found)


def _flat(messages: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(messages, dict):
        for name, below in messages.items():
            yield from _flat(below, path if name == "_schema" else (*path, name))
    else:
        for message in messages:
            yield path, str(message)


def _allowed(schema: Schema | None, path: tuple[Any, ...]) -> list[str]:
    """List what the field at a path accepts; for an unknown member, the known members."""
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
