"""Whole collections as CSV, NDJSON and XLSX, written while they are read."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from xlsxwriter import Workbook

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ics": "text/calendar",
}
EXPORTS = ("csv", "ndjson", "xlsx")
"""What every collection can be had as, besides JSON."""
CHUNK = 200
"""Rows written at a time: about 100 kB."""
SHEET = 1_000_000
"""Rows on one sheet; the format ends at 1,048,576."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def ndjson(rows: Iterable[tuple[str]]) -> Iterator[bytes]:
    """Write one JSON object a line."""
    source = iter(rows)
    while chunk := tuple(islice(source, CHUNK)):
        yield "".join(f"{text}\n" for (text,) in chunk).encode()


def comma_separated(header: Sequence[str], rows: Iterable[Sequence[Any]], *, bom: bool) -> Iterator[bytes]:
    """Write CSV as RFC 4180 has it, in UTF-8; text that a spreadsheet would run as a formula gets an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff" if bom else "")
    source = chain([header], rows)
    while chunk := tuple(islice(source, CHUNK)):
        writer.writerows(map(_harmless, chunk))
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()


def _harmless(row: Sequence[Any]) -> list[Any]:
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in row]


def workbook(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write an Excel workbook, by way of a temporary file: its directory stands at the end, so it cannot flow."""
    with tempfile.TemporaryFile() as file:
        book = Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
        book.set_properties({"created": datetime(1980, 1, 1, tzinfo=UTC)})  # same store, same bytes
        number, sheet = 0, _sheet(book, header)
        for row in rows:
            if number == SHEET:
                number, sheet = 0, _sheet(book, header)
            number += 1
            sheet.write_row(number, 0, row)
        book.close()
        file.seek(0)
        while block := file.read(1 << 16):
            yield block


def _sheet(book: Workbook, header: Sequence[str]) -> Any:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, header)
    return sheet
