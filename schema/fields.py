"""Field types of the contract. Each declares its bounds once, for validation and for the documentation."""

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
"""Numbers have at most 15 significant digits, so that a binary float prints the same digits as the plan."""
DIGITS = 15
DECIMALS = 9
FAULTS_MOST = 1000
"""Maximum number of faults reported for one body; validation stops after that."""
BIDI = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
"""Bidirectional controls: they make text display in another order than it is stored."""
NO_CHARACTERS = frozenset(
    map(
        chr,
        (*range(0xFDD0, 0xFDF0), *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))),
    )
)
"""Unicode noncharacters."""
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a symbol that display as nothing: Hangul fillers, the blank Braille pattern."""
UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})
"""Unicode categories of characters that are invisible on their own."""


class Text(fields.String):
    """Validate text and normalise it to NFC: one line, or several if `lines` is true.

    Lengths are in Unicode code points. Text must contain a visible character, no control characters (with `lines`, line
    feed and tab are allowed) and no white space at either end.
    """

    def __init__(
        self, length: int, *, least: int = 1, lines: bool = False, pattern: str | None = None, **kwargs: Any
    ) -> None:
        checks: list[Any] = [validate.Length(least, length)]
        if pattern:
            checks.append(validate.Regexp(pattern, error="Must match {regex}."))
        super().__init__(validate=checks, **kwargs)
        self.lines = lines

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = unicodedata.normalize("NFC", super()._deserialize(value, attr, data, **kwargs))
        return _printable(text, "\n\t" if self.lines else "")


class Url(fields.Url):
    """Validate a URL: one line of text, without control characters."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        return _printable(super()._deserialize(value, attr, data, **kwargs))


def _printable(text: str, allowed: str = "") -> str:
    """Return the text. Raises ValidationError for controls, noncharacters, invisible text or white space at an end."""
    for character in "" if text.isprintable() else text:
        sort = unicodedata.category(character)
        if sort == "Cs":
            raise ValidationError("Must not contain half of a surrogate pair.")
        if (sort == "Cc" and character not in allowed) or character in BIDI:
            raise ValidationError("Must not contain control characters.")
        if character in NO_CHARACTERS:
            raise ValidationError("Must not contain Unicode noncharacters.")
    if text != text.strip():
        raise ValidationError("Must not start or end with white space.")
    if text and all(c in BLANK or unicodedata.category(c) in UNSEEN for c in text):
        raise ValidationError("Must contain a visible character.")
    return text


class Items(fields.List[Any]):
    """Validate a list. To bound the work, check its length first and stop after FAULTS_MOST faulty items."""

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
    """Raise ValidationError if a list contains a value twice."""
    if len(set(values)) < len(values):
        raise ValidationError("Must not contain a value twice.")


class Flag(fields.Boolean):
    """Validate a JSON boolean; strings and numbers are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise ValidationError("Must be true or false.")
        return value


class Number(fields.Field[int | float]):
    """Validate a JSON number with at most 15 significant digits and 9 decimals; strings and booleans are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | float:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValidationError("Must be a number.")
        return exact(Decimal(str(value)))


def exact(number: Decimal) -> int | float:
    """Convert a decimal to the int or float that prints the same digits. Raises ValidationError if none does."""
    if not number.is_finite() or not -LARGEST <= number <= LARGEST:
        raise ValidationError(f"Must be between -{LARGEST} and {LARGEST}.")
    _, digits, exponent = number.as_tuple()
    printed = "".join(map(str, digits)).rstrip("0")
    decimals = len(printed) - len(digits) - int(exponent)
    if len(printed) > DIGITS or (printed and decimals > DECIMALS):
        raise ValidationError(f"Must have at most {DIGITS} significant digits and {DECIMALS} decimals.")
    return int(number) if number == number.to_integral_value() else float(number)


def coded(terms: Sequence[Term], **kwargs: Any) -> fields.String:
    """Declare a field for one code of a vocabulary."""
    return fields.String(validate=validate.OneOf(codes(tuple(terms)), error="Must be one of: {choices}."), **kwargs)


def identifier(**kwargs: Any) -> Text:
    """Declare a field for the id of any resource."""
    return Text(ID_LENGTH, pattern=ID_PATTERN, **kwargs)


def plan_identifier(**kwargs: Any) -> Text:
    """Declare a field for the id of a plan."""
    return Text(PLAN_ID_LENGTH, pattern=PLAN_ID_PATTERN, **kwargs)


class Date(fields.Date):
    """Validate a calendar date, YYYY-MM-DD (ISO 8601). It is stored as the same text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(DATE_PATTERN, value):
            raise ValidationError("Must be a date in the form YYYY-MM-DD.")
        return super()._deserialize(value, attr, data, **kwargs).isoformat()


class Timestamp(fields.AwareDateTime):
    """Validate an RFC 3339 date and time. Return it in UTC with microseconds, the form in which it is stored."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(TIMESTAMP_PATTERN, value):
            raise ValidationError("Must be a date and time such as 2021-06-30T08:00:00Z. In a URL, write + as %2B.")
        moment = super()._deserialize(value, attr, data, **kwargs)
        try:
            return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        except OverflowError as error:
            raise ValidationError("Must be in the years 1 to 9999 in UTC.") from error
