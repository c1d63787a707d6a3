"""Read a request strictly: every parameter known, given once, well formed and within bounds."""

import unicodedata
from typing import Any
from urllib.parse import unquote_plus

from flask import request
from marshmallow import Schema, ValidationError

from api.problems import Problem, fault
from schema.query import QUERY_BYTES, allowed


def parameters(schema: Schema) -> dict[str, Any]:
    """Return the checked query parameters.

    Raises Problem: 414 for a query longer than QUERY_BYTES, else 400 with every fault by parameter.
    """
    raw = request.query_string
    if not raw:
        given = {}
    elif len(raw) > QUERY_BYTES:
        raise Problem("uri-too-long", f"The query is {len(raw)} bytes long; {QUERY_BYTES} are read.")
    else:
        given = _decoded(raw, schema)
    try:
        values: dict[str, Any] = schema.load(given)
    except ValidationError as error:
        messages: dict[str, Any] = error.normalized_messages()
        faults = [fault(name, _words(found), _allowed(schema, name)) for name, found in messages.items()]
        raise Problem("invalid-parameter", f"Not valid: {', '.join(messages)}.", faults) from error
    return values


def _decoded(raw: bytes, schema: Schema) -> dict[str, str]:
    """Decode name=value pairs as UTF-8; refuse what is not, control characters, and a name that comes twice."""
    given: dict[str, str] = {}
    for pair in filter(None, raw.split(b"&")):
        quoted_name, _, quoted_value = pair.partition(b"=")
        name = unquote_plus(quoted_name.decode("utf-8", "replace"))[:100]
        try:
            name = unquote_plus(quoted_name.decode("utf-8"), errors="strict")
            value = unquote_plus(quoted_value.decode("utf-8"), errors="strict")
        except UnicodeDecodeError as error:
            raise Problem("invalid-parameter", "Not valid.", [fault(name, "Is not UTF-8.", [])]) from error
        if any(unicodedata.category(character) == "Cc" for character in name + value):
            faults = [fault(_printable(name), "Must not hold control characters.", [])]
            raise Problem("invalid-parameter", "Not valid.", faults)
        if name in given:
            faults = [fault(name, "Is given more than once; list values with commas.", _allowed(schema, name))]
            raise Problem("invalid-parameter", f"Not valid: {name}.", faults)
        given[name] = value
    return given


def _allowed(schema: Schema, name: str) -> list[str]:
    field = schema.fields.get(name)
    return sorted(schema.fields) if field is None else allowed(field)


def _words(messages: Any) -> str:
    """Join the messages of one parameter; those of a list's values come by index."""
    if isinstance(messages, dict):
        return " ".join(f"Value {index + 1}: {_words(found)}" for index, found in messages.items())
    return " ".join(map(str, messages)).replace("Unknown field.", "Is not a parameter of this URL.")


def _printable(name: str) -> str:
    return "".join(character for character in name if unicodedata.category(character) != "Cc")
