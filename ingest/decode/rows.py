"""Write tables as lines of text, so that each cell has an offset in the source text."""

import re
from collections.abc import Iterable, Sequence

LEFT, UP = "←", "↑"
"""Marks in a cell that a merged cell covers; they point to that cell."""

LONGEST_CELL = 200


def line(cells: Iterable[str]) -> str:
    """Write one row: | a | b |."""
    return "| " + " | ".join(re.sub(r"\s*\n\s*|\s{2,}", " ", cell.replace("|", "/")).strip() for cell in cells) + " |"


def lines(table: Sequence[Sequence[str]]) -> list[str]:
    """Write a table. A table with whole paragraphs in its cells is written as those paragraphs."""
    rows = [row for row in table if any(cell.strip() for cell in row)]
    if any(len(cell) > LONGEST_CELL for row in rows for cell in row):
        return [
            part for row in rows for cell in row if cell not in {LEFT, UP} for part in cell.split("\n") if part.strip()
        ]
    return [line(row) for row in rows]
