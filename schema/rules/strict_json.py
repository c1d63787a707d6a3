"""Parse JSON strictly: UTF-8, unique member names, no NaN, exact decimals."""

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any


def decode(content: bytes) -> Any:
    """Parse a JSON text; numbers with a fraction or exponent become Decimal. Raises ValueError with what is wrong."""
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_refuse,
            object_pairs_hook=_unique,
        )
    except RecursionError as error:
        raise ValueError("Is not valid JSON in UTF-8: it is nested too deeply.") from error
    except ValueError as error:
        raise ValueError(f"Is not valid JSON in UTF-8: {error}.") from error


def _integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:  # Python reads no more than 4,300 digits
        raise ValueError(f"the number {digits[:30]}… is too long") from error


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation as error:
        raise ValueError(f"the number {digits[:30]} is out of range") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"the member {twice!a} occurs twice in one object")
    return members
