"""Take a reviewer's corrections back into what was read."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ingest.columns import COLUMNS, Wrong, parse
from ingest.finding import Finding
from ingest.pipeline import Reading
from schema.vocabulary import COMPARATORS

FORMAT = "plan-indicators-review"
LARGEST = 32 * 1024 * 1024
_BY_FIELD = {column.field: column for column in COLUMNS}
_WITHOUT_NUMBER = frozenset({"relative", "assigned", "direction_only"})


def fingerprint(source: str) -> str:
    """Give the SHA-256 of a source text, by which a review and a document know each other."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def from_json(content: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Read the corrections that the page gives: the document's fingerprint, and rows of changed fields. Raises Wrong."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
        if document["format"] != FORMAT:
            raise Wrong(f"its format is not {FORMAT}")
        rows = [dict(row) for row in document["rows"]]
        return str(document["sha256"]), rows
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, Wrong):
            raise
        raise Wrong("it is not a review downloaded from the review page") from error


def apply(reading: Reading, sha256: str, rows: Iterable[Mapping[str, Any]]) -> Reading:
    """Correct the findings by the rows, each found by its `start`; unchanged fields may be left out.

    Raises Wrong, naming row and column, for a review of another document, or for a value that a field cannot hold.
    """
    if sha256 != fingerprint(reading.source):
        raise Wrong("it is a review of another document, or of another edition of it")
    findings = {row.start: row for row in reading.findings}
    for row in rows:
        start = row.get("start")
        if not isinstance(start, int) or start not in findings:
            raise Wrong(f"no number begins at offset {start}")
        findings[start] = _corrected(findings[start], row, reading.about.end)
    return reading._replace(findings=tuple(findings.values()))


def _corrected(finding: Finding, row: Mapping[str, Any], end: date) -> Finding:
    changes: dict[str, Any] = {}
    for field, column in _BY_FIELD.items():
        if field in row:
            try:
                changes[field] = parse(column, row[field])
            except Wrong as error:
                raise Wrong(f"{finding.text} at offset {finding.start}, {column.label}: {error}") from error
    if "name" in changes:
        changes["name"] = changes["name"] or ""
    changes = {field: value for field, value in changes.items() if not _same(value, getattr(finding, field))}
    if not changes:
        return finding
    result = finding._replace(**changes, rule="review", reason="人工复核", confidence=1.0)
    return _whole(result, end) if result.verdict == "target" else result


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values say the same; an empty cell says nothing, as None does."""
    return bool(one == other) or (one in {None, ""} and other in {None, ""})


def _whole(finding: Finding, end: date) -> Finding:
    """Check that a corrected target can stand in a plan file, and give it the period's end where no date was typed."""
    where = f"{finding.text} at offset {finding.start}"
    if not finding.name:
        raise Wrong(f"{where}: a target needs a name")
    if (finding.value is None) != (finding.comparator in _WITHOUT_NUMBER):
        labels = "、".join(term.label for term in COMPARATORS if term.code in _WITHOUT_NUMBER)
        raise Wrong(f"{where}: a target has a number, except with {labels}")
    if (finding.upper is not None) != (finding.comparator == "between"):
        raise Wrong(f"{where}: an upper value goes with 介于, and only with it")
    return finding._replace(due_on=finding.due_on or end)
