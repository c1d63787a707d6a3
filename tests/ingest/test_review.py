import io
import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from ingest import pipeline, plan, report, review, workbook
from ingest.layout import columns
from ingest.layout.columns import Wrong
from tests.ingest import documents

SOURCE = "浑南区2026年工作安排\n\n一、重点任务\n\n力争新增企业60家，</script>增长5—6%，居民收入与经济增长同步。网办率由77%提高到80%。启动甲园建设。\n"


@pytest.fixture
def reading() -> pipeline.Reading:
    return pipeline.read(SOURCE)


def first(reading: pipeline.Reading, figures: str) -> int:
    return next(row.start for row in reading.findings if SOURCE[row.start : row.end] == figures)


def corrected(reading: pipeline.Reading, **changes: Any) -> Any:
    start = first(reading, "60")
    found = review.apply(reading, review.fingerprint(SOURCE), [{"start": start, **changes}])
    return next(row for row in found.findings if row.start == start)


def test_corrections_change_fields_and_keep_the_place(reading: pipeline.Reading) -> None:
    row = corrected(reading, name="规上企业", kind="水平", value="65", due_on="2026-06-30", commitment="", unit="㎡")
    assert (row.name, row.kind, row.value, row.due_on, row.commitment, row.unit) == (
        "规上企业", "level", Decimal(65), date(2026, 6, 30), None, "平方米",
    )  # fmt: skip
    assert (row.rule, row.confidence, SOURCE[row.start : row.end]) == ("review", 1.0, "60")


def test_a_number_can_be_made_a_target_and_be_dropped(reading: pipeline.Reading) -> None:
    start = first(reading, "77")
    found = review.apply(reading, review.fingerprint(SOURCE), [{"start": start, "verdict": "目标", "name": "旧网办率"}])
    (row,) = [row for row in found.findings if row.start == start]
    assert (row.verdict, row.due_on) == ("target", date(2026, 12, 31))
    assert corrected(reading, verdict="name").verdict == "name"
    assert corrected(reading, verdict="name", name="").name == ""


def test_no_change_leaves_the_reason(reading: pipeline.Reading) -> None:
    assert corrected(reading, verdict="目标", value=60).rule == "plan"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"verdict": "也许"}, "也许 is not one of 目标"), ({"verdict": ""}, "an empty cell is not one of"), ({"value": "六"}, "not a number"), ({"value": "NaN"}, "not a number"),
        ({"due_on": "明年"}, "not a date"), ({"unit": "光年"}, "vocabulary units"), ({"name": "长" * 301}, "at most 300"), ({"name": ""}, "needs a name"),
        ({"value": ""}, "must have a number"), ({"comparator": "relative"}, "must have a number"), ({"upper": 7}, "is required for 介于"), ({"comparator": "between"}, "is required for 介于"),
    ],
)  # fmt: skip
def test_a_wrong_correction_is_named(reading: pipeline.Reading, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(Wrong, match=message):
        corrected(reading, **changes)


def test_a_review_of_something_else_is_refused(reading: pipeline.Reading) -> None:
    with pytest.raises(Wrong, match="another document"):
        review.apply(reading, "0" * 64, [])
    for start in (1, "x", None):
        with pytest.raises(Wrong, match="no number starts"):
            review.apply(reading, review.fingerprint(SOURCE), [{"start": start}])


def test_dates_and_units_are_taken_as_a_sheet_gives_them() -> None:
    by_field = {column.field: column for column in columns.COLUMNS}
    assert columns.parse(by_field["due_on"], datetime(2026, 6, 30)) == date(2026, 6, 30)
    assert columns.parse(by_field["due_on"], None) is None
    assert columns.parse(by_field["due_on"], " ") is None
    assert columns.parse(by_field["unit"], None) == ""
    assert columns.parse(by_field["value"], None) is None
    assert columns.parse(by_field["name"], None) is None


def test_the_page_gives_corrections_that_are_taken_back() -> None:
    content = json.dumps({"format": review.FORMAT, "sha256": "0", "rows": [{"start": 5, "name": "甲"}]}).encode()
    assert review.from_json(content) == ("0", [{"start": 5, "name": "甲"}])


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"format": "x"}',
        b'{"format": "plan-indicators-review"}',
        b"\xff",
        b'{"format": "plan-indicators-review", "sha256": "", "rows": [1]}',
        b"[" * 100_000,
    ],
)
def test_other_json_is_refused(content: bytes) -> None:
    with pytest.raises(Wrong):
        review.from_json(content)


def test_the_workbook_is_read_back_unchanged(reading: pipeline.Reading) -> None:
    sha256, rows = workbook.read(workbook.write(reading))
    assert sha256 == review.fingerprint(SOURCE)
    assert len(rows) == len(reading.findings)
    assert review.apply(reading, sha256, rows).findings == reading.findings


def test_a_cell_changed_in_the_workbook_changes_the_plan(reading: pipeline.Reading) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.write(reading)))
    sheet = book[workbook.SHEET]
    head = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[2].value == "60家")
    row[head.index("数值")].value = 66
    row[head.index("到期日")].value = datetime(2026, 9, 30)
    stream = io.BytesIO()
    book.save(stream)
    document = plan.build(review.apply(reading, *workbook.read(stream.getvalue())))
    assert document["indicators"][0]["target"]["value"] == 66
    assert document["deadlines"][0]["due_on"] == "2026-09-30"
    assert document["indicators"][0]["source"] == plan.build(reading)["indicators"][0]["source"]


def test_words_of_a_document_are_never_formulas() -> None:
    found = pipeline.read("2026年安排\n\n=1+1新增“=SUM(A1)”平台60个。\n")
    book = openpyxl.load_workbook(io.BytesIO(workbook.write(found)))
    assert all(cell.data_type != "f" for row in book[workbook.SHEET].iter_rows() for cell in row)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04", "not a workbook"), (documents.archive({"a": b"1"}), "not a workbook"), (documents.workbook([[1]]), "lacks the sheet"), (documents.archive({"xl/workbook.xml": b"<!DOCTYPE x>"}), "entities"),
    ],
)  # fmt: skip
def test_other_files_are_no_workbook(content: bytes, message: str) -> None:
    with pytest.raises(Exception, match=message) as caught:
        workbook.read(content)
    assert isinstance(caught.value, ValueError)


def test_a_workbook_without_its_columns_or_with_odd_places_is_refused(reading: pipeline.Reading) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook.write(reading)))
    sheet = book[workbook.SHEET]
    sheet.cell(2, 1).value = "x"
    sheet.cell(60, 1).number_format = "0.00"
    stream = io.BytesIO()
    book.save(stream)
    assert workbook.read(stream.getvalue())[1][0]["start"] == "x"
    sheet.cell(400_000, 1).value = 1
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(Wrong, match="more than 500,000 cells"):
        workbook.read(stream.getvalue())
    sheet.delete_rows(400_000)
    sheet.cell(1, 1).value = "改"
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(Wrong, match="column 位置"):
        workbook.read(stream.getvalue())


def test_the_page_holds_everything_and_loads_nothing(reading: pipeline.Reading) -> None:
    page = report.write(reading)
    assert not re.search(
        r"(?:src|href)\s*=|https?:|url\(|@import|fetch\(",
        page.replace("href: URL.createObjectURL", "").replace("link.href", ""),
    )
    assert page.count("</script>") == 2
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)[1])  # type: ignore[index]
    assert data["text"] == SOURCE
    assert [row["start"] for row in data["rows"]] == [row.start for row in reading.findings]
    assert "<title>浑南区2026年工作安排 — 复核</title>" in page
    assert "default-src 'none'" in page


def test_a_page_of_a_place_unknown_says_so() -> None:
    assert "地区未识别" in report.write(pipeline.read("<工作> 2026年安排 & 新增5家。"))
