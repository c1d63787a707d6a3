"""Read JSON strictly: UTF-8, no member twice, no NaN, no digit of a number lost."""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any


def decode(content: bytes) -> Any:
    """Return what a JSON text says; fractions are Decimal. Raises ValueError that says what is wrong."""
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_refuse,
            object_pairs_hook=_unique,
        )
    except RecursionError as error:
        raise ValueError("Is not JSON in UTF-8: it is nested too deeply.") from error
    except ValueError as error:
        raise ValueError(f"Is not JSON in UTF-8: {error}.") from error


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:  # Python reads no more than 4,300 digits
        raise ValueError(f"{digits[:30]}… is beyond all bounds") from error


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise ValueError(f"{digits[:30]} is beyond all bounds") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"the member {twice!a} stands twice in one object")
    return members
