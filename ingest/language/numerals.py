"""Parse and print Chinese numerals exactly. Parsing reverses printing."""

import re
from decimal import Decimal

DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_SMALL = {"十": 10, "百": 100, "千": 1_000}
_LARGE = {"万": 10_000, "亿": 100_000_000}
LARGEST = 10**16
"""Upper limit, exclusive, of the numbers that can be parsed and printed."""

_PLAIN_DIGITS = re.compile(r"[零〇一二三四五六七八九]{3,}")
_WELL_FORMED = re.compile(
    r"(?!.*[十百千][十百千])(?!.*[一二两三四五六七八九]{2})(?!.*[零〇]{2})[零〇一二两三四五六七八九十百千万亿]+"
)


def _below_ten_thousand(text: str) -> int | None:
    total, digit, rank = 0, -1, 10_000
    for place, character in enumerate(text):
        if character in _SMALL:
            size = _SMALL[character]
            if size >= rank or (digit < 0 and place != 0):
                return None
            total += size * (1 if digit < 0 else digit)
            digit, rank = -1, size
        elif DIGITS[character] == 0:
            if digit >= 0:
                return None
            digit = -1
        else:
            digit = DIGITS[character]
    if digit >= 0:
        # 一百五 is said for 150, 一千二 for 1,200: a last digit right after its rank takes the next rank.
        spoken = len(text) > 1 and text[-2] in "百千" and text[-1] != "零"
        total += digit * (rank // 10 if spoken else 1)
    return total


def read(text: str) -> Decimal | None:
    """Parse a Chinese numeral (一千二百, 十五, 二〇三五, 三点五); None for any other text."""
    whole, _, fraction = text.partition("点")
    if fraction:
        value = read(whole)
        digits = "".join(str(DIGITS[character]) for character in fraction)
        return None if value is None else value + Decimal(f"0.{digits}")
    if text in DIGITS:
        return Decimal(DIGITS[text])
    if _PLAIN_DIGITS.fullmatch(text):
        return Decimal("".join(str(DIGITS[character]) for character in text))
    if not _WELL_FORMED.fullmatch(text):
        return None
    for name in ("亿", "万"):
        head, found, tail = text.rpartition(name)
        if not found:
            continue
        left, right = read(head), (Decimal(0) if not tail else read(tail.lstrip("零〇")))
        if (
            left is None
            or right is None
            or (name == "万" and left >= 10_000)
            or (name == "亿" and left >= 10**8)
            or right >= _LARGE[name]
        ):
            return None
        if len(tail) == 1:
            right *= _LARGE[name] // 10  # 三万五 is said for 35,000
        return left * _LARGE[name] + right
    small = _below_ten_thousand(text)
    return None if small is None else Decimal(small)


def _print_below_ten_thousand(number: int) -> str:
    text, gap = "", False
    for rank, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // rank % 10
        if digit:
            text += ("零" if gap and text else "") + "零一二三四五六七八九"[digit] + name
            gap = False
        else:
            gap = True
    return text


def write(number: int) -> str:
    """Print a whole number (0 or more, below `LARGEST`) as a Chinese numeral."""
    if number == 0:
        return "零"
    text, gap = "", False
    for size, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part = number // size if size == 10**8 else number // size % 10_000
        if not part:
            gap = bool(text)
            continue
        link = "零" if text and (gap or part < 1_000) else ""
        text += link + (write(part) if part >= 10_000 else _print_below_ten_thousand(part)) + name
        gap = False
    return text[1:] if text.startswith("一十") else text
