"""Find every number of a paragraph, with value, unit, comparator and form."""

import re
from decimal import Decimal
from typing import NamedTuple

from ingest.language.grammar import Read, number, widen
from schema.vocabulary import MULTIPLIERS

_YEAR = r"(?:19|20|21)\d{2}|[一二]九[〇零一二三四五六七八九]{2}|二[〇零][〇零一二三四五六七八九]{2}"
_DATE = re.compile(
    rf"(?:{_YEAR})(?:(?:年)?(?:—{{1,2}}|-|～|至|到)(?:{_YEAR}|\d{{2}}(?=年)))?(?:(?:年|学年|年度)(?:\d{{1,2}}月)?(?:\d{{1,2}}日)?|(?=[版届]))|"
    rf"(?:{_YEAR})[-./]\d{{1,2}}[-./]\d{{1,2}}|"
    r"\d{1,2}月(?:\d{1,2}日)?(?:(?:—{1,2}|-|～|至|到)(?:\d{1,2}月)?(?:\d{1,2}日)?)?|(?<![至到在过于达])\d{1,2}日(?!内|以内|之内|游|均|办|/)|"
    r"\d{1,2}(?:—{1,2}|-|～|至|到)\d{1,2}月(?!个)|[一二三四1-4]季度|[一二三四1-4](?:—{1,2}|-|～|至)[一二三四1-4]季度|\d{1,2}[:：]\d{2}(?!\d)|[十一二三四五六七八九]{1,2}月(?:底|末|份|前|初|[一二三四五六七八九十]{1,3}日)|\d{2}年代"
)
_PREFIX = re.compile(
    r"(?P<ge>不(?:得)?(?:低于|少于|小于|短于)|至少|最低|不下|达到或超过|下限)|(?P<le>不(?:得|再)?(?:超过|高于|大于|多于|长于|突破|超出|超)|最多|最高|至多|上限)|"
    r"(?P<gt>超过|突破|超|高于|大于|多于|逾|跨越|迈上|过)|(?P<lt>低于|少于|小于|不足|不到|不满)|(?P<approx>大约|大致|约为|约|近|接近|将近)"
)
_ANY_PREFIX = re.compile(f"(?:{_PREFIX.pattern})(?:了|至|到|为|在|达|达到)?$")
_BRIDGE = re.compile(r"(?:分别|各|均|都|总计|共计|合计|达到|达|到|在|为|至|[+＋]|[:：])+$")
_SUFFIX = re.compile(
    r"(?P<ge>(?:及|或|和)?(?:其)?以上|之上|以上)|(?P<le>(?:及|或)?以[内下]|之[内下]|内(?=[，。；、）]|$))|(?P<approx>左右|上下|前后)"
)
_BEGINNINGS = frozenset("零〇一二两三四五六七八九十百千半翻过大近")
_NUMERALS = frozenset("零〇一二两三四五六七八九十百千万亿")
_LATIN = re.compile(r"[A-Za-z0-9.+＋/_·#&-]")
_LIST_LINK = re.compile(r"(?:、|和|与|及|以及)")
_WORDS = re.compile(r"[2-6]G(?![A-Za-z])|[0-9.]+A级|[1-9]+\+[1-9N]|[0-9]+[Xx×*][0-9]+")


class Quantity(NamedTuple):
    """One number. `start`, `end` are the offsets of its digits in the paragraph; `left`, `right` include comparator, unit and bound.

    `form` is `quantity`, `date`, or `label` (no unit, or figures of a word); `group` is the number of the list it belongs to, or -1.
    """

    start: int
    end: int
    left: int
    right: int
    value: Decimal
    upper: Decimal | None
    unit: str
    comparator: str
    form: str
    script: str
    group: int = -1


def _prefixed(text: str, start: int, floor: int) -> tuple[str | None, int]:
    """Find the comparator before a number and its start; words such as 分别 and 达到 may come between."""
    before = text[floor:start]
    bare = _BRIDGE.sub("", before)
    for stem in (before, bare):
        if found := _ANY_PREFIX.search(stem):
            code = next(name for name, value in found.groupdict().items() if value)
            if code == "gt" and found.group().startswith("过") and stem[: found.start()][-1:] in "通经不":
                continue
            return code, floor + found.start()
    return None, start


def _label(text: str, read: Read) -> bool:
    """Return whether digits are part of a word: 5G, PM2.5, 12345热线, “1310”, 6+6+3."""
    before, after = text[read.start - 1 : read.start], text[read.right : read.right + 1]
    if before == "每":
        return True
    if read.script != "arabic":
        return False
    if _WORDS.match(text, read.start):
        return True
    if before == ":" or (text[read.start - 2 : read.start - 1].isdigit() and before == "："):
        return True
    if before and _LATIN.match(before) and not (before in "/." and text[read.start - 2 : read.start - 1] == ""):
        return True
    return read.unit == "" and bool(after) and bool(_LATIN.match(after))


def find(text: str, start: int = 0) -> list[Quantity]:
    """List every number of a folded paragraph, in order. Every number of a list gets the unit or bound that the list shares.

    Numbers before `start` (a heading, the number of a list item) are left out.
    """
    result: list[Quantity] = []
    at = floor = start
    while at < len(text):
        if not (text[at].isdigit() or text[at] in _BEGINNINGS):
            at += 1
            continue
        found = _date(text, at) or _quantity(text, at, floor)
        if found is not None:
            result.append(found)
            at = floor = max(found.right, found.end)
            continue
        at += 1
        while text[at - 1] in _NUMERALS and at < len(text) and text[at] in _NUMERALS:
            at += 1
    return _share(text, result)


def _date(text: str, at: int) -> Quantity | None:
    """Parse a date, year, quarter or half-year (上半年) that starts at an offset."""
    if text[at] == "半" and at and text[at - 1] in "上下" and text[at + 1 : at + 2] == "年":
        return Quantity(at - 1, at + 2, at - 1, at + 2, Decimal(0), None, "", "eq", "date", "chinese")
    before = text[at - 1 : at]
    if before.isascii() and (before.isalnum() or (before in set(".+-/") and text[at - 2 : at - 1].isalnum())):
        return None
    found = _DATE.match(text, at)
    return found and Quantity(at, found.end(), at, found.end(), Decimal(0), None, "", "eq", "date", "arabic")


def _quantity(text: str, at: int, floor: int) -> Quantity | None:
    """Parse the number at an offset, with the comparator before it (not before `floor`) and the bound after it."""
    read = number(text, at)
    if read is None:
        return None
    read = widen(text, read)
    comparator, left = _prefixed(text, read.start, floor)
    comparator, right = _bounded(text, read, comparator)
    if comparator is None and read.unit in {"位", "名"} and text[read.start - 1 : read.start] == "前":
        comparator = "le"
    if comparator is None and read.more:
        comparator = "gt"
    comparator = "between" if read.upper is not None else comparator or read.implied or "eq"
    form = "label" if _label(text, read) else "quantity"
    return Quantity(read.start, read.end, left, right, read.value, read.upper, read.unit, comparator, form, read.script)


def _bounded(text: str, read: Read, comparator: str | None) -> tuple[str | None, int]:
    """Parse the bound after a number (以上, 左右): return its comparator and its end."""
    suffix = _SUFFIX.match(text, read.right)
    if suffix is None:
        return comparator, read.right
    code = next(name for name, value in suffix.groupdict().items() if value)
    if code == "le" and comparator in {"ge", "gt"}:
        return comparator, read.right
    # 超过80家以上 says 80 or more; 约5%以内 stays a ceiling.
    return (code if comparator in {None, "approx"} else comparator), suffix.end()


def _share(text: str, found: list[Quantity]) -> list[Quantity]:
    """Give every number of a list (6%、5%和7%左右) the unit and the bound at its end."""
    result = list(found)
    group = 0
    at = 0
    while at < len(result):
        last = at
        while last + 1 < len(result) and _linked(text, result[last], result[last + 1]):
            last += 1
        if last > at:
            group += 1
            members = result[at : last + 1]
            unit, bound = members[-1].unit, members[-1].comparator
            for place, item in enumerate(members):
                own = unit if item.unit in {"", *(MULTIPLIERS if unit.startswith(item.unit) else ())} else item.unit
                comparator = item.comparator
                if (
                    comparator == "eq"
                    and members[-1].right > members[-1].end + len(members[-1].unit)
                    and bound not in {"between"}
                ):
                    comparator = bound
                elif comparator == "eq" and members[0].left < members[0].start and members[0].comparator != "between":
                    comparator = members[0].comparator
                result[at + place] = item._replace(unit=own, comparator=comparator, group=group)
        at = last + 1
    return result


def _linked(text: str, one: Quantity, other: Quantity) -> bool:
    if one.form != "quantity" or other.form != "quantity":
        return False
    between = text[one.right : other.start]
    if not _LIST_LINK.fullmatch(between):
        return False
    apart = "分别" in re.split("[，。；]", text[max(0, one.start - 80) : one.start])[-1]
    return apart or one.unit in {"", other.unit} or (one.unit in MULTIPLIERS and other.unit.startswith(one.unit))
