"""Infer title, period and date of publication of a document."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ingest.language.numerals import DIGITS
from ingest.language.numerals import read as read_numeral

_TITLE_WORDS = re.compile(r"报告|规划|纲要|计划|方案|要点|清单|实事|意见|通知|安排|目标|任务")
_NOT_TITLE = re.compile(
    r"->|>>|首页|来源|时间[：:]|字体|字号|打印|^——|^\[|^【|下载|第[一二三四五六七八九十\d]+届|会议|^\d{4}年\d{1,2}月\d{1,2}日$|索引号|^目录$|^\|"
)
_RANGE = re.compile(r"(20\d\d)年?(?:—{1,2}|-|～|至|到)(20\d\d)年?")
_NTH = re.compile(r"第([一二三四五六七八九十]{1,3})个五年|“?([十二][一二三四五六七八九]?)五”?(?:规划|时期|期间|发展)")
_YEAR = re.compile(r"(20\d\d|二[〇零][〇零一二三四五六七八九]{2})年")
_DATE = re.compile(r"(20\d\d)(?:年|-|/|\.)(\d{1,2})(?:月|-|/|\.)(\d{1,2})日?")
_PLAN_HEADING = re.compile(r"安排|任务|目标|部署|打算|重点|思路|要点|实事|计划")
_PAST_HEADING = re.compile(r"回顾|总结|完成|执行情况|情况")
_OPENING = re.compile(r"(20\d\d)年(?:是|，我们将|经济社会发展|全市|全县|全区|全省|工作|的?主要|，要|，将|，我)")


class Meta(NamedTuple):
    """Inferred metadata: `start` and `end` of the plan's period; `dated` is the date in the front matter."""

    title: str
    start: date
    end: date
    dated: date | None


def five_year_plan(ordinal: int) -> tuple[date, date]:
    """Return the first and last day of the n-th five-year plan (the 14th: 2021 to 2025)."""
    first = 2021 + 5 * (ordinal - 14)
    return date(first, 1, 1), date(first + 4, 12, 31)


def year_of(text: str) -> int:
    """Parse a year in digits or Chinese numerals (2035, 二〇三五)."""
    return (
        int(text) if text.isdigit() and text.isascii() else int("".join(str(DIGITS[character]) for character in text))
    )


def title_of(front: Sequence[str]) -> str:
    """Choose the title from the lines before the body: the first that names a kind of document, otherwise the first possible one."""
    lines = [line.lstrip("#").strip() for line in front if not _NOT_TITLE.search(line) and 4 <= len(line) <= 80]
    said = [line for line in lines if _TITLE_WORDS.search(line) and not line.endswith(("。", "：", "，"))]
    return (said or lines or ["未命名规划"])[0]


def _dated(front: str) -> date | None:
    for found in _DATE.finditer(front):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            continue
    return None


def _five_years(title: str) -> tuple[date, date] | None:
    if found := _RANGE.search(title):
        return date(int(found[1]), 1, 1), date(int(found[2]), 12, 31)
    if found := _NTH.search(title):
        ordinal = read_numeral(found[1] or found[2])
        return five_year_plan(int(ordinal)) if ordinal is not None and ordinal >= 10 else None
    return None


def infer(front: Sequence[str], headings: Sequence[str], body: str) -> Meta:
    """Infer title and period from the lines before the body, the headings and the text.

    The period comes from a range of years or a five-year plan in the title; otherwise from the year in headings and
    sentences about the future; otherwise from the date of the document (the next year if it is from the end of a year).
    """
    title = title_of(front)
    dated = _dated("\n".join(front))
    if span := _five_years(title):
        return Meta(title, *span, dated)
    votes = Counter[int]()
    for found in _YEAR.finditer(title):
        votes[year_of(found[1])] += 6
    for heading in headings:
        years = [year_of(found[1]) for found in _YEAR.finditer(heading)]
        if years and _PLAN_HEADING.search(heading) and not _PAST_HEADING.search(heading):
            votes[max(years)] += 6
    for opening in _OPENING.finditer(body):
        votes[int(opening[1])] += 2
    if dated:
        votes[dated.year + (dated.month >= 11)] += 3
    if not votes:
        votes.update(year for year in (year_of(found[1]) for found in _YEAR.finditer(body)))
    # Without any year the document gives no hint; the current year is what a clerk would write.
    year = max(votes, key=lambda each: (votes[each], each)) if votes else date.today().year
    return Meta(title, date(year, 1, 1), date(year, 12, 31), dated)
