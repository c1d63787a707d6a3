from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.language import numerals, quantities, units
from ingest.layout.text import fold
from schema.vocabulary import BASE_UNITS, parse_unit


def read(text: str) -> list[tuple[str, str, str, str]]:
    """Read a text as (value or value–upper, unit, comparator, form) of each number."""
    return [
        (
            f"{one.value.normalize():f}" + (f"–{one.upper.normalize():f}" if one.upper is not None else ""),
            one.unit,
            one.comparator,
            one.form,
        )
        for one in quantities.find(fold(text))
    ]


@pytest.mark.parametrize(
    ("text", "value", "unit", "comparator"),
    [
        ("新增30家", "30", "家", "eq"), ("60项以上", "60", "项", "ge"), ("不少于1,200亿元", "1200", "亿元", "ge"), ("至少5家", "5", "家", "ge"),
        ("超过90%", "90", "%", "gt"), ("突破了300亿元", "300", "亿元", "gt"), ("不超过5个工作日", "5", "个工作日", "le"), ("2.94%以内", "2.94", "%", "le"),
        ("低于4%", "4", "%", "lt"), ("约30万人", "30", "万人", "approx"), ("7%左右", "7", "%", "approx"), ("４．５％", "4.5", "%", "eq"),
        ("4.5%—5%", "4.5–5", "%", "between"), ("5—6%", "5–6", "%", "between"), ("5%～6%", "5–6", "%", "between"), ("3至5个", "3–5", "个", "between"),
        ("五到六个", "5–6", "个", "between"), ("10-12亿元", "10–12", "亿元", "between"), ("一千二百万元", "1200", "万元", "eq"), ("三万人", "3", "万人", "eq"),
        ("10余家", "10", "家", "gt"), ("300余万人次", "300", "万人次", "gt"), ("1000多万元", "1000", "万元", "gt"), ("5万多", "5", "万", "gt"),
        ("三分之二以上", "66.67", "%", "ge"), ("百分之五", "5", "%", "eq"), ("八成以上", "80", "%", "ge"), ("七成五", "75", "%", "eq"), ("三成半", "35", "%", "eq"),
        ("翻一番", "1", "番", "eq"), ("翻番", "1", "番", "eq"), ("翻两番", "2", "番", "eq"), ("两位数", "10", "%", "ge"), ("过半", "50", "%", "gt"),
        ("近半", "50", "%", "approx"), ("大半", "50", "%", "gt"), ("一半以上", "50", "%", "ge"), ("一刻钟", "15", "分钟", "eq"), ("半小时", "0.5", "小时", "eq"),
        ("一个半小时", "1.5", "小时", "eq"), ("两个半月", "2.5", "个月", "eq"), ("1万台（套）以上", "1", "万台", "ge"), ("2813万辆（艘、架、列）次", "2813", "万辆次", "eq"),
        ("0.45吨标准煤/万元", "0.45", "吨标准煤/万元", "eq"), ("30微克/立方米", "30", "微克/立方米", "eq"), ("12万㎡", "12", "万平方米", "eq"), ("5万吨/日", "5", "万吨/日", "eq"),
        ("30万元/人", "30", "万元/人", "eq"), ("3件/户次", "3", "件", "eq"), ("前30位", "30", "位", "le"), ("近百场", "100", "场", "approx"), ("超千场", "1000", "场", "gt"),
        ("四大千万千瓦", "1000", "万千瓦", "eq"), ("100M宽带", "100", "M", "eq"), ("1.5倍", "1.5", "倍", "eq"), ("控制在5%左右", "5", "%", "approx"),
        ("超过80家以上", "80", "家", "gt"), ("约5%以内", "5", "%", "le"), ("超过30家以内", "30", "家", "gt"), ("1.2‰", "1.2", "‰", "eq"), ("12家左右", "12", "家", "approx"),
        ("-2.5%", "2.5", "%", "eq"), ("100+", "100", "", "eq"), ("百分之12", "12", "%", "eq"), ("5 到 6", "5", "", "eq"),
    ],
)  # fmt: skip
def test_a_number_is_read_with_unit_and_bound(text: str, value: str, unit: str, comparator: str) -> None:
    assert read(text)[-1 if "大" in text and "半" not in text else 0][:3] == (value, unit, comparator)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("分别增长6%、5%和7%左右", [("6", "%", "approx"), ("5", "%", "approx"), ("7", "%", "approx")]),
        ("分别达1409万、1305万人次", [("1409", "万人次", "eq"), ("1305", "万人次", "eq")]),
        ("分别不低于5%、6%", [("5", "%", "ge"), ("6", "%", "ge")]),
        ("产量分别达到7万吨、8万吨、10亿立方米", [("7", "万吨", "eq"), ("8", "万吨", "eq"), ("10", "亿立方米", "eq")]),
        ("5到六个", [("5", "", "eq"), ("6", "个", "eq")]),
        ("6到5个", [("6", "", "eq"), ("5", "个", "eq")]),
        ("5至6。", [("5", "", "eq"), ("6", "", "eq")]),
        ("六到五个", [("5", "个", "eq")]),
        ("分别为5—6%、7%", [("5–6", "%", "between"), ("7", "%", "eq")]),
        ("新增5家、8个", [("5", "家", "eq"), ("8", "个", "eq")]),
    ],
)
def test_a_list_shares_unit_and_bound(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [one[:3] for one in read(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "2025年",
        "2026—2030年",
        "2026年6月底前",
        "二〇三五年",
        "一季度",
        "3月10日",
        "6月",
        "上半年",
        "2024-07-18",
        "2025版",
        "12:30",
        "五月底",
        "90年代",
        "10日从",
    ],
)
def test_dates_are_dates(text: str) -> None:
    assert [one[3] for one in read(text)] == ["date"]


@pytest.mark.parametrize(
    "text", ["5G基站", "PM2.5", "“6+6+3”", "每千人", "G60", "F5大赛", "CR450", "5A级", "每10万人", "2.3:1"]
)
def test_figures_of_a_word_are_labels(text: str) -> None:
    assert read(text)[-1][3] == "label"


@pytest.mark.parametrize(
    "text",
    [
        "统一",
        "一批",
        "十分重要",
        "千家万户",
        "三农",
        "十四五",
        "第一",
        "万一",
        "一对一",
        "没有数字",
        "三四线",
        "百花",
        "半导体",
        "大力",
        "过去",
    ],
)
def test_idioms_are_no_numbers(text: str) -> None:
    assert read(text) == []


def test_a_passed_through_word_is_no_comparator() -> None:
    assert read("通过5项")[0][:3] == ("5", "项", "eq")


def test_numbers_before_the_start_are_left_out() -> None:
    assert [one.value for one in quantities.find("1.新增5家", 2)] == [5]


UNITS = sorted(unit for unit in BASE_UNITS if unit and unit[0] not in "半年月日分点·P0" and not unit[0].isascii())


@given(st.integers(1, 9_999_999), st.integers(0, 99), st.sampled_from(["", "万", "亿"]), st.sampled_from(UNITS))
def test_a_printed_quantity_reads_as_itself(whole: int, cents: int, multiplier: str, unit: str) -> None:
    if parse_unit(multiplier + unit) is None or (
        unit in BASE_UNITS and multiplier + unit != unit and multiplier + unit in BASE_UNITS
    ):
        return
    value = Decimal(whole) + Decimal(cents) / 100
    (found,) = quantities.find(f"达到{value}{multiplier}{unit}。")
    assert (found.value, found.unit) == (value, multiplier + unit)


@given(st.integers(1, 9_999), st.sampled_from(["家", "个", "亿元", "万人", "平方米"]))
def test_a_quantity_in_numerals_reads_as_itself(number: int, unit: str) -> None:
    (found,) = quantities.find(f"新增{numerals.write(number)}{unit}。")
    assert (found.value, found.unit) == (number, unit)


@pytest.mark.parametrize(
    ("text", "code", "rest"),
    [
        ("亩以上", "亩", "以上"), ("年底", None, ""), ("个（套）的", "个", "的"), ("辆（台）次", "辆次", ""), ("家（户）次数", "家次", "数"), ("公里/小时", "公里/小时", ""),
        ("名（个）次", "名", ""), ("公里/户", "公里", "/户"), ("没有", None, ""), ("多", None, ""), ("万多家", "万家", ""), ("M", "M", ""), ("Mb", None, ""), ("多万分别", "万", "分别"), ("余面向", None, ""),
    ],
)  # fmt: skip
def test_units_are_found_where_they_begin(text: str, code: str | None, rest: str) -> None:
    found = units.match(text, 0)
    assert (found.code if found else None) == code
    assert found is None or text[found.end :] == rest
