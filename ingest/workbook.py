"""Write the findings to a workbook for review, and read it back."""

import io
from typing import Any

import openpyxl
import xlsxwriter

from ingest.decode.limits import MOST_CELLS, check_archive
from ingest.layout.columns import COLUMNS, Wrong, shown
from ingest.pipeline import Reading
from ingest.review import fingerprint

SHEET, NOTES = "数字", "说明"
_FIXED = (("start", "位置", 8), ("context", "上下文", 44), ("text", "原文", 14))
_READ_ONLY = (("reason", "理由", 30), ("confidence", "把握", 8), ("rule", "规则", 18))
_COLOURS = {"target": "#D8EFDC", "past": "#E4E4EA", "baseline": "#DCE8F8", "name": "#F6F1E3", "unsure": "#FBDCD8"}
_AROUND = 16
_NOTES = (
    "每行是文件里的一个数字。白色的列可以改，改完保存，用 read --review 读回。",
    "“判断”选“目标”的行进入规划文件；“待定”的行不进入。",
    "“位置”是数字在原文里的字符位置，请勿改动。",
)


def context(source: str, start: int, end: int) -> str:
    """Return a number with the words around it, on one line."""
    before, after = source[max(0, start - _AROUND) : start], source[end : end + _AROUND]
    return " ".join(f"{before}【{source[start:end]}】{after}".split())


def write(reading: Reading) -> bytes:
    """Return the review workbook: one row per number, with drop-down lists for codes, coloured by verdict."""
    stream = io.BytesIO()
    # Text from a document is text, also where it begins with = or looks like a link.
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet, notes = book.add_worksheet(SHEET), book.add_worksheet(NOTES)
    bold, grey = book.add_format({"bold": True, "bg_color": "#F0F0F0"}), book.add_format({"font_color": "#777777"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    heads = [*_FIXED, *((column.field, column.label, column.width) for column in COLUMNS), *_READ_ONLY]
    for place, (_, label, width) in enumerate(heads):
        sheet.write_string(0, place, label, bold)
        sheet.set_column(place, place, width)
    for at, row in enumerate(reading.findings, start=1):
        values = [
            row.start, context(reading.source, row.start, row.end), row.text,
            *(shown(row, column) for column in COLUMNS), row.reason, row.confidence, row.rule,
        ]  # fmt: skip
        for place, value in enumerate(values):
            if value is None:
                continue
            if heads[place][0] == "due_on":
                sheet.write_datetime(at, place, value, day)
            elif isinstance(value, str):
                sheet.write_string(at, place, value)
            else:
                sheet.write_number(at, place, float(value))
    last = max(1, len(reading.findings))
    for place, column in enumerate(COLUMNS, start=len(_FIXED)):
        if column.terms:
            sheet.data_validation(
                1, place, last, place, {"validate": "list", "source": [term.label for term in column.terms]}
            )
    for code, colour in _COLOURS.items():
        label = next(term.label for term in COLUMNS[0].terms if term.code == code)
        sheet.conditional_format(
            1,
            len(_FIXED),
            last,
            len(_FIXED),
            {"type": "cell", "criteria": "==", "value": f'"{label}"', "format": book.add_format({"bg_color": colour})},
        )
    sheet.freeze_panes(1, len(_FIXED))
    sheet.autofilter(0, 0, last, len(heads) - 1)
    notes.set_column(0, 0, 80)
    for at, line in enumerate((fingerprint(reading.source), *_NOTES)):
        notes.write_string(at, 0, line, grey if at == 0 else None)
    book.close()
    return stream.getvalue()


def read(content: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Parse a reviewed workbook: (fingerprint of the document, rows). Raises Wrong, or Unreadable if it exceeds the limits."""
    try:
        check_archive(content)
        book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    except ValueError:
        raise
    except Exception as error:
        # openpyxl raises whatever a bent file makes it raise.
        raise Wrong("it is not a workbook") from error
    if SHEET not in book.sheetnames or NOTES not in book.sheetnames:
        raise Wrong(f"it lacks the sheet {SHEET} or {NOTES}: take the workbook that read wrote")
    sheet = book[SHEET]
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        raise Wrong(f"its sheet {SHEET} spans more than {MOST_CELLS:,} cells")
    rows = sheet.iter_rows(values_only=True)
    head = [str(value) for value in next(rows, ())]
    labels = {"位置": "start", **{column.label: column.field for column in COLUMNS}}
    missing = [label for label in labels if label not in head]
    if missing:
        raise Wrong(f"it lacks the column {missing[0]}")
    places = {field: head.index(label) for label, field in labels.items()}
    result = []
    for row in rows:
        if any(value is not None for value in row):
            start = row[places["start"]]
            result.append(
                {
                    **{field: row[place] for field, place in places.items()},
                    "start": int(start) if isinstance(start, int | float) else start,
                }
            )
    return str(book[NOTES].cell(1, 1).value), result
