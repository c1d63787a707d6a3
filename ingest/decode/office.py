"""Decode .docx: headings (by style), paragraphs, tables with merged cells."""

import io
import re

import docx
from docx.table import Table
from docx.text.paragraph import Paragraph

from ingest.decode.rows import LEFT, UP, lines

_HEADING = re.compile(r"(?:heading|标题)\s*([1-6])", re.I)


def _mark(paragraph: Paragraph) -> str:
    style = paragraph.style.name if paragraph.style is not None and paragraph.style.name else ""
    found = _HEADING.match(style)
    return "#" * int(found[1]) + " " if found and paragraph.text.strip() else ""


def _grid(table: Table) -> list[list[str]]:
    """Return the rows of a table. A cell covered by a merged cell has a mark that points to it."""
    grid: list[list[str]] = []
    above: list[object] = []
    for row in table.rows:
        marks: list[object] = [cell._tc for cell in row.cells]
        line = []
        for place, cell in enumerate(row.cells):
            if place and marks[place] is marks[place - 1]:
                line.append(LEFT)
            elif place < len(above) and marks[place] is above[place]:
                line.append(UP)
            else:
                line.append(cell.text)
        grid.append(line)
        above = marks
    return grid


def read(content: bytes) -> str:
    """Return the paragraphs and tables of a document in order, one paragraph per line."""
    document = docx.Document(io.BytesIO(content))
    result: list[str] = []
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            result.extend(_mark(block) + part for part in block.text.split("\n"))
        else:
            result.extend(lines(_grid(block)))
    return "\n".join(result)
