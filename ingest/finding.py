"""The results of reading, which a reviewer can correct: every number of the document, commitments without a number, and milestones."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ingest.language.quantities import Quantity
from ingest.layout.text import Paragraph
from ingest.verdict import Verdict


class Finding(NamedTuple):
    """One number of the document, or a commitment without a number. `start`, `end` are its offsets in the source (code points).

    `verdict` is `target`, `past`, `baseline`, `name` or `unsure`; `rule`, `reason` and `confidence`
    (0 to 1) explain it. The fields from `name` on describe the indicator and are set for targets only. `section` is an
    index of the outline, or -1. `parent` is the `start` of the finding that this is a part of.
    """

    start: int
    end: int
    text: str
    verdict: str
    rule: str
    reason: str
    confidence: float
    section: int
    comparator: str = "eq"
    value: Decimal | None = None
    upper: Decimal | None = None
    unit: str | None = None
    words: str | None = None
    name: str = ""
    action: str | None = None
    kind: str = "level"
    direction: str = "increase"
    nature: str | None = None
    commitment: str | None = None
    due_on: date | None = None
    precision: str = "year"
    basis: str = "inherited"
    parent: int | None = None
    baseline: Decimal | None = None
    baseline_period: str | None = None
    lead: str | None = None
    others: tuple[str, ...] = ()


class Deliverable(NamedTuple):
    """One milestone: a phrase (`start`, `end` in the source, in code points) that names a deliverable."""

    start: int
    end: int
    name: str
    action: str | None
    section: int
    commitment: str | None
    due_on: date
    precision: str
    basis: str


def place(paragraph: Paragraph, start: int, end: int) -> tuple[int, int]:
    """Convert a range of a paragraph to offsets (start, end) in the source."""
    return paragraph.offsets[start], paragraph.offsets[max(start, end - 1)] + 1


def finding(paragraph: Paragraph, one: Quantity, section: int, judged: Verdict) -> Finding:
    """Build the finding of a number with its verdict; the fields that describe a target are not set yet."""
    start, end = place(paragraph, one.start, one.end)
    return Finding(
        start, end, paragraph.text[one.left : one.right], judged.kind, judged.rule, judged.reason, judged.confidence, section,
        one.comparator, None if one.form == "date" else one.value, one.upper, one.unit,
    )  # fmt: skip
