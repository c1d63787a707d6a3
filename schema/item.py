"""Members that several resources share: source place, departments, deadline, version and timestamps."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from schema.fields import Date, Items, Text, Timestamp, coded, distinct, identifier
from schema.vocabulary import DEADLINE_BASES, PRECISIONS

NULL: dict[str, Any] = {"allow_none": True, "load_default": None}
"""Options of a member that may be null; leaving it out of a plan file means null."""

COMPUTED = {"x-computed": True}
"""Marks a member that depends on other items or on the date: it is in answers, but in no record."""

COUNT = validate.Range(0, 1_000_000_000)


class Strict(Schema):
    """Refuse unknown members."""

    class Meta:
        """Apply to every schema that inherits."""

        unknown = RAISE


class PlaceSchema(Strict):
    """A place in the source text of a plan. Offsets count Unicode code points from 0."""

    paragraph = fields.Integer(
        strict=True,
        validate=validate.Range(1, 1_000_000),
        metadata={"description": "Number of the non-blank line, from 1."},
        **NULL,
    )
    start = fields.Integer(
        strict=True,
        validate=validate.Range(0, 100_000_000),
        metadata={"description": "Offset of the first code point."},
        **NULL,
    )
    end = fields.Integer(
        strict=True,
        validate=validate.Range(0, 100_000_000),
        metadata={"description": "Offset after the last code point."},
        **NULL,
    )

    @validates_schema(skip_on_field_errors=True)
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["start"] is not None and data["end"] is not None and data["end"] < data["start"]:
            raise ValidationError("Must not be before start.", "end")


class CountsSchema(Strict):
    """Counts of items below a section, at any depth."""

    sections = fields.Integer(validate=COUNT)
    indicators = fields.Integer(validate=COUNT)
    milestones = fields.Integer(validate=COUNT)


class DueCountsSchema(Strict):
    """Counts of items due by a deadline."""

    indicators = fields.Integer(validate=COUNT)
    milestones = fields.Integer(validate=COUNT)


def responsible() -> dict[str, fields.Field[Any]]:
    """Declare the departments of an item."""
    return {
        "lead_department": Text(100, metadata={"description": "Lead department (牵头单位)."}, **NULL),
        "departments": Items(
            Text(100),
            validate=[validate.Length(max=50), distinct],
            load_default=list,
            metadata={"description": "Departments that take part (配合单位).", "uniqueItems": True},
        ),
    }


def due() -> dict[str, fields.Field[Any]]:
    """Declare when an item is due, as a plan file gives it."""
    return {
        "deadline_id": identifier(required=True, metadata={"description": "Id of its deadline."}),
        "due_precision": coded(PRECISIONS, required=True, metadata={"description": "Precision of the date."}),
        "deadline_basis": coded(
            DEADLINE_BASES,
            required=True,
            metadata={"description": "Date stated in the plan, or end of its period."},
        ),
    }


def due_on() -> Date:
    """Declare the due date of an item."""
    return Date(metadata={"description": "Due date."})


def stamps() -> dict[str, fields.Field[Any]]:
    """Declare the members that the store adds to every resource."""
    return {
        "version": fields.Integer(
            validate=validate.Range(1, 1_000_000_000), metadata={"description": "Raised by each change."}
        ),
        "created_at": Timestamp(metadata={"description": "Time of creation (UTC)."}),
        "updated_at": Timestamp(metadata={"description": "Time of the last change (UTC)."}),
    }
