"""Build the plan file from a reading, after any corrections."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from ingest.finding import Finding
from ingest.layout.outline import above
from ingest.pipeline import Reading
from ingest.review import fingerprint

FORMAT, FORMAT_VERSION = "plan-indicators", 1
_LABELS = {"day": "{0.year}年{0.month}月{0.day}日", "month": "{0.year}年{0.month}月底", "year": "{0.year}年底"}
_LONGEST_NAME, _LONGEST_ACTION = 300, 50


def number(value: Decimal) -> int | float:
    """Convert a decimal to int if it is whole, otherwise to float."""
    return int(value) if value == value.to_integral_value() else float(value)


def _placing(text: str) -> Callable[[int, int], dict[str, int]]:
    """Return a function that converts offsets to a source place, with the number of the non-blank line."""
    starts, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            starts.append(at)
        at += len(line) + 1
    return lambda start, end: {"paragraph": bisect_right(starts, start), "start": start, "end": end}


def label(due: date, precision: str) -> str:
    """Return the label of a deadline: 2025年底, 2025年6月底, 2025年一季度末."""
    if precision == "quarter":
        return f"{due.year}年{'一二三四'[(due.month - 1) // 3]}季度末"
    if precision == "half":
        return f"{due.year}年{'上' if due.month <= 6 else '下'}半年末"
    return _LABELS[precision].format(due)


def slug(text: str) -> str:
    """Convert a name to an id of lower-case letters, digits and hyphens."""
    return re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9]+", "-", text.lower())).strip("-") or "plan"


def build(reading: Reading, plan_id: str | None = None) -> dict[str, Any]:
    """Build the plan file: sections, indicators, milestones and deadlines.

    Indicators are the findings with verdict `target`. A section about the past is left out unless it contains an item.
    """
    about, area = reading.about, reading.area
    years = f"{about.start.year}" if about.start.year == about.end.year else f"{about.start.year}-{about.end.year}"
    ident = plan_id or slug(f"{area.code if area else 'plan'}-{years}")
    place = _placing(reading.source)
    targets = [row for row in reading.findings if row.verdict == "target"]
    numbers = _numbers(reading, [*(row.section for row in targets), *(row.section for row in reading.deliverables)])
    deadlines: dict[date, dict[str, Any]] = {}

    def due(on: date | None, precision: str) -> str:
        day = on or about.end
        found = {"id": f"{ident}.due-{day}", "due_on": f"{day}", "precision": precision, "label": label(day, precision)}
        beyond = {"beyond_period": True} if day > about.end else {}
        return str(deadlines.setdefault(day, found | beyond)["id"])

    sections = [
        {
            "id": f"{ident}.{numbers[at]}", "parent_id": f"{ident}.{numbers[at].rpartition('.')[0]}" if "." in numbers[at] else None,
            "number": numbers[at], "title": _title(reading, at), "source": place(*reading.places[at]) if at >= 0 else {},
        }
        for at in sorted(numbers)
    ]  # fmt: skip
    indicators: list[dict[str, Any]] = []
    ids: dict[int, str] = {}
    counts: dict[str, int] = {}
    for row in sorted(targets, key=lambda each: (each.section, each.start)):
        section = numbers[row.section]
        counts[section] = counts.get(section, 0) + 1
        code = f"{section}.{counts[section]:02}"
        ids[row.start] = f"{ident}.{code}"
        indicators.append({
            "id": ids[row.start], "section_id": f"{ident}.{section}", "parent_id": ids.get(row.parent) if row.parent is not None else None, "code": code,
            **_indicator(row), "deadline_id": due(row.due_on, row.precision), "due_precision": row.precision, "deadline_basis": row.basis,
            "lead_department": row.lead, "departments": list(dict.fromkeys(row.others)), "source": place(row.start, row.end),
        })  # fmt: skip
    milestones = []
    counts = {}
    for item in sorted(reading.deliverables, key=lambda each: (each.section, each.start)):
        section = numbers[item.section]
        counts[section] = counts.get(section, 0) + 1
        code = f"{section}.m{counts[section]:02}"
        milestones.append({
            "id": f"{ident}.{code}", "section_id": f"{ident}.{section}", "code": code, "name": item.name[:_LONGEST_NAME], "action": item.action,
            "commitment": item.commitment, "deadline_id": due(item.due_on, item.precision), "due_precision": item.precision, "deadline_basis": item.basis,
            "state": "planned", "source": place(item.start, item.end),
        })  # fmt: skip
    return {
        "format": FORMAT, "format_version": FORMAT_VERSION, "plan": _plan(reading, ident),
        "deadlines": [deadlines[day] for day in sorted(deadlines)], "sections": sections, "indicators": indicators, "milestones": milestones,
    }  # fmt: skip


def _plan(reading: Reading, ident: str) -> dict[str, Any]:
    about, area = reading.about, reading.area
    return {
        "id": ident, "title": about.title[:_LONGEST_NAME], "area_code": area.code if area else None, "area_name": area.name if area else None,
        "level": area.level if area else None, "period_start": f"{about.start}", "period_end": f"{about.end}", "status": "active",
        "source": {
            "title": about.title[:_LONGEST_NAME], "published_on": f"{about.dated}" if about.dated else None,
            "sha256": fingerprint(reading.source),
        },
    }  # fmt: skip


def _indicator(row: Finding) -> dict[str, Any]:
    target: dict[str, Any] = {"comparator": row.comparator}
    if row.value is None:
        target["text"] = (row.words or row.text)[:200]
    else:
        target |= {
            "value": number(row.value),
            "upper": number(row.upper) if row.upper is not None else None,
            "unit": row.unit or "",
        }
    return {
        "name": row.name[:_LONGEST_NAME] or row.text, "action": row.action[:_LONGEST_ACTION] if row.action else None, "kind": row.kind,
        "direction": row.direction, "nature": row.nature, "commitment": row.commitment, "target": target,
        "baseline": {"value": number(row.baseline), "period": row.baseline_period} if row.baseline is not None else {},
    }  # fmt: skip


def _title(reading: Reading, at: int) -> str:
    if at < 0:
        return reading.about.title[:_LONGEST_NAME]
    start, end = reading.places[at]
    return " ".join(reading.source[start:end].split())[:_LONGEST_NAME]


def _numbers(reading: Reading, used: Sequence[int]) -> dict[int, str]:
    """Assign numbers to the sections of the plan: all except those about the past that contain no item.

    -1 is the section for text under no heading.
    """
    past = {at for at, section in enumerate(reading.sections) if _is_past(reading, at)}
    needed = {index for home in used for index in above(reading.sections, home)}
    keep = [at for at in range(len(reading.sections)) if at not in past or at in needed]
    result: dict[int, str] = {}
    counters: list[int] = []
    levels: list[int] = []
    if -1 in used or not keep:
        result[-1] = "1"
        counters, levels = [1], [1]
    for at in keep:
        level = reading.sections[at].level
        while levels and levels[-1] > level:
            levels.pop()
            counters = counters[: len(levels) + 1]
        if not levels or levels[-1] < level:
            levels.append(level)
        counters = [*counters[: len(levels)], *([0] * (len(levels) - len(counters)))]
        counters[len(levels) - 1] += 1
        counters = counters[: len(levels)]
        result[at] = ".".join(map(str, counters))
    return result


def _is_past(reading: Reading, at: int) -> bool:
    return reading.kinds[at] in {"past", "context"}
