"""Prove that every number of a source text is an indicator's, or has a reason not to be."""

import hashlib
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import fields, validate

from schema.fields import Text, plan_identifier
from schema.item import Strict

NUMBERS = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?|[〇零一二两三四五六七八九十百千万亿半]+")
"""Digit runs with an optional decimal part, and runs of Chinese numerals."""


class ExclusionSchema(Strict):
    """Say why a number of the source text is no indicator's."""

    paragraph = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))
    start = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100_000_000))
    end = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100_000_000))
    text = Text(100, required=True)
    reason = Text(50, required=True)


class ExclusionsSchema(Strict):
    """The list of exclusions that is kept beside a plan file."""

    plan_id = plan_identifier(required=True)
    source_sha256 = Text(64, required=True)
    reasons = fields.Dict(keys=Text(50), values=Text(500), required=True)
    exclusions = fields.List(fields.Nested(ExclusionSchema), required=True)


def faults(source: bytes, facts: dict[str, Any], excluded: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (place, what is wrong) for every number not accounted for and every offset that does not hold."""
    text = source.decode("utf-8")
    digest = hashlib.sha256(source).hexdigest()
    if digest != facts["plan"]["source"]["sha256"]:
        yield "$.plan.source.sha256", f"Is not that of the source text, {digest}."
        return
    covered: list[tuple[int, int]] = []
    for index, item in enumerate(facts["indicators"]):
        place, target, at = item["source"], item["target"], f"$.indicators[{index}]"
        if place["start"] is None or place["end"] is None:
            yield at, "Has no place in the source text."
            continue
        printed = text[place["start"] : place["end"]]
        if _decimal(printed) != Decimal(str(target["value"])):
            yield f"{at}.source", f"Is at {printed!r}, which is not the value {target['value']}."
        if not text.startswith(target["unit"] or "", place["end"]):
            yield f"{at}.target.unit", f"{target['unit']!r} does not stand behind the number."
        covered.append((place["start"], place["end"] + len(target["unit"] or "")))
    for part in ("sections", "indicators", "milestones"):
        yield from _misplaced(part, text, facts[part])
    for index, item in enumerate(excluded["exclusions"]):
        at = f"exclusions[{index}]"
        if text[item["start"] : item["end"]] != item["text"]:
            yield at, f"{item['text']!r} does not stand at {item['start']}."
        if item["reason"] not in excluded["reasons"]:
            yield at, f"The reason {item['reason']!r} is not defined."
        covered.append((item["start"], item["end"]))
    for match in NUMBERS.finditer(text):
        if not any(start <= match.start() and match.end() <= end for start, end in covered):
            yield f"offset {match.start()}", f"{match.group()!r} is neither an indicator's number nor excluded."


def _misplaced(part: str, text: str, items: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Find places whose paragraph is not the one that the offset falls in."""
    for index, item in enumerate(items):
        start, paragraph = item["source"]["start"], item["source"]["paragraph"]
        if start is not None and paragraph != paragraph_of(text, start):
            yield f"$.{part}[{index}].source.paragraph", f"Must be {paragraph_of(text, start)}."


def paragraph_of(text: str, offset: int) -> int:
    """Return the paragraph that an offset falls in: non-blank lines, counted from 1."""
    line_end = text.find("\n", offset)
    before = text[: len(text) if line_end < 0 else line_end]
    return sum(1 for line in before.split("\n") if line.strip())


def _decimal(printed: str) -> Decimal | None:
    """Read a printed number in digits of either width; None for any other."""
    try:
        return Decimal(printed)
    except InvalidOperation:
        return None
