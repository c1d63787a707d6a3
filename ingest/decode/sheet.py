"""Decode .xlsx and .csv: a heading and a table for each sheet."""

import csv
import io
from datetime import datetime
from decimal import Decimal

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from ingest.decode import plain
from ingest.decode.limits import LARGEST_TEXT, MOST_CELLS, Unreadable
from ingest.decode.rows import LEFT, UP, lines


def _text(value: object, style: str) -> str:
    """Return a cell as the sheet displays it: 5.5% for 0.055 with a percent format."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value.year}年{value.month}月{value.day}日"
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(repr(value))
        if "%" in style:
            return f"{(number * 100).normalize():f}%"
        return f"{number.normalize():f}"
    return str(value)


def _grid(sheet: Worksheet) -> list[list[str]]:
    if sheet.max_row * sheet.max_column > MOST_CELLS:
        raise Unreadable(
            f"Sheet {sheet.title} spans {sheet.max_row * sheet.max_column:,} cells; at most {MOST_CELLS:,} are read."
        )
    grid = [[_text(cell.value, str(cell.number_format)) for cell in row] for row in sheet.iter_rows()]
    for merged in sheet.merged_cells.ranges:
        for row in range(merged.min_row, min(merged.max_row, sheet.max_row) + 1):
            for column in range(merged.min_col, min(merged.max_col, sheet.max_column) + 1):
                if column > merged.min_col:
                    grid[row - 1][column - 1] = LEFT
                elif row > merged.min_row:
                    grid[row - 1][column - 1] = UP
    return grid


def read_workbook(content: bytes) -> str:
    """Return the sheets of a workbook: values instead of formulas, dates and percentages as displayed."""
    workbook = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    result: list[str] = []
    for sheet in workbook.worksheets:
        result += [f"# {sheet.title}", *lines(_grid(sheet))]
    return "\n".join(result)


def read_csv(content: bytes) -> str:
    """Return a table of values separated by commas, semicolons or tabs."""
    text = plain.read(content)
    head = text[:4096]
    delimiter = max(",;\t", key=head.count)
    csv.field_size_limit(LARGEST_TEXT)
    return "\n".join(lines(list(csv.reader(io.StringIO(text), delimiter=delimiter))))
