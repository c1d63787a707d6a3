from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.language import numerals


@given(st.integers(0, numerals.LARGEST - 1) | st.integers(0, 20_000))
def test_a_printed_number_reads_as_itself(number: int) -> None:
    assert numerals.read(numerals.write(number)) == number


@given(st.integers(0, 99_999), st.integers(1, 999))
def test_a_printed_fraction_reads_as_itself(whole: int, thousandths: int) -> None:
    digits = f"{thousandths:03}"
    spoken = numerals.write(whole) + "点" + "".join("零一二三四五六七八九"[int(digit)] for digit in digits)
    assert numerals.read(spoken) == Decimal(f"{whole}.{digits}")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("两", 2), ("十五", 15), ("一百五", 150), ("一千二", 1200), ("三万五", 35_000), ("一百零五", 105), ("两万亿", 2 * 10**12),
        ("一亿零三百", 100_000_300), ("二〇三五", 2035), ("二零二一", 2021), ("百", 100), ("一千二百万", 12_000_000), ("〇", 0),
    ],
)  # fmt: skip
def test_spoken_forms_are_read(text: str, number: int) -> None:
    assert numerals.read(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "十百",
        "三四",
        "一一十",
        "百十千",
        "二千三千",
        "万",
        "三亿四亿五",
        "一亿亿",
        "五零",
        "一万万",
        "五一百",
        "二零十",
        "一〇十",
    ],
)
def test_what_is_no_numeral_is_refused(text: str) -> None:
    assert numerals.read(text) is None


def test_a_fraction_of_no_numeral_is_refused() -> None:
    assert numerals.read("十百点五") is None
