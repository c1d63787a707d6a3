from datetime import date
from decimal import Decimal

import pytest

from ingest import pipeline
from ingest.layout import tables
from ingest.layout.text import fold
from ingest.plan import build

PERIOD = pipeline.Overrides(period=(date(2021, 1, 1), date(2025, 12, 31)))


def rows(lines: list[str]) -> list[tuple[str, str, str, str, str]] | None:
    found = tables.read([fold(line.replace(" ", "")) for line in lines], 2021)
    return found and [(one.role, one.name, f"{one.value}", one.unit, one.comparator) for one in found]


def test_columns_in_any_order() -> None:
    assert rows(["| 单位 | 2025年目标 | 指标名称 | 2020年 |", "| --- | --- | --- | --- |", "| 亿元 | 280 | 1.生产总值 | 186 |"]) == [
        ("target", "生产总值", "280", "亿元", "eq"), ("baseline", "生产总值", "186", "亿元", "eq"),
    ]  # fmt: skip


def test_two_header_rows_and_merged_cells() -> None:
    found = rows([
        "| 类别 | 指标 | 单位 | 2020年 | 2025年 | ← |", "| ↑ | ↑ | ↑ | ↑ | 目标 | 年均增长 |",
        "| 经济 | 生产总值 | 亿元 | 186 | 280 | 8.5 |", "| ↑ | 城镇化率（%） | — | 48.2 | ≥55 | ← |",
    ])  # fmt: skip
    assert found == [
        ("baseline", "生产总值", "186", "亿元", "eq"), ("target", "生产总值", "280", "亿元", "eq"), ("target", "生产总值年均增速", "8.5", "%", "eq"),
        ("baseline", "城镇化率", "48.2", "%", "eq"), ("target", "城镇化率", "55", "%", "ge"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "value", "comparator"),
    [
        ("≥90", "90", "ge"), ("5.5以内", "5.5", "le"), (">10", "10", "gt"), ("<3", "3", "lt"), ("5左右", "5", "approx"), ("6—7", "6", "between"), ("7-6", "7", "eq"),
        ("1,200", "1200", "eq"), ("[45]", "45", "eq"),
    ],
)  # fmt: skip
def test_cells_are_read(cell: str, value: str, comparator: str) -> None:
    found = rows(["| 指标名称 | 单位 | 目标 |", f"| 甲率 | % | {cell} |"])
    assert found == [("target", "甲率", value, "%", comparator)]


@pytest.mark.parametrize("cell", ["—", "2024年", "第3", ""])
def test_cells_without_a_number_are_passed_over(cell: str) -> None:
    assert rows(["| 指标名称 | 单位 | 目标 |", f"| 甲率 | % | {cell} |"]) == []


@pytest.mark.parametrize(
    "lines",
    [
        ["| 序号 | 项目 |", "| 1 | 甲 |"],
        ["| 姓名 | 单位 |", "| 张三 | 甲局 |"],
        ["| 指标 | 指标 |", "| 5 | 6 |"],
        ["| 牵头 | 单位 |", "| 张三 | 甲局 |"],
    ],
)
def test_other_tables_are_none_of_indicators(lines: list[str]) -> None:
    assert rows(lines) is None


def test_units_stand_in_the_column_the_name_or_the_cell() -> None:
    assert rows(["| 指标名称 | 目标 |", "| 里程（公里） | 20 |", "| 占比 | 5% |", "| 户数（按常住） | 7 |", "| 其中：新增户数 | 3户 |", "| 短 |"]) == [
        ("target", "里程", "20", "公里", "eq"), ("target", "占比", "5", "%", "eq"), ("target", "户数（按常住）", "7", "", "eq"), ("target", "新增户数", "3", "户", "eq"),
    ]  # fmt: skip


def test_the_narrowest_heading_names_the_indicator() -> None:
    assert rows(["| 指标类别名称 | 指标内容 | 目标 |", "| 甲 | 乙 | 5% |"]) == [("target", "甲", "5", "%", "eq")]
    assert rows(["| 主要指标 | 指标内容 | 目标 |", "| 甲 | 乙 | 5% |"]) == [("target", "乙", "5", "%", "eq")]


def test_the_table_of_a_document_becomes_indicators() -> None:
    source = (
        "青溪县“十四五”规划主要指标\n| 指标名称 | 单位 | 2020年 | 2025年 | 年均 | 属性 | 牵头单位 | 配合单位 |\n"
        "| 生产总值 | 亿元 | 186 | 280 | 8.5 | 预期性 | 发改局 | 统计局、财政局 |\n| 其中：工业 | 亿元 | 50 | 90 | [40] | ↑ | ↑ | ↑ |\n"
        "| 森林覆盖率（约束性） | % | 70 | 72 | — | 约束性 | 林业局 | |\n"
    )
    found = pipeline.read(source, PERIOD).findings
    targets = [row for row in found if row.verdict == "target"]
    assert [(row.name, row.kind, row.nature, row.baseline, row.baseline_period) for row in targets] == [
        ("生产总值", "increment", "expected", Decimal(186), "2020"), ("生产总值年均增速", "growth_rate", "expected", None, None),
        ("工业", "level", "expected", Decimal(50), "2020"), ("工业", "increment", "expected", None, None),
        ("森林覆盖率", "share", "binding", Decimal(70), "2020"),
    ]  # fmt: skip
    assert (targets[0].lead, targets[0].others) == ("发改局", ("统计局", "财政局"))
    assert targets[2].parent == targets[1].start
    assert [row.text for row in found if row.rule == "table-other"] == ["2020年", "2025年"]


def test_a_body_that_a_table_names_twice_takes_part_once() -> None:
    source = (
        "青溪县“十四五”规划主要指标\n| 指标名称 | 单位 | 2020年 | 2025年 | 牵头单位 | 配合单位 |\n"
        "| 生产总值 | 亿元 | 186 | 280 | 发改局 | 统计局、财政局、统计局 |\n"
    )
    [indicator] = build(pipeline.read(source, PERIOD))["indicators"]
    assert indicator["departments"] == ["统计局", "财政局"]


def test_a_table_of_tasks_is_read_as_text() -> None:
    source = "2025年实事清单\n| 序号 | 内容 | 责任单位 |\n| 1 | 新建学校5所 | 教育局 |\n"
    found = pipeline.read(source, pipeline.Overrides(period=(date(2025, 1, 1), date(2025, 12, 31)))).findings
    assert [(row.name, row.value) for row in found if row.verdict == "target"] == [("新建学校", 5)]
