"""List digits and numerals that no other stage read as a number: ordinals, names of periods, idioms."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.finding import Finding
from ingest.layout.text import Paragraph

_RUN = re.compile(r"\d+|[零〇一二两三四五六七八九十百千万亿]+")
_UNIT = re.compile(r"[百千万亿]+")
_AROUND = 3

WORD = "rest-word"
"""The rule for numerals inside a word, such as 统一. They are listed, but do not count as numbers."""


class Rule(NamedTuple):
    """Why a run of digits is not a quantity: patterns before it, for it, and after it. The first rule that fits applies."""

    code: str
    confidence: float
    reason: str
    before: re.Pattern[str] = re.compile("")
    figures: re.Pattern[str] = re.compile("")
    after: re.Pattern[str] = re.compile("")


def _c(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


RULES = (
    Rule("rest-ordinal", 0.97, "序数（第三届、第一批）", before=_c(r"第$")),
    Rule("rest-period", 0.98, "规划期的名称（十四五）", figures=_c(r"十[一二三四五六七八九]五$")),
    Rule("rest-item", 0.95, "条目的序号（一是、其二、（三）、4.）", before=_c(r"(?:^|[，。；：！？…|#（(其]|[-*•·●■◆])$"), figures=_c(r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})$"), after=_c(r"[是、.．)）要则，：]|$|\|")),
    Rule("rest-date", 0.95, "日期", after=_c(r"[年月日]")),
    Rule("rest-figures", 0.85, "代号、页码、编号里的数字，没有读作数量", figures=_c(r"\d")),
    Rule(WORD, 0.9, "词语里的字，不是数量（统一、进一步、百姓）", figures=_c(r".$")),
    Rule("rest-numeral", 0.75, "没有读作数量的中文数字（一百二十只、千千万万）"),
)  # fmt: skip


def runs(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every run of digits or Chinese numerals. 万, 亿, 千, 百 after digits belong to the unit."""
    for found in _RUN.finditer(text):
        if not (text[found.start() - 1 : found.start()].isdigit() and _UNIT.fullmatch(found.group())):
            yield found.span()


def find(paragraph: Paragraph, section: int, listed: list[bool]) -> list[Finding]:
    """List the runs that no finding covers, with reasons. `listed[i]` is whether a finding covers offset i of the source."""
    text, offsets = paragraph.text, paragraph.offsets
    result = []
    for start, end in runs(text):
        at = start
        while at < end:
            if listed[offsets[at]]:
                at += 1
                # Behind a number that was read stands its unit: 三万人 is 3 万人.
                if unit := _UNIT.match(text, at, end):
                    at = unit.end()
                continue
            stop = at + 1
            while stop < end and not listed[offsets[stop]]:
                stop += 1
            result.append(_finding(paragraph, section, at, stop))
            at = stop
    return result


def _finding(paragraph: Paragraph, section: int, start: int, end: int) -> Finding:
    text, offsets = paragraph.text, paragraph.offsets
    before, figures, after = text[max(0, start - _AROUND) : start], text[start:end], text[end : end + _AROUND]
    rule = next(
        rule for rule in RULES if rule.before.search(before) and rule.figures.match(figures) and rule.after.match(after)
    )
    shown = text[start - before.endswith("第") : end + 1].rstrip("，。；：！？、|）")
    return Finding(
        offsets[start], offsets[end - 1] + 1, shown, "name", rule.code, rule.reason, rule.confidence, section
    )
