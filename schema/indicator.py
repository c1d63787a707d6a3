"""An indicator, as it goes in and out."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from schema import query
from schema.deadline import DeadlineSchema, StatusTallySchema
from schema.fields import Date, Number, Text, coded, exact, identifier, plan_identifier
from schema.item import COUNT, NULL, Strict, due, due_on, responsible, stamps
from schema.milestone import CODE
from schema.observation import PERIOD_PATTERN, ObservationSchema
from schema.plan import PlanSchema
from schema.section import SectionSchema, place
from schema.vocabulary import (
    COMMITMENTS,
    COMPARATORS,
    DIRECTIONS,
    KINDS,
    LIGHTS,
    NATURES,
    OBS_STATUSES,
    STATUS_METHODS,
    STATUSES,
    parse_unit,
)

WITHOUT_NUMBER = ("relative", "assigned", "direction_only")
SIGNS = {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< ", "eq": "", "approx": "≈ ", "between": ""}


class TargetFactsSchema(Strict):
    """Say what is promised: a comparator with a value, a range, or words where the plan gives no number."""

    comparator = coded(COMPARATORS, required=True, metadata={"description": "How a value is compared with it."})
    value = Number(metadata={"description": "The number as printed; null where the plan gives none."}, **NULL)
    upper = Number(metadata={"description": "The upper end of a range."}, **NULL)
    tolerance = Number(
        metadata={"description": "How far 左右 reaches; null: 5 % of the value, 0.5 for a percentage."}, **NULL
    )
    unit = Text(30, metadata={"description": "Unit as printed (亿元)."}, **NULL)
    text = Text(
        200, metadata={"description": "The target as a reader would write it; derived where there is a value."}, **NULL
    )

    @validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        faults: dict[str, list[str]] = {}
        if (data["value"] is None) != (data["comparator"] in WITHOUT_NUMBER):
            faults["value"] = [f"Must be null exactly when comparator is one of: {', '.join(WITHOUT_NUMBER)}."]
        if (data["upper"] is not None) != (data["comparator"] == "between"):
            faults["upper"] = ["Must be given exactly when comparator is between."]
        elif data["upper"] is not None and data["value"] is not None and data["upper"] < data["value"]:
            faults["upper"] = ["Must not be below value."]
        if data["tolerance"] is not None and (data["comparator"] != "approx" or data["tolerance"] < 0):
            faults["tolerance"] = ["Must not be negative, and is only for comparator approx."]
        if data["unit"] is None and data["comparator"] not in WITHOUT_NUMBER:
            faults["unit"] = ["Is required where there is a value."]
        elif data["unit"] is not None and parse_unit(data["unit"]) is None:
            faults["unit"] = ["Is not in the vocabulary of units."]
        if data["text"] is None and data["comparator"] in WITHOUT_NUMBER:
            faults["text"] = ["Is required where there is no value."]
        elif not faults and data["value"] is not None and data["text"] not in (None, _written(data)):
            faults["text"] = [f"Is derived where there is a value, {_written(data)}: leave it out."]
        if faults:
            raise ValidationError(faults)

    @post_load
    def _derive(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Multiply the unit out in decimal arithmetic, and write the target as text."""
        unit = parse_unit(data["unit"]) if data["unit"] is not None else None
        data["base_unit"] = (unit.base_unit or None) if unit else None
        for name in ("value", "upper"):
            number = data[name]
            try:
                data[f"normalized_{name}"] = (
                    exact(Decimal(str(number)) * unit.multiplier) if unit and number is not None else None
                )
            except ValidationError as error:
                raise ValidationError(f"In base units: {error.messages[0]}", name) from error
        if data["value"] is not None:
            data["text"] = _written(data)
        return data


def _written(target: dict[str, Any]) -> str:
    """Write a target that has a value as a reader would."""
    span = f"{target['value']}" if target["upper"] is None else f"{target['value']}–{target['upper']}"
    return f"{SIGNS[target['comparator']]}{span} {target['unit']}".strip()


class TargetSchema(TargetFactsSchema):
    """What is promised: a comparator with a value, a range, or words where the plan gives no number."""

    normalized_value = Number(metadata={"description": "value with 万 and 亿 multiplied out, exactly."}, **NULL)
    normalized_upper = Number(metadata={"description": "upper with 万 and 亿 multiplied out, exactly."}, **NULL)
    base_unit = Text(30, metadata={"description": "The unit without its multiplier (元)."}, **NULL)


class BaselineSchema(Strict):
    """Where an indicator starts from."""

    value = Number(metadata={"description": "In the unit of the target."}, **NULL)
    period = Text(7, pattern=PERIOD_PATTERN, metadata={"description": "The period it was true of."}, **NULL)


class IndicatorFactsSchema(Strict):
    """Say what an indicator is."""

    id = identifier(required=True, metadata={"description": "Id of the indicator; never changes."})
    section_id = identifier(required=True, metadata={"description": "The section it stands in."})
    parent_id = identifier(metadata={"description": "The indicator that this is a part of (其中)."}, **NULL)
    code = Text(50, pattern=CODE, required=True, metadata={"description": "Code within the plan."})
    name = Text(300, required=True, metadata={"description": "Name."})
    name_en = Text(300, metadata={"description": "Name in English."}, **NULL)
    action = Text(50, metadata={"description": "The plan's own verb."}, **NULL)
    kind = coded(KINDS, required=True, metadata={"description": "What sort of quantity it is."})
    direction = coded(DIRECTIONS, required=True, metadata={"description": "Which way is better."})
    nature = coded(NATURES, metadata={"description": "Binding or expected, where the plan says so."}, **NULL)
    commitment = coded(COMMITMENTS, metadata={"description": "Strength of the promise."}, **NULL)
    target = fields.Nested(TargetFactsSchema, required=True)
    baseline = fields.Nested(BaselineSchema, load_default=lambda: BaselineSchema().load({}))
    deadline_id, due_precision, deadline_basis = due().values()
    lead_department, departments = responsible().values()
    source = place()


class LatestSchema(Strict):
    """The observation that a status was judged by."""

    id = identifier(metadata={"description": "Id of the observation."})
    time_period = Text(7, pattern=PERIOD_PATTERN, metadata={"description": "The period it is of."})
    value = Number(metadata={"description": "In the unit of the target."})
    obs_status = coded(OBS_STATUSES, metadata={"description": "SDMX observation status."})


class ProgressSchema(Strict):
    """A status with everything needed to recompute it."""

    status = coded(STATUSES, metadata={"description": "Status by the rule, at as_of."})
    light = coded(LIGHTS, metadata={"description": "Colour of the status."})
    latest = fields.Nested(
        LatestSchema,
        metadata={"description": "The value that counts at as_of; never a forecast.", "whole": True},
        **NULL,
    )
    achieved_share = Number(
        metadata={"description": "(latest - baseline or 0) / (target - baseline or 0), 4 decimals; only by schedule."},
        **NULL,
    )
    elapsed_share = fields.Float(
        validate=validate.Range(0, 1), metadata={"description": "Part of the time to due_on gone at as_of, 4 decimals."}
    )
    gap = Number(metadata={"description": "Points behind schedule: (elapsed - achieved) x 100, 2 decimals."}, **NULL)
    method = coded(STATUS_METHODS, metadata={"description": "Whether judged by schedule or by comparison."})
    rule = Text(100, metadata={"description": "Name, version and thresholds (points) of the rule."})
    as_of = Date(metadata={"description": "The date that all this is true at (status_at)."})


class IndicatorSchema(IndicatorFactsSchema):
    """A quantity that a plan commits to: what is promised, by when, by whom, and how it stands."""

    plan_id = plan_identifier(metadata={"description": "The plan it belongs to."})
    target = fields.Nested(TargetSchema)
    due_on = due_on()
    progress = fields.Nested(ProgressSchema)
    version, created_at, updated_at = stamps().values()
    section = fields.Nested(SectionSchema, metadata={"x-included": True})
    plan = fields.Nested(PlanSchema, metadata={"x-included": True})
    deadline = fields.Nested(DeadlineSchema, metadata={"x-included": True})
    observations = fields.List(
        fields.Nested(ObservationSchema),
        validate=validate.Length(max=100),
        metadata={"x-included": True, "description": "The latest values reported."},
    )


INDICATOR_SORTS = ("plan", "position", "name", "value", "normalized_value", "due_on", "updated_at")
INDICATOR_GROUPS = (
    "plan", "area", "level", "section", "department", "kind", "comparator", "unit", "base_unit", "direction", "nature",
    "commitment", "deadline", "due_on", "status",
)  # fmt: skip


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        **query.item_filters(),
        "kind": query.one_of(KINDS, "Of this kind."),
        "comparator": query.one_of(COMPARATORS, "With this comparator."),
        "unit": query.any_of(Text(30), "In this unit, as printed."),
        "base_unit": query.any_of(Text(30), "In this base unit."),
        "direction": query.one_of(DIRECTIONS, "Better in this direction."),
        "nature": query.one_of(NATURES, "Of this nature."),
        "commitment": query.one_of(COMMITMENTS, "Promised with this strength."),
        "value_min": query.number("Target value at least this, in the printed unit."),
        "value_max": query.number("Target value at most this, in the printed unit."),
        "normalized_min": query.number("Target value at least this, in the base unit."),
        "normalized_max": query.number("Target value at most this, in the base unit."),
    }


IndicatorQuerySchema = query.page_query(_filters(), INDICATOR_SORTS, IndicatorSchema)
IndicatorExportQuerySchema = query.export_query(_filters(), INDICATOR_SORTS, IndicatorSchema)
IndicatorItemQuerySchema = query.item_query(IndicatorSchema, dated=True)
IndicatorSummaryQuerySchema: Any = query.Query.from_dict(
    {
        **_filters(),
        "as_of": query.as_of(),
        "by": fields.String(
            required=True, validate=validate.OneOf(INDICATOR_GROUPS), metadata={"description": "What to group by."}
        ),
        "limit": query.whole(1, query.LIMIT_MOST, "How many groups at most, largest first.", load_default=100),
    },
    name="IndicatorSummaryQuerySchema",
)


class GroupSchema(Strict):
    """The indicators of one group, counted."""

    key = Text(120, metadata={"description": "The value shared; null for indicators without one."}, **NULL)
    count = fields.Integer(validate=COUNT, metadata={"description": "Indicators in the group."})
    statuses = fields.Nested(StatusTallySchema, metadata={"description": "The same, by status."})


class SummarySchema(Strict):
    """Indicators counted by group."""

    by = fields.String(validate=validate.OneOf(INDICATOR_GROUPS), metadata={"description": "What is grouped by."})
    data = fields.List(
        fields.Nested(GroupSchema),
        validate=validate.Length(max=query.LIMIT_MOST),
        metadata={"description": "The groups, largest first."},
    )
    groups = fields.Integer(validate=COUNT, metadata={"description": "All groups, of which data holds the largest."})
    total = fields.Integer(validate=COUNT, metadata={"description": "All indicators counted."})
    as_of = Date(metadata={"description": "The date that the statuses are true at (status_at)."})
