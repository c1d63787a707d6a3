import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from ingest import pipeline, plan
from ingest.areas import by_code
from schema.rules import plan_file

REPORT = """浑南区政府工作报告
——2026年1月20日在某会议上

一、2025年工作回顾

新增企业50家，增长5%。

二、2026年工作安排

今年的主要预期目标是：生产总值增长5%—6%，居民收入增长与经济增长同步。

（一）做强实体经济

确保引进项目20个，其中外资5个。网办率由77%提高到80%。启动甲园建设。到2030年，规上企业达到300家。

6月底前，新增床位300张。一季度新开工项目12个，上半年建成学校2所，“七一”前建成党校新校园，3月5日前完成换届工程。

（二）改善民生

改造老旧小区30个。
"""


@pytest.fixture(scope="module")
def reading() -> pipeline.Reading:
    return pipeline.read(REPORT)


def facts(document: dict[str, Any]) -> dict[str, Any]:
    return plan_file.parse(json.dumps(document).encode())


def test_a_report_becomes_findings(reading: pipeline.Reading) -> None:
    targets = [(row.name, row.value, row.due_on, row.basis) for row in reading.findings if row.verdict == "target"]
    assert targets == [
        ("生产总值增速", Decimal(5), date(2026, 12, 31), "stated"),
        ("居民收入", None, date(2026, 12, 31), "stated"),
        ("引进项目", Decimal(20), date(2026, 12, 31), "inherited"),
        ("引进外资", Decimal(5), date(2026, 12, 31), "inherited"),
        ("网办率", Decimal(80), date(2026, 12, 31), "inherited"),
        ("规上企业", Decimal(300), date(2030, 12, 31), "stated"),
        ("新增床位", Decimal(300), date(2026, 6, 30), "stated"),
        ("新开工项目", Decimal(12), date(2026, 3, 31), "stated"),
        ("学校", Decimal(2), date(2026, 6, 30), "stated"),
        ("改造老旧小区", Decimal(30), date(2026, 12, 31), "inherited"),
    ]


def test_every_number_is_a_finding_at_its_place(reading: pipeline.Reading) -> None:
    assert [row.start for row in reading.findings] == sorted(row.start for row in reading.findings)
    for row in reading.findings:
        if row.value is not None and row.upper is None:
            assert REPORT[row.start : row.end] == f"{row.value}"


def test_parts_and_baselines_are_linked(reading: pipeline.Reading) -> None:
    by_name = {row.name: row for row in reading.findings if row.verdict == "target"}
    assert by_name["引进外资"].parent == by_name["引进项目"].start
    assert by_name["网办率"].baseline == Decimal(77)
    assert [row.verdict for row in reading.findings if row.value == 50] == ["past"]


def test_deliverables_have_dates(reading: pipeline.Reading) -> None:
    assert [(item.name, item.due_on, item.precision) for item in reading.deliverables] == [
        ("启动甲园建设", date(2026, 12, 31), "year"), ("建成党校新校园", date(2026, 6, 30), "day"), ("完成换届工程", date(2026, 3, 5), "day"),
    ]  # fmt: skip


def test_the_plan_file_is_one_that_the_loader_takes(reading: pipeline.Reading) -> None:
    document = plan.build(reading)
    assert facts(document)["plan"]["id"] == "210112-2026"
    assert [(section["number"], section["title"]) for section in document["sections"]] == [
        ("1", "2026年工作安排"), ("1.1", "做强实体经济"), ("1.2", "改善民生"),
    ]  # fmt: skip
    assert [deadline["label"] for deadline in document["deadlines"]] == [
        "2026年3月5日", "2026年一季度末", "2026年6月底", "2026年底", "2030年底",
    ]  # fmt: skip
    first = document["indicators"][0]
    assert (first["code"], first["target"]["value"], first["target"]["upper"]) == ("1.01", 5, 6)
    assert document["indicators"][1]["target"] == {"comparator": "relative", "text": "与经济增长同步"}
    for item in [*document["indicators"], *document["milestones"]]:
        place = item["source"]
        assert (
            REPORT[place["start"] : place["end"]]
            in [line for line in REPORT.split("\n") if line.strip()][place["paragraph"] - 1]
        )


def test_what_the_caller_knows_better_wins() -> None:
    overrides = pipeline.Overrides("某计划", "210100", "city", (date(2025, 1, 1), date(2025, 12, 31)))
    found = pipeline.read(REPORT, overrides)
    assert (found.about.title, found.about.start, found.area) == ("某计划", date(2025, 1, 1), by_code("210100"))
    assert pipeline.read("新增5家。", pipeline.Overrides(level="city")).area is None
    assert pipeline.read(REPORT, pipeline.Overrides(area="999999")).area == by_code("210112")


def test_a_document_without_headings_stands_in_one_section() -> None:
    found = pipeline.read("浑南区2025年将新增企业60家。\n力争新增学校5所。\n")
    document = plan.build(found)
    assert [section["number"] for section in document["sections"]] == ["1"]
    assert document["sections"][0]["title"] == found.about.title
    assert [item["code"] for item in facts(document)["indicators"]] == ["1.01", "1.02"]


def test_an_introduction_and_contents_are_no_plan() -> None:
    source = f"某区动员\n\n本区有企业60家。\n\n核心提示\n\n{'全区将新增企业70家，' * 8}。\n\n以创新为核心\n\n{'完善设施，' * 10}新增80家。\n"
    found = pipeline.read(source, pipeline.Overrides(period=(date(2025, 1, 1), date(2025, 12, 31))))
    assert [row.value for row in found.findings if row.verdict == "target"] == [80]


def test_the_past_keeps_its_section_only_if_it_promises() -> None:
    source = "一、2025年工作回顾\n\n（一）做强产业\n\n新增5家。今年将新增6家。\n\n二、2026年安排\n\n新增7家。\n\n三、附件说明\n\n共8页。\n"
    document = plan.build(pipeline.read(source))
    assert [(section["number"], section["title"]) for section in document["sections"]] == [
        ("1", "2025年工作回顾"), ("1.1", "做强产业"), ("2", "2026年安排"),
    ]  # fmt: skip


def test_progress_counts_paragraphs_and_tables() -> None:
    steps: list[int] = []
    pipeline.read("甲：\n| 指标 | 单位 | 目标 |\n| 甲率 | % | 5 |\n乙。\n", progress=steps.append)
    assert sum(steps) == 4


@pytest.mark.parametrize(
    ("on", "precision", "label"),
    [
        (date(2026, 3, 5), "day", "2026年3月5日"), (date(2026, 3, 31), "month", "2026年3月底"), (date(2026, 3, 31), "quarter", "2026年一季度末"),
        (date(2026, 6, 30), "half", "2026年上半年末"), (date(2026, 12, 31), "half", "2026年下半年末"), (date(2026, 12, 31), "year", "2026年底"),
    ],
)  # fmt: skip
def test_deadlines_are_labelled(on: date, precision: str, label: str) -> None:
    assert plan.label(on, precision) == label


def test_slugs_are_plain() -> None:
    assert plan.slug("Hunnan 2021!") == "hunnan-2021"
    assert plan.slug("浑南") == "plan"


def test_numbers_are_written_as_in_the_plan() -> None:
    assert plan.number(Decimal("2.94")) == 2.94
    assert plan.number(Decimal("300.0")) == 300
