"""Find the deadline of an indicator, and whether the text states it."""

import calendar
import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from ingest.language.numerals import DIGITS
from ingest.language.numerals import read as read_numeral
from ingest.layout.meta import five_year_plan, year_of

_YEAR = r"(?P<year>20\d\d|二[〇零][〇零一二三四五六七八九]{2})年"
_NOT_BASE = r"(?<![比较与由从自的])(?<!相比)"
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_HOLIDAYS = {
    "五一": (4, 30),
    "七一": (6, 30),
    "八一": (7, 31),
    "十一": (9, 30),
    "国庆": (9, 30),
    "春节": (1, 31),
    "中秋": (8, 31),
    "元旦": (12, 31),
    "六一": (5, 31),
}
_PATTERNS = (
    ("day", re.compile(rf"(?:{_YEAR})?(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})日(?:之?前|以前)")),
    ("holiday", re.compile(r"“?(?P<holiday>五一|七一|八一|十一|六一|国庆|春节|中秋|元旦)”?节?(?:之)?前")),
    ("half", re.compile(rf"(?:{_YEAR})?(?P<half>上|下)半年(?:前|内|底|末)?")),
    ("quarter", re.compile(rf"(?:{_YEAR})?第?(?P<quarter>[一二三四1-4])季度(?:末|底)?(?:之?前)?")),
    ("month", re.compile(rf"(?:{_YEAR})?(?:(?P<month>1[0-2]|[1-9])|(?P<cn>十[一二]?|[一二三四五六七八九]))月(?:底|末|份|中旬|下旬)?(?:之?前|以前|完成|建成|投用|开工|竣工|开放)")),
    ("range", re.compile(r"20\d\d年?(?:—{1,2}|-|～|至|到)(?P<year>20\d\d)年")),
    ("year", re.compile(rf"{_NOT_BASE}{_YEAR}(?:年?[底末]|[，,]|[以之]?前|内|时|[^的\d]|$)")),
    ("year", re.compile(rf"到{_YEAR}的")),
    ("five", re.compile(r"(?:到|至)?“?十(?P<five>[一二三四五六七八九])五”?(?:期?末|时期|期间|规划期)")),
    ("within", re.compile(r"全年|年内|今年|(?<!\d)年[底末]前?|本年度|当年|新的一年|每年")),
    ("next_five", re.compile(r"(?:今后|未来|接下来的?)五年|五年(?:内|累计|左右|时间)|(?<!过去)(?<!这)(?<!的)(?<!个)五年(?:年均|新增|累计|建设|完成|再)")),
    ("next_three", re.compile(r"(?:今后|未来)三年|(?:用)?三年(?:内|时间|左右)")),
)  # fmt: skip
"""Patterns for dates in text, from the most exact. A pattern without a year uses the year that another one finds."""


class Due(NamedTuple):
    """A due date with its precision (`day`, `month`, `quarter`, `half`, `year`) and basis (`stated`, `inherited`)."""

    on: date
    precision: str
    basis: str


def _end_of_month(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _read(kind: str, found: re.Match[str], period: tuple[date, date]) -> tuple[date, str] | None:
    groups = found.groupdict()
    year = (
        year_of(groups["year"])
        if groups.get("year")
        else period[1].year
        if period[0].year == period[1].year
        else period[0].year
    )
    if kind == "day":
        try:
            return date(year, int(groups["month"]), int(groups["day"])), "day"
        except ValueError:
            return None
    if kind == "holiday":
        month, day = _HOLIDAYS[groups["holiday"]]
        return date(year - (groups["holiday"] == "元旦"), month, day), "day"
    if kind == "half":
        return (date(year, 6, 30) if groups["half"] == "上" else date(year, 12, 31)), "half"
    if kind == "quarter":
        return _end_of_month(year, 3 * _QUARTERS[groups["quarter"]]), "quarter"
    if kind == "month":
        month = int(groups["month"] or str(read_numeral(groups["cn"])))
        return _end_of_month(year, month), "month"
    if kind in {"year", "range"}:
        return date(year, 12, 31), "year"
    if kind == "five":
        return five_year_plan(10 + DIGITS[groups["five"]])[1], "year"
    if kind == "within":
        return period[1], "year"
    years = 4 if kind == "next_five" else 2
    return date(period[0].year + years, 12, 31) if period[0].year == period[1].year else period[1], "year"


@lru_cache(maxsize=4096)
def stated(
    clause: str, period: tuple[date, date], patterns: tuple[tuple[str, re.Pattern[str]], ...] = _PATTERNS
) -> tuple[date, str] | None:
    """Return the due date in a clause; None if it has none, or one before the plan's period."""
    for kind, pattern in patterns:
        for found in pattern.finditer(clause):
            due = _read(kind, found, period)
            if due is not None and due[0] >= period[0]:
                return due
    return None


_GOVERNING = re.compile(
    r"(?:到|在|力争|确保)?(?:20\d\d年)?(?:\d{1,2}月(?:\d{1,2}日)?[底末份]?(?:之?前|以前)|[一二三四上下][季半][度年](?:[末底])?(?:之?前)?|“.{2}”前)\D*"
)
_GOALS = re.compile(r"目标|指标|纲要|规划")
_FIVE = tuple((kind, pattern) for kind, pattern in _PATTERNS if kind == "five")
_LONG_RUN = re.compile(r"年均|纲要|规划")


def find(clauses: Sequence[str], opening: str, titles: Sequence[str], period: tuple[date, date]) -> Due:
    """Find the due date of a number: in its sentence, the first sentence of its paragraph, its headings, or the period.

    `clauses` are the clauses of the sentence up to the number, its own last; the nearest date wins. `opening` is the
    first sentence of the paragraph. It applies to the others if it announces goals (到2025年的主要目标：一是…).
    """
    for back, clause in enumerate(reversed(clauses)):
        due = stated(clause, period)
        # 6月底前，… governs what follows; 新院区10月投用，… is a date of its own clause. A year governs the sentence.
        if due is not None and (back == 0 or due[1] == "year" or _GOVERNING.fullmatch(clause)):
            return Due(*due, "stated")
    if _GOALS.search(opening) and (due := stated(opening, period)) is not None:
        return Due(*due, "stated")
    # A heading may name the five years and the first of them; what grows yearly on average is of the five.
    run = _FIVE if _LONG_RUN.search(opening + "".join(clauses[-1:])) else ()
    for patterns in (run, _PATTERNS):
        for title in reversed(titles):
            if (due := stated(title, period, patterns)) is not None:
                return Due(*due, "inherited")
    return Due(period[1], "year", "inherited")
