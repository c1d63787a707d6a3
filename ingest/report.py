"""Write the review page: one HTML file that loads nothing from elsewhere."""

import json
from decimal import Decimal
from importlib.resources import files
from typing import Any

from ingest.layout.columns import COLUMNS, VERDICTS
from ingest.pipeline import Reading
from ingest.review import FORMAT, fingerprint


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def write(reading: Reading) -> str:
    """Return the review page as HTML: the text with coloured numbers, and a table to filter and correct."""
    about, area = reading.about, reading.area
    fields = [column.field for column in COLUMNS]
    data = {
        "format": FORMAT,
        "sha256": fingerprint(reading.source),
        "title": about.title,
        "about": [area.name if area else "地区未识别", f"{about.start} 至 {about.end}"],
        "text": reading.source,
        "verdicts": [{"code": term.code, "label": term.label, "definition": term.definition} for term in VERDICTS],
        "columns": [
            {"field": column.field, "label": column.label, "terms": [[term.code, term.label] for term in column.terms]}
            for column in COLUMNS
        ],
        "headings": [[*place] for place in reading.places],
        "milestones": [{"name": item.name, "start": item.start, "due": f"{item.due_on}"} for item in reading.deliverables],
        "rows": [
            {
                "start": row.start, "end": row.end, "text": row.text, "rule": row.rule, "reason": row.reason, "confidence": row.confidence,
                "parent": row.parent, **{field: getattr(row, field) for field in fields},
            }
            for row in reading.findings
        ],
    }  # fmt: skip
    # A closing tag inside the data would end the script, so < is escaped.
    embedded = (
        json.dumps(data, ensure_ascii=False, default=_plain)
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )
    page = (files("ingest") / "report.html").read_text("utf-8")
    return page.replace("__TITLE__", _escape(about.title)).replace('"__DATA__"', embedded)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
