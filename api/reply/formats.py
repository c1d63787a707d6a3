"""Whole collections as CSV, NDJSON and XLSX, written while they are read."""

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import chain, islice
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from api.reply.replies import JSON
from db.shapes import BETWEEN

MEDIA_TYPES = {
    "json": JSON,
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ics": "text/calendar",
}
EXPORTS = ("csv", "ndjson", "xlsx")
"""What every collection can be had as, besides JSON."""
FIRST, CHUNK = 40, 200
"""Rows written at a time, about 100 kB; fewer at first, so that the first byte comes soon."""
END = b"\x1e"
"""What stands after a row while its cells are looked at: ASCII's record separator, which no text holds either."""
CELLS = BETWEEN + b"%b" + BETWEEN + END
"""A row while its cells are looked at: each has a separator at either end."""
RUNS = re.compile(
    rb"%b(?=[=+@\t\r-]|\xef\xbc[\x8b\x8d\x9d\xa0])(?!-[0-9.]+(?:e[-+]?[0-9]+)?%b)" % (BETWEEN, BETWEEN),
)
"""Where text begins that a spreadsheet runs (OWASP), in UTF-8: those for Chinese and Japanese read ＋ － ＝ ＠ as well.

A plain negative number is none.
"""
TO_QUOTE = bytes.maketrans(b",\r\n", b'"""')
"""Makes one mark of all that a cell needs quotes for."""


def ndjson(rows: Iterable[tuple[bytes]]) -> Iterator[bytes]:
    """Write one JSON object a line."""
    for chunk in chunks(iter(rows)):
        yield b"\n".join([*chain.from_iterable(chunk), b""])


def chunks(source: Iterator[Any]) -> Iterator[tuple[Any, ...]]:
    """Take rows by the chunk."""
    size = FIRST
    while chunk := tuple(islice(source, size)):
        yield chunk
        size = CHUNK


def comma_separated(header: Sequence[str], lines: Iterable[tuple[bytes]], *, bom: bool) -> Iterator[bytes]:
    """Write CSV as RFC 4180 has it, in UTF-8; text that a spreadsheet would run as a formula gets an apostrophe.

    Rows are lines as `db.shapes.line` writes them. What few cells need is looked for in a whole chunk at once: no row
    is split.
    """
    first = ("\ufeff" if bom else "").encode() + BETWEEN.join(name.encode() for name in header)
    for chunk in chunks(chain([(first,)], lines)):
        cells = b"".join([CELLS % line for line in chunk])
        *rows, _ = _quoted(RUNS.sub(BETWEEN + b"'", cells)).split(END)
        yield b"\r\n".join([*[row[1:-1] or b'""' for row in rows], b""]).replace(BETWEEN, b",")


def _quoted(cells: bytes) -> bytes:
    """Put quotes around each cell that holds a quote or what CSV separates by."""
    marked, parts, end = cells.translate(TO_QUOTE), [], 0
    while (mark := marked.find(b'"', end)) >= 0:
        start, stop = cells.rfind(BETWEEN, end, mark) + 1, cells.find(BETWEEN, mark)
        parts += [cells[end:start], b'"%b"' % cells[start:stop].replace(b'"', b'""')]
        end = stop
    return b"".join([*parts, cells[end:]])


SHEET = 500_000
"""Rows on one sheet: the format ends at 1,048,576, and a part of a plain ZIP file at 2 GiB."""
ESCAPED = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold is written as _xHHHH_ (ECMA-376, ST_Xstring); so is what looks like that."""
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = f"""{XML}<Types xmlns="{PACKAGE}/content-types">\
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>\
<Default Extension="xml" ContentType="{KIND}.worksheet+xml"/>\
<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/></Types>"""


class Outlet:
    """Take what zipfile writes, and give it on: a ZIP file can flow, its directory stands at the end."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self.held.append(data)
        return len(data)

    def flush(self) -> None:
        """Hold nothing back."""

    def taken(self) -> bytes:
        """Give what has been written since."""
        data = b"".join(self.held)
        self.held.clear()
        return data


def workbook(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """Write an Excel workbook (ECMA-376, the parts that it must have), its sheets filled one after another."""
    outlet, source = Outlet(), iter(rows)
    with ZipFile(outlet, "w", ZIP_DEFLATED, compresslevel=3) as book:  # type: ignore[call-overload]  # zipfile needs no more
        _part(book, "[Content_Types].xml", TYPES)
        _part(book, "_rels/.rels", _related([("officeDocument", "xl/workbook.xml")]))
        yield outlet.taken()
        sheets: list[str] = []
        first: Sequence[Any] | None = None
        while not sheets or (first := next(source, None)) is not None:
            sheets.append(f"worksheets/sheet{len(sheets) + 1}.xml")
            begun = [first] if first is not None else []
            with book.open(f"xl/{sheets[-1]}", "w") as sheet:
                sheet.write(f'{XML}<worksheet xmlns="{MAIN}"><sheetData>{_row(header)}'.encode())
                mine = chain(begun, islice(source, SHEET - len(begun)))
                for chunk in chunks(mine):
                    sheet.write("".join(map(_row, chunk)).encode())
                    yield outlet.taken()
                sheet.write(b"</sheetData></worksheet>")
        numbers = range(1, len(sheets) + 1)
        listed = "".join(f'<sheet name="Sheet{number}" sheetId="{number}" r:id="r{number}"/>' for number in numbers)
        _part(
            book,
            "xl/workbook.xml",
            f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        _part(book, "xl/_rels/workbook.xml.rels", _related([("worksheet", name) for name in sheets]))
    yield outlet.taken()


def _part(book: ZipFile, name: str, text: str) -> None:
    with book.open(name, "w") as part:  # unlike writestr, it leaves the clock out: same store, same bytes
        part.write(text.encode())


def _related(targets: Sequence[tuple[str, str]]) -> str:
    listed = (
        f'<Relationship Id="r{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{"".join(listed)}</Relationships>'


def _row(cells: Sequence[Any]) -> str:
    return f"<row>{''.join(map(_cell, cells))}</row>"


def _cell(value: Any) -> str:
    if not isinstance(value, str):
        return "<c/>" if value is None else f"<c><v>{value}</v></c>"
    if "_x" in value or not value.isprintable():
        value = ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", value)
    if "&" in value or "<" in value or ">" in value:  # most cells are spared the call
        value = escape(value, quote=False)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
