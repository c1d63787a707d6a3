"""Check that every number in a source text belongs to an indicator or is excluded with a reason."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import fields, validate

from schema.fields import Text, plan_identifier
from schema.item import Strict

NUMBERS = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?|[〇零一二两三四五六七八九十百千万亿半]+")
"""Runs of digits with an optional decimal part, and runs of Chinese numerals."""


class ExclusionSchema(Strict):
    """The reason why a number of the source text belongs to no indicator. Offsets count code points."""

    paragraph = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))
    start = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100_000_000))
    end = fields.Integer(required=True, strict=True, validate=validate.Range(0, 100_000_000))
    text = Text(100, required=True)
    reason = Text(50, required=True)


class ExclusionsSchema(Strict):
    """The file of exclusions that is kept beside a plan file."""

    plan_id = plan_identifier(required=True)
    source_sha256 = Text(64, required=True)
    reasons = fields.Dict(keys=Text(50), values=Text(500), required=True)
    exclusions = fields.List(fields.Nested(ExclusionSchema), required=True)


def faults(source: bytes, facts: dict[str, Any], excluded: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (place, message) for every number that is not accounted for and every offset that is wrong."""
    text = source.decode("utf-8")
    digest = hashlib.sha256(source).hexdigest()
    if digest != facts["plan"]["source"]["sha256"]:
        yield "$.plan.source.sha256", f"Must be the SHA-256 of the source text, {digest}."
        return
    for member, value in (("plan_id", facts["plan"]["id"]), ("source_sha256", digest)):
        if excluded[member] != value:
            yield f"exclusions: $.{member}", f"Must be {value}."
    yield from _indicators(text, facts["indicators"])
    for part in ("sections", "indicators", "milestones"):
        for index, item in enumerate(facts[part]):
            yield from _misplaced(f"$.{part}[{index}].source.paragraph", text, item["source"])
    for index, item in enumerate(excluded["exclusions"]):
        at = f"exclusions: $.exclusions[{index}]"
        if text[item["start"] : item["end"]] != item["text"]:
            yield at, f"{item['text']!r} is not at offset {item['start']}."
        if item["reason"] not in excluded["reasons"]:
            yield at, f"The reason {item['reason']!r} is not defined."
        yield from _misplaced(f"{at}.paragraph", text, item)
    covered = [(item["start"], item["end"]) for item in excluded["exclusions"]]
    for item in facts["indicators"]:
        start, end = item["source"]["start"], item["source"]["end"]
        if start is not None and end is not None:
            covered.append((start, end + len(item["target"]["unit"] or "")))
    for match in NUMBERS.finditer(text):
        if not any(start <= match.start() and match.end() <= end for start, end in covered):
            yield f"offset {match.start()}", f"{match.group()!r} belongs to no indicator and is not excluded."


def _indicators(text: str, items: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Find indicators whose number (for a range, both ends) or unit is not at its place in the text."""
    for index, item in enumerate(items):
        place, target, at = item["source"], item["target"], f"$.indicators[{index}]"
        wanted = [Decimal(str(target[end])) for end in ("value", "upper") if target[end] is not None]
        if not wanted:
            continue
        if place["start"] is None or place["end"] is None:
            yield at, "Must have source.start and source.end."
            continue
        printed = text[place["start"] : place["end"]]
        numbers = [printed] if len(wanted) == 1 else NUMBERS.findall(printed)
        if [_decimal(number) for number in numbers] != wanted:
            yield f"{at}.source", f"Points to {printed!r}, but the value is {' to '.join(map(str, wanted))}."
        if not text.startswith(target["unit"], place["end"]):
            yield f"{at}.target.unit", f"{target['unit']!r} does not follow the number."


def _misplaced(at: str, text: str, place: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Find a place whose paragraph does not contain its offset."""
    if place["start"] is not None and place["paragraph"] != paragraph_of(text, place["start"]):
        yield at, f"Must be {paragraph_of(text, place['start'])}."


def paragraph_of(text: str, offset: int) -> int:
    """Return the number of the paragraph at an offset (code points). Paragraphs are non-blank lines, counted from 1."""
    line_end = text.find("\n", offset)
    before = text[: len(text) if line_end < 0 else line_end]
    return sum(1 for line in before.split("\n") if line.strip())


def _decimal(printed: str) -> Decimal | None:
    """Parse a number in half-width or full-width digits; None for anything else."""
    try:
        return Decimal(unicodedata.normalize("NFKC", printed))
    except InvalidOperation:
        return None
