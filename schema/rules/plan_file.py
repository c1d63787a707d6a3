"""The plan file: a whole plan as one document. It is validated as a whole, and every fault has its JSON path."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from schema.deadline import DeadlineFactsSchema
from schema.fields import FAULTS_MOST, Items
from schema.indicator import IndicatorFactsSchema
from schema.item import Strict
from schema.milestone import MilestoneFactsSchema
from schema.observation import ObservationFactsSchema, misfits, premature
from schema.plan import PlanFactsSchema
from schema.rules.strict_json import decode
from schema.section import SectionFactsSchema

FORMAT = "plan-indicators"
FORMAT_VERSION = 1
LARGEST_BYTES = 64 * 1024 * 1024
DEEPEST = 9
"""Maximum number of levels of sections."""
ITEMS = 100_000
"""Maximum number of items of each part. The largest known plans have a few thousand."""
EARLIER = 10
"""Years before the plan's period in which a milestone may have been completed, because work may precede a plan."""


def _listed(item: type[Strict]) -> Items:
    """Declare a required list. If it were optional, leaving it out by mistake would delete all its items."""
    return Items(
        fields.Nested(item),
        required=True,
        validate=validate.Length(max=ITEMS),
        error_messages={"required": "Is required. Use an empty list if there are none."},
    )


class PlanFileSchema(Strict):
    """A whole plan: the document that `load` reads and `export` writes."""

    format = fields.String(required=True, validate=validate.OneOf([FORMAT]))
    format_version = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(
            1, FORMAT_VERSION, error="Must be 1. A file with a higher version needs a newer program."
        ),
    )
    plan = fields.Nested(PlanFactsSchema, required=True)
    deadlines = _listed(DeadlineFactsSchema)
    sections = _listed(SectionFactsSchema)
    indicators = _listed(IndicatorFactsSchema)
    milestones = _listed(MilestoneFactsSchema)
    observations = Items(fields.Nested(ObservationFactsSchema), load_default=list, validate=validate.Length(max=ITEMS))

    @validates_schema(skip_on_field_errors=True)
    def _whole(self, data: dict[str, Any], **_: Any) -> None:
        _refuse(faults(data))


Fault = tuple[str, int, str, str]

PARTS = ("deadlines", "sections", "indicators", "milestones", "observations")


def faults(data: dict[str, Any]) -> Iterator[Fault]:
    """Yield the faults between the items of a plan, each valid by itself: (part, index, member, message)."""
    yield from _ids(data)
    yield from _codes(data)
    yield from _references(data)
    yield from _rules(data)
    yield from _deadlines(data)
    yield from _values(data)
    yield from _series(data)


def still_to_come(data: dict[str, Any], today: str) -> Iterator[Fault]:
    """Yield the faults of items in the future: completed milestones, and values that are not forecasts."""
    for index, item in enumerate(data["milestones"]):
        if item["done_on"] is not None and item["done_on"] > today:
            yield "milestones", index, "done_on", f"Must not be after today, {today}."
    for index, item in enumerate(data["observations"]):
        why = premature(item["time_period"], item["obs_status"], today)
        if why:
            yield "observations", index, "time_period", why


def _refuse(found: Iterator[Fault]) -> None:
    """Raise ValidationError with the first FAULTS_MOST + 1 faults, if there are any."""
    messages: dict[str, Any] = {}
    for part, index, member, message in islice(found, FAULTS_MOST + 1):
        messages.setdefault(part, {}).setdefault(index, {}).setdefault(member, []).append(message)
    if messages:
        raise ValidationError(messages)


def _ids(data: dict[str, Any]) -> Iterator[Fault]:
    """Find ids that are not unique or do not start with the id of the plan. Ids are unique in the whole store."""
    for part in PARTS:
        times = Counter(item["id"] for item in data[part])
        for index, item in enumerate(data[part]):
            if times[item["id"]] > 1:
                yield part, index, "id", "Must be unique."
            if part != "observations" and not item["id"].startswith(f"{data['plan']['id']}."):
                yield part, index, "id", f"Must start with the id of the plan and a dot, {data['plan']['id']}."


NAMED = (("sections", "number"), ("indicators", "code"), ("milestones", "code"))
"""The number or code of each part."""


def _codes(data: dict[str, Any]) -> Iterator[Fault]:
    """Find numbers and codes that are not unique within the plan."""
    for part, member in NAMED:
        times = Counter(item[member] for item in data[part])
        for index, item in enumerate(data[part]):
            if times[item[member]] > 1:
                yield part, index, member, "Must be unique within the plan."


REFERENCES = (
    ("indicators", "section_id", "sections", "indicator"),
    ("milestones", "section_id", "sections", "milestone"),
    ("indicators", "deadline_id", "deadlines", "indicator"),
    ("milestones", "deadline_id", "deadlines", "milestone"),
    ("observations", "indicator_id", "indicators", "value"),
)
ABOVE = (
    ("sections", "parent_id", "subsection"),
    ("indicators", "parent_id", "part"),
    ("observations", "supersedes", "correction"),
)
"""References within a part: (part, member, what the referring item is called). The target comes before it."""


def below(data: dict[str, Any], part: str, key: str) -> Iterator[tuple[str, str]]:
    """Yield (id, what it is called) of every item that refers to this one, such as a subsection or a value."""
    own = ((own, member, own, word) for own, member, word in ABOVE)
    for other, member, target, word in (*own, *REFERENCES):
        if target == part:
            yield from ((item["id"], word) for item in data[other] if item[member] == key)


def _references(data: dict[str, Any]) -> Iterator[Fault]:
    """Find references to missing items. A parent must come before its children, which also rules out cycles."""
    for part, member, target, _ in REFERENCES:
        known = {item["id"] for item in data[target]}
        for index, item in enumerate(data[part]):
            if item[member] not in known:
                yield part, index, member, f"Must be the id of one of the {target}."
    for part, member, _ in ABOVE:
        before: set[str] = set()
        for index, item in enumerate(data[part]):
            if item[member] is not None and item[member] not in before:
                yield part, index, member, f"Must be the id of one of the {part} before it."
            before.add(item["id"])


def _rules(data: dict[str, Any]) -> Iterator[Fault]:
    """Find milestones completed too long before the plan, and sections nested too deeply."""
    start = data["plan"]["period_start"]
    earliest = f"{max(1, int(start[:4]) - EARLIER):04}{start[4:]}"
    for index, item in enumerate(data["milestones"]):
        if item["done_on"] is not None and item["done_on"] < earliest:
            message = f"Must not be more than {EARLIER} years before the plan's period, which starts on {start}."
            yield "milestones", index, "done_on", message
    depths: dict[str | None, int] = {None: 0}
    for index, item in enumerate(data["sections"]):
        depths[item["id"]] = depths.get(item["parent_id"], 0) + 1
        if depths[item["id"]] > DEEPEST:
            yield "sections", index, "parent_id", f"Must not nest sections more than {DEEPEST} levels deep."


def _deadlines(data: dict[str, Any]) -> Iterator[Fault]:
    """Find deadlines outside the plan's period, and duplicates."""
    start, end = data["plan"]["period_start"], data["plan"]["period_end"]
    times = Counter((item["due_on"], item["precision"], item["label"]) for item in data["deadlines"])
    for index, item in enumerate(data["deadlines"]):
        if item["due_on"] < start:
            yield "deadlines", index, "due_on", f"Must not be before the plan's period, which starts on {start}."
        # An annual plan may have targets for 2030 or 2035. They need beyond_period, so a mistyped year is refused.
        if item["due_on"] > end and not item["beyond_period"]:
            message = f"Must not be after the plan's period, which ends on {end}, unless beyond_period is true."
            yield "deadlines", index, "due_on", message
        if item["beyond_period"] and item["due_on"] <= end:
            message = f"Must be false because due_on is in the plan's period, which ends on {end}."
            yield "deadlines", index, "beyond_period", message
        if times[item["due_on"], item["precision"], item["label"]] > 1:
            yield "deadlines", index, "label", "Must be unique among deadlines with this date and precision."


def _values(data: dict[str, Any]) -> Iterator[Fault]:
    """Find observations that do not fit their indicator."""
    start, end = data["plan"]["period_start"], data["plan"]["period_end"]
    dates = {item["id"]: item["due_on"] for item in data["deadlines"]}
    indicators = {item["id"]: item for item in data["indicators"]}
    for index, item in enumerate(data["observations"]):
        of = indicators.get(item["indicator_id"])
        if of:
            last = max(end, dates.get(of["deadline_id"], end))
            for member, why in misfits(item, of["target"]["unit"], start, last):
                yield "observations", index, member, why


def _series(data: dict[str, Any]) -> Iterator[Fault]:
    """Find periods with two values but no correction, and corrections of something else."""
    known = {item["id"]: (item["indicator_id"], item["time_period"]) for item in data["observations"]}
    periods: Counter[tuple[str, str]] = Counter()
    corrected = Counter(item["supersedes"] for item in data["observations"])
    for index, item in enumerate(data["observations"]):
        if item["supersedes"] and corrected[item["supersedes"]] > 1:
            yield "observations", index, "supersedes", "Must not be superseded by two observations."
        if known.get(item["supersedes"], known[item["id"]]) != known[item["id"]]:
            yield "observations", index, "supersedes", "Must be an observation of the same indicator and time period."
        if not item["supersedes"]:
            periods[item["indicator_id"], item["time_period"]] += 1
            if periods[item["indicator_id"], item["time_period"]] > 1:
                message = "Already has a value. To correct it, give its id in supersedes."
                yield "observations", index, "time_period", message


def parse(content: bytes, today: str | None = None) -> dict[str, Any]:
    """Parse and validate the bytes of a plan file.

    `today` (YYYY-MM-DD) is the date in the time zone of the service; default: the local date. Raises ValidationError
    with all faults as {JSON path: [message]}.
    """
    if len(content) > LARGEST_BYTES:
        raise ValidationError({"$": [f"Must have at most {LARGEST_BYTES} bytes."]})
    try:
        facts: dict[str, Any] = PlanFileSchema().load(decode(content))
        _refuse(still_to_come(facts, today or date.today().isoformat()))
    except ValidationError as error:
        raise ValidationError(dict(located(error.messages))) from error
    except ValueError as error:
        raise ValidationError({"$": [str(error)]}) from error
    return facts


def located(messages: Any, path: str = "$") -> Iterator[tuple[str, list[str]]]:
    """Flatten marshmallow messages to pairs (JSON path, [message])."""
    if isinstance(messages, dict):
        for name, below in messages.items():
            step = f".{name}" if isinstance(name, str) and name.isidentifier() else f"[{json.dumps(name)}]"
            step = "" if name == "_schema" else step
            yield from located(below, path + step)
    else:
        yield path, [str(message) for message in messages]
