"""The field types: what each takes, and what it says of what it does not."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, fields

from schema.fields import Date, Number, Text, Timestamp, Url, coded, exact, identifier, plan_identifier
from schema.observation import period_end
from schema.vocabulary import LEVELS


def refusal(field: fields.Field[Any], value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    return " ".join(caught.value.messages)


# Numbers

DECIMALS = st.tuples(st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 9)).map(
    lambda drawn: Decimal(drawn[0]).scaleb(-drawn[1])
)


@given(DECIMALS)
def test_a_number_prints_the_digits_that_were_given(number: Decimal) -> None:
    kept = exact(number)
    assert Decimal(repr(kept)) == number
    assert isinstance(kept, int) == (number == int(number))


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("2.94", 2.94),
        ("2.940", 2.94),
        ("78.0", 78),
        ("-0.0", 0),
        ("0e-30", 0),
        ("1e3", 1000),
        ("0.000000001", 1e-9),
        ("999999999999999", 999_999_999_999_999),
        ("-999999.999999999", -999_999.999999999),
    ],
)
def test_a_number_is_kept_as_the_integer_or_fraction_that_prints_it(given_: str, kept: float) -> None:
    assert exact(Decimal(given_)) == kept
    assert type(exact(Decimal(given_))) is type(kept)


@pytest.mark.parametrize(
    "given_", ["1000000000000000", "-1000000000000000", "1e999", "1e999999999", "NaN", "Infinity", "-Infinity"]
)
def test_a_number_beyond_fifteen_digits_is_refused(given_: str) -> None:
    with pytest.raises(ValidationError, match="Must be between -999999999999999 and 999999999999999"):
        exact(Decimal(given_))


@pytest.mark.parametrize(
    "given_",
    [
        "0.0000000001",
        "1e-999999999",
        "123456789012345.1",
        "1.00000000000000000000000000000001",
        "999999999999998.00000000000000000000001",
        "0.1000000000000000055511151231257827",
    ],
)
def test_a_number_that_no_binary_fraction_prints_is_refused_and_never_rounded(given_: str) -> None:
    with pytest.raises(ValidationError, match="at most 15 significant digits and 9 decimals"):
        exact(Decimal(given_))


@pytest.mark.parametrize("value", [True, False, "78", "", [], {}, b"1"])
def test_only_a_json_number_is_a_number(value: Any) -> None:
    assert refusal(Number(), value) == "Must be a number."


@pytest.mark.parametrize(("value", "kept"), [(5, 5), (5.5, 5.5), (Decimal("5.50"), 5.5), (5.0, 5)])
def test_a_number_may_come_as_any_json_number(value: Any, kept: float) -> None:
    assert Number().deserialize(value) == kept


# Text


@pytest.mark.parametrize("text", ["a", "全区", "a b", "(1)—“”", "\U00020bb7", "x" * 20])
def test_text_is_kept(text: str) -> None:
    assert Text(20).deserialize(text) == text


def test_text_is_composed() -> None:
    assert Text(20).deserialize("cafe\u0301") == "caf\u00e9"


@pytest.mark.parametrize("text", ["a\x00b", "a\nb", "a\tb", "\x1b[2J", "a\x7f", "a\x85b", "a\u202eb", "a\u2066b"])
def test_text_with_control_characters_is_refused(text: str) -> None:
    assert refusal(Text(20), text) == "Must not contain control characters."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\ud800", "Must not contain half of a surrogate pair."),
        ("a\udfff", "Must not contain half of a surrogate pair."),
        ("\uffff", "Must not contain Unicode noncharacters."),
        ("a\ufdd0", "Must not contain Unicode noncharacters."),
        ("a\U0010fffe", "Must not contain Unicode noncharacters."),
        ("\u200b", "Must contain a visible character."),
        ("\u200d\ufeff", "Must contain a visible character."),
        ("\u3164", "Must contain a visible character."),
        ("\u0301", "Must contain a visible character."),
    ],
)
def test_text_that_no_reader_can_see_is_refused(text: str, why: str) -> None:
    assert refusal(Text(20), text) == why


@pytest.mark.parametrize("text", ["a\u200bb", "👩\u200d🔬", "葛\U000e0100城", "\ue000", "。"])
def test_text_with_something_to_see_may_hold_what_is_not_seen(text: str) -> None:
    assert Text(20).deserialize(text) == text


@pytest.mark.parametrize("text", [" a", "a ", "\u3000a", "a\u00a0", " "])
def test_text_with_blank_ends_is_refused(text: str) -> None:
    assert refusal(Text(20), text) == "Must not start or end with white space."


@pytest.mark.parametrize("text", ["", "x" * 21])
def test_text_of_another_length_is_refused(text: str) -> None:
    assert refusal(Text(20), text) == "Length must be between 1 and 20."


@pytest.mark.parametrize("value", [5, True, ["a"], {"a": 1}])
def test_only_a_string_is_text(value: Any) -> None:
    assert refusal(Text(20), value) == "Not a valid string."


def test_text_of_several_lines_may_hold_line_breaks_and_tabs() -> None:
    assert Text(20, lines=True).deserialize("a\n\tb") == "a\n\tb"


def test_text_of_several_lines_holds_no_other_control_character() -> None:
    assert refusal(Text(20, lines=True), "a\rb") == "Must not contain control characters."


@pytest.mark.parametrize("text", ["a", "a.1-b", "0", "hunnan-2021.2.2.m01"])
def test_an_identifier_is_a_slug(text: str) -> None:
    assert identifier().deserialize(text) == text


@pytest.mark.parametrize("text", ["A", "a_b", "-a", ".a", "a/b", "a b", "浑南", "ａ", "٣"])
def test_what_is_no_slug_is_refused(text: str) -> None:
    assert refusal(identifier(), text).startswith("Must match ^[a-z0-9]")


def test_the_id_of_a_plan_has_no_dots() -> None:
    assert refusal(plan_identifier(), "a.b").startswith("Must match ^[a-z0-9]")


def test_a_code_is_one_of_its_vocabulary() -> None:
    assert refusal(coded(LEVELS), "shire") == "Must be one of: national, province, city, district, county, township."


# Addresses


@pytest.mark.parametrize("text", ["https://example.org/a?b=c#d", "http://localhost.example:8000/路径"])
def test_an_address_is_kept(text: str) -> None:
    assert Url().deserialize(text) == text


@pytest.mark.parametrize("text", ["https://example.org/\x01", "https://example.org/\ud800", "https://example.org/a\n"])
def test_an_address_with_control_characters_is_refused(text: str) -> None:
    whys = {"Must not contain control characters.", "Must not contain half of a surrogate pair.", "Not a valid URL."}
    assert refusal(Url(), text) in whys


@pytest.mark.parametrize("value", ["example.org", "javascript:alert(1)", "", 5])
def test_what_is_no_address_is_refused(value: Any) -> None:
    assert "Not a valid" in refusal(Url(schemes={"http", "https"}), value)


# Dates and moments


@pytest.mark.parametrize("text", ["2021-12-31", "2024-02-29", "0001-01-01", "9999-12-31"])
def test_a_date_is_kept_as_text(text: str) -> None:
    assert Date().deserialize(text) == text


@pytest.mark.parametrize(
    "value",
    ["2021-W01-1", "20211231", "2021-1-1", "2021-12-31\n", " 021-12-31", "٢٠٢١-12-31", 20211231, None, "2021-12-31T00"],
)
def test_only_one_form_of_a_date_is_taken(value: Any) -> None:
    assert refusal(Date(), value) in {"Must be a date in the form YYYY-MM-DD.", "Field may not be null."}


@pytest.mark.parametrize("text", ["2021-02-29", "2021-13-01", "2021-00-10", "0000-01-01", "2021-06-31"])
def test_a_day_that_is_not_in_the_calendar_is_refused(text: str) -> None:
    assert refusal(Date(), text) == "Not a valid date."


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2021-06-30T08:00:00Z", "2021-06-30T08:00:00.000000Z"),
        ("2021-06-30T08:00:00+08:00", "2021-06-30T00:00:00.000000Z"),
        ("2021-06-30T08:00:00.5-01:30", "2021-06-30T09:30:00.500000Z"),
        ("2021-06-30T08:00:00.123456Z", "2021-06-30T08:00:00.123456Z"),
    ],
)
def test_a_moment_is_kept_in_utc_with_microseconds(text: str, kept: str) -> None:
    assert Timestamp().deserialize(text) == kept


@pytest.mark.parametrize(
    "value",
    [
        "2021-06-30",
        "2021-06-30T08:00:00",
        "2021-06-30T08:00Z",
        "20210630T080000Z",
        "2021-W26-3T08:00:00Z",
        "2021-06-30 08:00:00Z",
        "2021-06-30T08:00:00 08:00",
        "٢٠٢١-06-30T08:00:00Z",
        5,
    ],
)
def test_only_one_form_of_a_moment_is_taken(value: Any) -> None:
    assert refusal(Timestamp(), value).startswith("Must be a date and time such as 2021-06-30T08:00:00Z")


@pytest.mark.parametrize("text", ["2021-02-30T08:00:00Z", "2021-06-30T25:00:00Z", "2021-06-30T08:00:00+25:00"])
def test_a_moment_that_never_was_is_refused(text: str) -> None:
    assert "Not a valid" in refusal(Timestamp(), text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"])
def test_a_moment_outside_the_calendar_in_utc_is_refused(text: str) -> None:
    assert refusal(Timestamp(), text) == "Must be in the years 1 to 9999 in UTC."


# Time periods


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2021", "2021-12-31"),
        ("2021-S1", "2021-06-30"),
        ("2021-S2", "2021-12-31"),
        ("2021-Q1", "2021-03-31"),
        ("2021-Q2", "2021-06-30"),
        ("2021-Q3", "2021-09-30"),
        ("2021-Q4", "2021-12-31"),
        ("2021-01", "2021-01-31"),
        ("2021-02", "2021-02-28"),
        ("2024-02", "2024-02-29"),
        ("2021-12", "2021-12-31"),
        ("0001", "0001-12-31"),
    ],
)
def test_a_time_period_ends_on_its_last_day(period: str, end: str) -> None:
    assert period_end(period) == end


@pytest.mark.parametrize("period", ["0000", "21", "2021-", "2021-Q", "2021-6", "x", ""])
def test_what_is_no_time_period_has_no_end(period: str) -> None:
    with pytest.raises(ValidationError, match="Must be a year, half-year, quarter or month"):
        period_end(period)
