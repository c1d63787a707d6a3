import re
from pathlib import Path

import pytest

from bench.read import score
from ingest import leftover, pipeline
from ingest.layout import outline, text

PASSAGES = sorted(Path(score.__file__).parent.glob("*/*.txt"))
RUN = re.compile(r"\d+|[零〇一二两三四五六七八九十百千万亿]+")
OTHERS = (
    "青山县第三届人民代表大会第一次会议\n\n目 录\n\n一、二〇二五年工作回顾……3\n\n二、2026年工作安排……12\n\n一、二〇二五年工作回顾\n\n过去五年，统一思想，千方百计。\n\n二、2026年工作安排\n\n"
    "一是抓项目。“十四五”收官、“十五五”开局，第一批12个项目开工，兩萬人受益，建设５Ｇ基站２００座。其一，加快推进三产融合。其二，养鸡一百二十只。1．打电话024-12345。\n",
    "2026年清单\n| 序号 | 项目 | 第一批 |\n| 1 | 新建学校5所 | 三 |\n| 二 | 千千万万 | 9 |\n",
    "七〇一所　第２届“三八”节²，1,234.5万元，三分之二，百分之十二，—5℃，万一。",
)


def unlisted(source: str, reading: pipeline.Reading) -> list[str]:
    """List the runs of a source text that no finding of the reading covers."""
    listed = {at for row in reading.findings for at in range(row.start, row.end)}
    folded = text.fold(source)
    result = []
    for found in RUN.finditer(folded):
        # 万 and the like right behind figures that are listed are printed in their unit.
        figures = found.group() if found.start() not in listed else found.group().rstrip("百千万亿")
        if folded[max(0, found.start() - 1)].isdigit() and not figures.strip("百千万亿"):
            continue
        if not listed.issuperset(range(found.start(), found.start() + len(figures))):
            result.append(found.group())
    return result


@pytest.mark.parametrize("path", PASSAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_number_of_the_passages_is_listed(path: Path) -> None:
    source, _, overrides = score.passage(path)
    assert unlisted(source, pipeline.read(source, overrides)) == []


@pytest.mark.parametrize("source", OTHERS)
def test_every_number_of_other_texts_is_listed(source: str) -> None:
    assert unlisted(source, pipeline.read(source)) == []


def test_the_passages_are_there() -> None:
    assert len(PASSAGES) >= 20


def rest(source: str, *listed: int) -> list[tuple[str, str, str]]:
    [paragraph] = outline.split(text.paragraphs(source))
    found = leftover.find(paragraph, 0, [at in listed for at in range(len(source))])
    assert all(row.verdict == "name" and row.reason for row in found)
    return [(source[row.start : row.end], row.text, row.rule) for row in found]


@pytest.mark.parametrize(
    ("source", "figures", "shown", "rule"),
    [
        ("召开第三届大会", "三", "第三届", "rest-ordinal"), ("“十四五”时期", "十四五", "十四五”", "rest-period"), ("，一是抓项目", "一", "一是", "rest-item"),
        ("（三）改善", "三", "三", "rest-item"), ("其二，改善", "二", "二", "rest-item"), ("在八月间", "八", "八月", "rest-date"), ("甲024乙", "024", "024乙", "rest-figures"),
        ("统一思想", "一", "一思", "rest-word"), ("养鸡一百二十只", "一百二十", "一百二十只", "rest-numeral"),
    ],
)  # fmt: skip
def test_each_rule_gives_its_reason(source: str, figures: str, shown: str, rule: str) -> None:
    assert rest(source) == [(figures, shown, rule)]


def test_every_rule_has_an_example() -> None:
    assert {rule.code for rule in leftover.RULES} == {
        "rest-ordinal", "rest-period", "rest-item", "rest-date", "rest-figures", "rest-word", "rest-numeral",
    }  # fmt: skip


def test_what_is_listed_is_not_listed_again() -> None:
    assert rest("有三万人", 1) == []
    assert rest("有5万人", 1) == []
    assert [figures for figures, _, _ in rest("有二十四五六", 3, 4)] == ["二十", "六"]
