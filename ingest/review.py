"""Apply the corrections of a reviewer to a reading."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ingest.finding import Finding
from ingest.layout.columns import COLUMNS, Wrong, parse
from ingest.pipeline import Reading
from schema.vocabulary import COMPARATORS

FORMAT = "plan-indicators-review"
LARGEST = 32 * 1024 * 1024
_BY_FIELD = {column.field: column for column in COLUMNS}
_WITHOUT_NUMBER = frozenset({"relative", "assigned", "direction_only"})


def fingerprint(source: str) -> str:
    """Return the SHA-256 of a source text, which links a review to its document."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def from_json(content: bytes) -> tuple[str, list[dict[str, Any]]]:
    """Parse the JSON from the review page: (fingerprint of the document, rows of changed fields). Raises Wrong."""
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
    """Apply the rows to the findings with the same `start`. Rows may leave out unchanged fields.

    Raises Wrong if the review is for another document, or, with row and column, if a value is invalid.
    """
    if sha256 != fingerprint(reading.source):
        raise Wrong("it is a review of another document or of another version of it")
    findings = {row.start: row for row in reading.findings}
    for row in rows:
        start = row.get("start")
        if not isinstance(start, int) or start not in findings:
            raise Wrong(f"no number starts at offset {start}")
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
    """Return whether two values are equal; an empty cell equals None."""
    return bool(one == other) or (one in {None, ""} and other in {None, ""})


def _whole(finding: Finding, end: date) -> Finding:
    """Validate a corrected target, and set its date to the end of the period if none was typed. Raises Wrong."""
    where = f"{finding.text} at offset {finding.start}"
    if not finding.name:
        raise Wrong(f"{where}: a target needs a name")
    if (finding.value is None) != (finding.comparator in _WITHOUT_NUMBER):
        labels = "、".join(term.label for term in COMPARATORS if term.code in _WITHOUT_NUMBER)
        raise Wrong(f"{where}: a target must have a number, unless the comparator is {labels}")
    if (finding.upper is not None) != (finding.comparator == "between"):
        raise Wrong(f"{where}: an upper value is required for 介于 and not allowed otherwise")
    return finding._replace(due_on=finding.due_on or end)
