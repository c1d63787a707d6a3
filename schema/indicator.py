"""Schemas of an indicator: plan file, request, answer and query."""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from schema import query
from schema.deadline import DeadlineSchema, StatusTallySchema
from schema.fields import Date, Number, Text, coded, exact, identifier, plan_identifier
from schema.item import COMPUTED, COUNT, NULL, Strict, due, due_on, responsible, stamps
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
    """A target: a comparator with a value or a range, or text if the plan gives no number."""

    comparator = coded(COMPARATORS, required=True, metadata={"description": "How values are compared with the target."})
    value = Number(metadata={"description": "The number as printed; null if the plan gives none."}, **NULL)
    upper = Number(metadata={"description": "Upper end of a range."}, **NULL)
    tolerance = Number(
        metadata={"description": "Tolerance of approx (左右). Null: 5 % of the value, or 0.5 for a unit of %."}, **NULL
    )
    unit = Text(30, metadata={"description": "Unit as printed (亿元)."}, **NULL)
    text = Text(200, metadata={"description": "The target in words; derived if there is a value."}, **NULL)

    @validates_schema(skip_on_field_errors=True)
    def _fits(self, data: dict[str, Any], **_: Any) -> None:
        faults: dict[str, list[str]] = {}
        if (data["value"] is None) != (data["comparator"] in WITHOUT_NUMBER):
            faults["value"] = [
                f"Must be null if comparator is one of: {', '.join(WITHOUT_NUMBER)}; required otherwise."
            ]
        if (data["upper"] is not None) != (data["comparator"] == "between"):
            faults["upper"] = ["Is required if comparator is between; must be null otherwise."]
        elif data["upper"] is not None and data["value"] is not None and data["upper"] < data["value"]:
            faults["upper"] = ["Must not be below value."]
        if data["tolerance"] is not None and (data["comparator"] != "approx" or data["tolerance"] < 0):
            faults["tolerance"] = ["Must be 0 or more, and null unless comparator is approx."]
        if data["unit"] is None and data["comparator"] not in WITHOUT_NUMBER:
            faults["unit"] = ["Is required if there is a value."]
        elif data["unit"] is not None and parse_unit(data["unit"]) is None:
            faults["unit"] = ["Must be a unit of the vocabulary units."]
        if data["text"] is None and data["comparator"] in WITHOUT_NUMBER:
            faults["text"] = ["Is required if there is no value."]
        elif not faults and data["value"] is not None and data["text"] not in (None, _written(data)):
            faults["text"] = [f"Is derived from the value, as {_written(data)}. Leave it out."]
        if faults:
            raise ValidationError(faults)

    @post_load
    def _derive(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Derive the base unit, the values in it (exact decimal arithmetic) and the text."""
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
    """Write a target with a value as text, such as ≥ 78 亿元."""
    span = f"{target['value']}" if target["upper"] is None else f"{target['value']}–{target['upper']}"
    return f"{SIGNS[target['comparator']]}{span} {target['unit']}".strip()


class TargetSchema(TargetFactsSchema):
    """A target: a comparator with a value or a range, or text if the plan gives no number."""

    normalized_value = Number(metadata={"description": "value in the base unit, exact."}, **NULL)
    normalized_upper = Number(metadata={"description": "upper in the base unit, exact."}, **NULL)
    base_unit = Text(30, metadata={"description": "Unit without multipliers such as 万 and 亿 (元)."}, **NULL)


class BaselineSchema(Strict):
    """The value from which an indicator starts."""

    value = Number(metadata={"description": "Value in the unit of the target."}, **NULL)
    period = Text(7, pattern=PERIOD_PATTERN, metadata={"description": "Time period of the value."}, **NULL)


class IndicatorFactsSchema(Strict):
    """The facts of an indicator."""

    id = identifier(required=True, metadata={"description": "Id of the indicator; never changes."})
    section_id = identifier(required=True, metadata={"description": "Id of its section."})
    parent_id = identifier(metadata={"description": "Id of the indicator that this is a part of (其中)."}, **NULL)
    code = Text(50, pattern=CODE, required=True, metadata={"description": "Code within the plan."})
    name = Text(300, required=True, metadata={"description": "Name."})
    name_en = Text(300, metadata={"description": "Name in English."}, **NULL)
    action = Text(50, metadata={"description": "Verb in the plan."}, **NULL)
    kind = coded(KINDS, required=True, metadata={"description": "Kind of quantity."})
    direction = coded(DIRECTIONS, required=True, metadata={"description": "Direction that is better."})
    nature = coded(NATURES, metadata={"description": "Binding or expected; null if not stated."}, **NULL)
    commitment = coded(COMMITMENTS, metadata={"description": "Strength of the commitment."}, **NULL)
    target = fields.Nested(TargetFactsSchema, required=True)
    baseline = fields.Nested(BaselineSchema, load_default=lambda: BaselineSchema().load({}))
    deadline_id, due_precision, deadline_basis = due().values()
    lead_department, departments = responsible().values()
    source = place()


class LatestSchema(Strict):
    """The observation on which a status is based."""

    id = identifier(metadata={"description": "Id of the observation."})
    time_period = Text(7, pattern=PERIOD_PATTERN, metadata={"description": "Time period of the observation."})
    value = Number(metadata={"description": "Value in the unit of the target."})
    obs_status = coded(OBS_STATUSES, metadata={"description": "SDMX observation status."})


class ProgressSchema(Strict):
    """A status with the figures needed to recompute it."""

    status = coded(STATUSES, metadata={"description": "Status at as_of by the rule."})
    light = coded(LIGHTS, metadata={"description": "Colour of the status."})
    latest = fields.Nested(
        LatestSchema,
        metadata={"description": "Latest observation that counts at as_of; never a forecast.", "whole": True},
        **NULL,
    )
    achieved_share = Number(
        metadata={
            "description": "(latest - baseline or 0) / (target - baseline or 0), 4 decimals. Only for method schedule."
        },
        **NULL,
    )
    elapsed_share = fields.Float(
        validate=validate.Range(0, 1),
        metadata={"description": "Elapsed share of the time to due_on at as_of, 4 decimals."},
    )
    gap = Number(metadata={"description": "Points behind schedule: (elapsed - achieved) x 100, 2 decimals."}, **NULL)
    method = coded(STATUS_METHODS, metadata={"description": "Method of the status."})
    rule = Text(100, metadata={"description": "Name, version and thresholds (points) of the rule."})
    as_of = Date(metadata={"description": "Date of these figures (status_at)."})


class IndicatorSchema(IndicatorFactsSchema):
    """An indicator: a quantity to which a plan commits, with target, deadline, departments and progress."""

    plan_id = plan_identifier(metadata={"description": "Id of its plan."})
    target = fields.Nested(TargetSchema)
    due_on = due_on()
    progress = fields.Nested(ProgressSchema, metadata=COMPUTED)
    version, created_at, updated_at = stamps().values()
    section = fields.Nested(SectionSchema, metadata={"x-included": True})
    plan = fields.Nested(PlanSchema, metadata={"x-included": True})
    deadline = fields.Nested(DeadlineSchema, metadata={"x-included": True})
    observations = fields.List(
        fields.Nested(ObservationSchema),
        validate=validate.Length(max=100),
        metadata={"x-included": True, "description": "The latest observations, at most 100."},
    )


INDICATOR_SORTS = ("plan", "position", "name", "value", "normalized_value", "due_on", "updated_at")
INDICATOR_GROUPS = (
    "plan", "area", "level", "section", "department", "kind", "comparator", "unit", "base_unit", "direction", "nature",
    "commitment", "deadline", "due_on", "status",
)  # fmt: skip


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        **query.item_filters(),
        "kind": query.one_of(KINDS, "Kind of quantity."),
        "comparator": query.one_of(COMPARATORS, "Comparator of the target."),
        "unit": query.any_of(Text(30), "Unit as printed."),
        "base_unit": query.any_of(Text(30), "Base unit."),
        "direction": query.one_of(DIRECTIONS, "Direction that is better."),
        "nature": query.one_of(NATURES, "Binding or expected."),
        "commitment": query.one_of(COMMITMENTS, "Strength of the commitment."),
        "value_min": query.number("Minimum target value, in the printed unit."),
        "value_max": query.number("Maximum target value, in the printed unit."),
        "normalized_min": query.number("Minimum target value, in the base unit."),
        "normalized_max": query.number("Maximum target value, in the base unit."),
    }


IndicatorQuerySchema = query.page_query(_filters(), INDICATOR_SORTS, IndicatorSchema)
IndicatorExportQuerySchema = query.export_query(_filters(), INDICATOR_SORTS, IndicatorSchema)
IndicatorItemQuerySchema = query.item_query(IndicatorSchema, dated=True)
IndicatorSummaryQuerySchema: Any = query.Query.from_dict(
    {
        **_filters(),
        "as_of": query.as_of(),
        "by": fields.String(
            required=True, validate=validate.OneOf(INDICATOR_GROUPS), metadata={"description": "Member to group by."}
        ),
        "limit": query.whole(
            1, query.LIMIT_MOST, "Maximum number of groups; the largest come first.", load_default=100
        ),
    },
    name="IndicatorSummaryQuerySchema",
)


class GroupSchema(Strict):
    """A group of indicators with its counts."""

    key = Text(120, metadata={"description": "Value of the member; null for indicators without one."}, **NULL)
    count = fields.Integer(validate=COUNT, metadata={"description": "Number of indicators in the group."})
    statuses = fields.Nested(StatusTallySchema, metadata={"description": "Number of indicators by status."})


class SummarySchema(Strict):
    """Counts of indicators by group."""

    by = fields.String(validate=validate.OneOf(INDICATOR_GROUPS), metadata={"description": "Member grouped by."})
    data = fields.List(
        fields.Nested(GroupSchema),
        validate=validate.Length(max=query.LIMIT_MOST),
        metadata={"description": "Groups, largest first."},
    )
    groups = fields.Integer(
        validate=COUNT, metadata={"description": "Number of all groups, including those beyond limit."}
    )
    total = fields.Integer(validate=COUNT, metadata={"description": "Number of all indicators."})
    as_of = Date(metadata={"description": "Date of the statuses (status_at)."})
