"""Convert the entries of a table of indicators to findings."""

from collections.abc import Sequence
from datetime import date

from ingest import deadline
from ingest.finding import Finding, finding, place
from ingest.language import kind, name, quantities
from ingest.language.quantities import Quantity
from ingest.layout import tables
from ingest.layout.text import Paragraph
from ingest.verdict import Verdict


def read(lines: Sequence[Paragraph], section: int, period: tuple[date, date]) -> list[Finding] | None:
    """Read a table of indicators; None for any other table, which is then read as text."""
    entries = tables.read([line.text for line in lines], period[0].year)
    if entries is None:
        return None
    result: list[Finding] = []
    taken: set[int] = set()
    bases: dict[int, tables.Entry] = {entry.row: entry for entry in entries if entry.role == "baseline"}
    whole: int | None = None
    for entry in entries:
        line = lines[entry.row]
        start, end = place(line, entry.start, entry.end)
        taken.add(start)
        if entry.role == "baseline":
            judged = Verdict("baseline", "table-baseline", "表中的基期列", 0.97)
            result.append(
                Finding(
                    start,
                    end,
                    line.text[entry.start : entry.end],
                    *judged,
                    section,
                    "eq",
                    entry.value,
                    None,
                    entry.unit,
                )
            )
            continue
        one = Quantity(
            entry.start,
            entry.end,
            entry.start,
            entry.end,
            entry.value,
            entry.upper,
            entry.unit,
            entry.comparator,
            "quantity",
            "arabic",
        )
        named = name.Name(entry.name, None, None, 1 if entry.growth and entry.unit == "%" else 0, "after")
        kind_ = "increment" if entry.cumulative else kind.kind(named, one)
        due = deadline.find([f"{entry.year}年"] if entry.year else [entry.due], "", [], period)
        base, grown = bases.get(entry.row), entry.growth or entry.cumulative
        result.append(Finding(
            start, end, line.text[entry.start : entry.end], "target", "table-target", "表中的目标列", 0.95, section, entry.comparator, entry.value, entry.upper,
            entry.unit, None, entry.name, None, kind_, kind.direction(named, one, kind_), entry.nature, None, due.on, due.precision, due.basis,
            whole if entry.child else None, base.value if base and not grown else None, str(base.year) if base and base.year and not grown else None,
            entry.lead, entry.others,
        ))  # fmt: skip
        whole = whole if entry.child else start
    for line in lines:
        for one in quantities.find(line.text):
            if line.offsets[one.start] not in taken:
                result.append(finding(line, one, section, Verdict("name", "table-other", "表中其他列的数字", 0.9)))
    return sorted(result, key=lambda row: row.start)
