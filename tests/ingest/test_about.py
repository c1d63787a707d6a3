"""What the document is: title, period, place."""

from datetime import date

import pytest

from ingest import areas
from ingest.layout import meta


@pytest.mark.parametrize(
    ("front", "code", "level"),
    [
        ("沈阳市浑南区政府工作报告", "210112", "district"), ("辽宁省政府工作报告", "210000", "province"), ("沈阳市工作要点", "210100", "city"),
        ("南京市鼓楼区实事", "320106", "district"), ("徐州市鼓楼区实事", "320302", "district"), ("国务院总理作政府工作报告", "100000", "national"),
        ("沈阳市浑南区祝家街道2022年政府工作报告", "210112", "township"), ("建平县工作要点", "211322", "county"),
    ],
)  # fmt: skip
def test_the_place_is_found_in_the_front(front: str, code: str, level: str) -> None:
    found = areas.infer(front, "")
    assert found is not None
    assert (found.code, found.level) == (code, level)


def test_the_place_is_found_in_the_body_if_it_is_named_often() -> None:
    found = areas.infer("政府工作报告", "浑南区要发展。浑南区在沈阳。")
    assert found is not None
    assert found.code == "210112"
    assert areas.infer("政府工作报告", "浑南区。") is None
    assert areas.infer("政府工作报告", "") is None


def test_codes_are_looked_up() -> None:
    assert areas.by_code("100000") == areas.NATION
    found = areas.by_code("210112")
    assert found is not None
    assert found.name == "浑南区"
    assert areas.by_code("999999") is None


@pytest.mark.parametrize(
    ("front", "headings", "body", "start", "end"),
    [
        (["某市第十四个五年规划纲要"], [], "", 2021, 2025),
        (["某市“十五五”发展规划"], [], "", 2026, 2030),
        (["某园区三年行动计划（2024—2026年）"], [], "", 2024, 2026),
        (["2026年政府工作报告"], [], "", 2026, 2026),
        (["政府工作报告", "（2026年1月20日）"], ["一、2025年工作回顾", "二、2026年工作安排"], "", 2026, 2026),
        (["某区开启新征程", "时间：2020年12月22日"], [], "2021年是开局之年。", 2021, 2021),
        (["某区开启新征程", "2020-12-22 来源"], [], "", 2021, 2021),
        (["某区开启新征程", "2020年13月40日", "2020年3月4日"], [], "", 2020, 2020),
        (["某区开启新征程"], [], "到2027年，再到2027年，比2020年多。", 2027, 2027),
        (["第一个五年计划"], [], "二〇二二年", 2022, 2022),
    ],
)
def test_the_period_is_inferred(front: list[str], headings: list[str], body: str, start: int, end: int) -> None:
    found = meta.infer(front, headings, body)
    assert (found.start, found.end) == (date(start, 1, 1), date(end, 12, 31))


def test_without_any_year_it_is_this_year() -> None:
    assert meta.infer(["某区工作要点"], [], "").start.year == date.today().year


@pytest.mark.parametrize(
    ("front", "title"),
    [
        (["首页->公开", "某市政府工作报告", "来源：某报"], "某市政府工作报告"), (["# 某市规划"], "某市规划"), (["某区开启新征程", "时间：2020年"], "某区开启新征程"),
        (["目录"], "未命名规划"), (["以下报告：", "某区新征程"], "以下报告："),
    ],
)  # fmt: skip
def test_the_title_is_the_line_that_says_what_it_is(front: list[str], title: str) -> None:
    assert meta.title_of(front) == title
