"""The field types of the contract: each says its bounds once, for loading and for the documentation alike."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate

from schema.vocabulary import Term, codes

ID_PATTERN = r"^[a-z0-9][a-z0-9.-]*$"
ID_LENGTH = 120
PLAN_ID_PATTERN = r"^[a-z0-9][a-z0-9-]*$"
PLAN_ID_LENGTH = 60
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
TIMESTAMP_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$"
LARGEST = 999_999_999_999_999
"""Numbers have at most 15 significant digits, so that a binary fraction gives back the digits of the plan."""
DIGITS = 15
DECIMALS = 9
FAULTS_MOST = 1000
"""How many faults of a body are named; what holds more is wrong throughout, and not looked at any further."""
BIDI = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Controls that make text read otherwise than it is stored."""
NO_CHARACTERS = frozenset(
    map(
        chr,
        (*range(0xFDD0, 0xFDF0), *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))),
    )
)
"""Code points that Unicode has promised never to give to a character."""
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol by their category, of which nothing is seen: Hangul fillers, Braille without a dot."""
UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})
"""Categories of characters that show nothing by themselves."""


class Text(fields.String):
    """Hold one line of text, or several where allowed: NFC, something to see, no control characters, no blank ends."""

    def __init__(self, length: int, *, lines: bool = False, pattern: str | None = None, **kwargs: Any) -> None:
        checks: list[Any] = [validate.Length(1, length)]
        if pattern:
            checks.append(validate.Regexp(pattern, error="Must match {regex}."))
        super().__init__(validate=checks, **kwargs)
        self.lines = lines

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs))
        return _printable(text, "\n\t" if self.lines else "")


class Url(fields.Url):
    """Hold a web address, as one line of text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return _printable(super()._deserialize(value, attr, data, **kwargs))


def _printable(text: str, allowed: str = "") -> str:
    """Return a text; refuse what no reader can see, what turns its direction, what no UTF-8 has, and blank ends."""
    for character in "" if text.isprintable() else text:
        sort = unicodedata.category(character)
        if sort == "Cs":
            raise ValidationError("Must not hold half of a surrogate pair.")
        if (sort == "Cc" and character not in allowed) or character in BIDI:
            raise ValidationError("Must not hold control characters.")
        if character in NO_CHARACTERS:
            raise ValidationError("Must not hold a code point that is no character.")
    if text != text.strip():
        raise ValidationError("Must not begin or end with white space.")
    if text and all(c in BLANK or unicodedata.category(c) in UNSEEN for c in text):
        raise ValidationError("Must hold something that can be seen.")
    return text


class Items(fields.List[Any]):
    """Hold a list: its length is looked at first, and nothing after FAULTS_MOST faulty items, which bounds the work."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:  # noqa: ARG002
        if not isinstance(value, list):
            raise self.make_error("invalid")
        for check in self.validators:
            if isinstance(check, validate.Length):
                check(value)
        right: list[Any] = []
        faults: dict[int, Any] = {}
        for index, item in enumerate(value):
            try:
                right.append(self.inner.deserialize(item, **kwargs))
            except ValidationError as error:
                faults[index] = error.messages
                if len(faults) > FAULTS_MOST:
                    break
        if faults:
            raise ValidationError(faults, valid_data=right)
        return right


def distinct(values: list[Any]) -> None:
    """Refuse a list that holds a value twice."""
    if len(set(values)) < len(values):
        raise ValidationError("Must not name one twice.")


class Flag(fields.Boolean):
    """Hold true or false; no string, no number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class Number(fields.Field[int | float]):
    """Hold a number as a plan prints it: at most 15 significant digits and 9 decimals; no string, no boolean."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | float:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValidationError("Must be a number.")
        return exact(Decimal(str(value)))


def exact(number: Decimal) -> int | float:
    """Turn a decimal into the integer or the binary fraction that prints as it; refuse one that none prints."""
    if not number.is_finite() or not -LARGEST <= number <= LARGEST:
        raise ValidationError(f"Must be between -{LARGEST} and {LARGEST}.")
    _, digits, exponent = number.as_tuple()
    printed = "".join(map(str, digits)).rstrip("0")
    decimals = len(printed) - len(digits) - int(exponent)
    if len(printed) > DIGITS or (printed and decimals > DECIMALS):
        raise ValidationError(f"Must have at most {DIGITS} significant digits and {DECIMALS} decimals.")
    return int(number) if number == number.to_integral_value() else float(number)


def coded(terms: Sequence[Term], **kwargs: Any) -> fields.String:
    """Hold one code of a vocabulary."""
    return fields.String(validate=validate.OneOf(codes(tuple(terms)), error="Must be one of: {choices}."), **kwargs)


def identifier(**kwargs: Any) -> Text:
    """Hold the id of any resource."""
    return Text(ID_LENGTH, pattern=ID_PATTERN, **kwargs)


def plan_identifier(**kwargs: Any) -> Text:
    """Hold the id of a plan."""
    return Text(PLAN_ID_LENGTH, pattern=PLAN_ID_PATTERN, **kwargs)


class Date(fields.Date):
    """Hold a calendar date as ISO 8601 text, YYYY-MM-DD, which is also how it is stored."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(DATE_PATTERN, value):
            raise ValidationError("Must be a date, YYYY-MM-DD.")
        return super()._deserialize(value, attr, data, **kwargs).isoformat()


class Timestamp(fields.AwareDateTime):
    """Hold a moment as RFC 3339 text in UTC with microseconds, which is also how it is stored."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(TIMESTAMP_PATTERN, value):
            raise ValidationError("Must be a moment such as 2021-06-30T08:00:00Z (in a URL, a + is sent as %2B).")
        moment = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        except OverflowError as error:
            raise ValidationError("Must be within the years 1 to 9999 in UTC.") from error
