"""The plan file: a whole plan as one document, checked as a whole, every fault with its place."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schema.deadline import DeadlineFactsSchema
from schema.indicator import IndicatorFactsSchema
from schema.item import Strict
from schema.milestone import MilestoneFactsSchema
from schema.observation import ObservationFactsSchema
from schema.plan import PlanFactsSchema
from schema.section import SectionFactsSchema
from schema.strict_json import decode

FORMAT = "plan-indicators"
FORMAT_VERSION = 1
LARGEST_BYTES = 64 * 1024 * 1024
DEEPEST = 9
"""How many levels of sections a plan may have."""
ITEMS = 100_000
"""How many items of each sort a plan may have; the largest plans known have some thousands."""


class PlanFileSchema(Strict):
    """A whole plan, as `load` takes it and `export` writes it."""

    format = fields.String(required=True, validate=validate.OneOf([FORMAT]))
    format_version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(
            1, FORMAT_VERSION, error="Must be 1; a file of a higher version needs a newer program."
        ),
    )
    plan = fields.Nested(PlanFactsSchema, required=True)
    deadlines = fields.List(fields.Nested(DeadlineFactsSchema), load_default=list, validate=validate.Length(max=ITEMS))
    sections = fields.List(fields.Nested(SectionFactsSchema), load_default=list, validate=validate.Length(max=ITEMS))
    indicators = fields.List(
        fields.Nested(IndicatorFactsSchema), load_default=list, validate=validate.Length(max=ITEMS)
    )
    milestones = fields.List(
        fields.Nested(MilestoneFactsSchema), load_default=list, validate=validate.Length(max=ITEMS)
    )
    observations = fields.List(
        fields.Nested(ObservationFactsSchema), load_default=list, validate=validate.Length(max=ITEMS)
    )

    @validates_schema(skip_on_field_errors=True)
    def _whole(self, data: dict[str, Any], **_: Any) -> None:
        found: dict[str, Any] = {}
        for part, index, member, message in faults(data):
            found.setdefault(part, {}).setdefault(index, {}).setdefault(member, []).append(message)
        if found:
            raise ValidationError(found)


Fault = tuple[str, int, str, str]

PARTS = ("deadlines", "sections", "indicators", "milestones", "observations")


def faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Find what is wrong between the parts of a plan, each of which is right by itself: (part, index, member, what)."""
    yield from _ids(data)
    yield from _codes(data)
    yield from _references(data)
    yield from _rules(data)
    yield from _series(data)


def _ids(data: dict[str, Any]) -> Iterator[Fault]:
    """Find ids that are not unique, or not of this plan: ids are unique across the whole store."""
    for part in PARTS:
        times = Counter(item["id"] for item in data[part])
        for index, item in enumerate(data[part]):
            if times[item["id"]] > 1:
                yield part, index, "id", "Stands more than once."
            if not item["id"].startswith(f"{data['plan']['id']}."):
                yield part, index, "id", f"Must begin with the id of the plan, {data['plan']['id']}."


def _codes(data: dict[str, Any]) -> Iterator[Fault]:
    """Find codes that name two items: a code is unique within its plan."""
    for part in ("indicators", "milestones"):
        times = Counter(item["code"] for item in data[part])
        for index, item in enumerate(data[part]):
            if times[item["code"]] > 1:
                yield part, index, "code", "Stands more than once."


REFERENCES = (
    ("indicators", "section_id", "sections"),
    ("milestones", "section_id", "sections"),
    ("indicators", "deadline_id", "deadlines"),
    ("milestones", "deadline_id", "deadlines"),
    ("observations", "indicator_id", "indicators"),
)
ABOVE = (("sections", "parent_id"), ("indicators", "parent_id"), ("observations", "supersedes"))


def _references(data: dict[str, Any]) -> Iterator[Fault]:
    """Find references to nothing; a parent stands before its children, which also rules out cycles."""
    for part, member, target in REFERENCES:
        known = {item["id"] for item in data[target]}
        for index, item in enumerate(data[part]):
            if item[member] not in known:
                yield part, index, member, f"Is not the id of any of the {target}."
    for part, member in ABOVE:
        before: set[str] = set()
        for index, item in enumerate(data[part]):
            if item[member] is not None and item[member] not in before:
                yield part, index, member, f"Is not the id of one of the {part} before it."
            before.add(item["id"])


def _rules(data: dict[str, Any]) -> Iterator[Fault]:
    """Find deadlines outside of the plan's period, and sections too deep."""
    start, end = data["plan"]["period_start"], data["plan"]["period_end"]
    for index, item in enumerate(data["deadlines"]):
        if item["due_on"] < start:
            yield "deadlines", index, "due_on", f"Must not be before the plan's period, which starts {start}."
        # The work report of a year may promise for 2030 or 2035: who means it says so, and a mistyped year is refused.
        if item["due_on"] > end and not item["beyond_period"]:
            message = f"Must be in the plan's period, which ends {end}, unless beyond_period is true."
            yield "deadlines", index, "due_on", message
    depths: dict[str | None, int] = {None: 0}
    for index, item in enumerate(data["sections"]):
        depths[item["id"]] = depths.get(item["parent_id"], 0) + 1
        if depths[item["id"]] > DEEPEST:
            yield "sections", index, "parent_id", f"Must not be more than {DEEPEST} levels deep."


def _series(data: dict[str, Any]) -> Iterator[Fault]:
    """Find values in another unit than their target, and two that count for one period: a correction supersedes."""
    units = {item["id"]: item["target"]["unit"] for item in data["indicators"]}
    known = {item["id"]: (item["indicator_id"], item["time_period"]) for item in data["observations"]}
    periods: Counter[tuple[str, str]] = Counter()
    corrected = Counter(item["supersedes"] for item in data["observations"])
    for index, item in enumerate(data["observations"]):
        if item["unit"] != units.get(item["indicator_id"], item["unit"]):
            unit = units[item["indicator_id"]] or "null"
            yield "observations", index, "unit", f"Must be the unit of the target, {unit}."
        if item["supersedes"] and corrected[item["supersedes"]] > 1:
            yield "observations", index, "supersedes", "Is superseded by another observation too."
        if known.get(item["supersedes"], known[item["id"]]) != known[item["id"]]:
            yield "observations", index, "supersedes", "Is a value of another indicator or time period."
        if not item["supersedes"]:
            periods[item["indicator_id"], item["time_period"]] += 1
            if periods[item["indicator_id"], item["time_period"]] > 1:
                yield "observations", index, "time_period", "Has a value already: a correction supersedes it."


def parse(content: bytes) -> dict[str, Any]:
    """Read the bytes of a plan file into checked facts.

    Raises ValidationError whose messages are {JSON path: [what is wrong]}: all faults at once.
    """
    if len(content) > LARGEST_BYTES:
        raise ValidationError({"$": [f"Must not be larger than {LARGEST_BYTES} bytes."]})
    try:
        facts: dict[str, Any] = PlanFileSchema().load(decode(content))
    except ValidationError as error:
        raise ValidationError(dict(located(error.messages))) from error
    except ValueError as error:
        raise ValidationError({"$": [str(error)]}) from error
    return facts


def located(messages: Any, path: str = "$") -> Iterator[tuple[str, list[str]]]:
    """Flatten the messages of marshmallow to (JSON path, what is wrong) pairs."""
    if isinstance(messages, dict):
        for name, below in messages.items():
            step = f".{name}" if isinstance(name, str) and name.isidentifier() else f"[{json.dumps(name)}]"
            step = "" if name == "_schema" else step
            yield from located(below, path + step)
    else:
        yield path, [str(message) for message in messages]
