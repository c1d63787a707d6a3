"""What several resources share: place in the source, responsibility, deadline, stamps."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from schema.fields import Date, Items, Text, Timestamp, coded, distinct, identifier
from schema.vocabulary import DEADLINE_BASES, PRECISIONS

NULL: dict[str, Any] = {"allow_none": True, "load_default": None}
"""A member that may be null, and may be left out of a plan file with the same meaning."""

COUNT = validate.Range(0, 1_000_000_000)


class Strict(Schema):
    """Refuse unknown members and keep the order in which members are declared."""

    class Meta:
        """Set both for every schema that inherits."""

        unknown = RAISE


class PlaceSchema(Strict):
    """A place in the source text of a plan."""

    paragraph = fields.Integer(
        strict=True, validate=validate.Range(1, 1_000_000), metadata={"description": "Non-blank lines, from 1."}, **NULL
    )
    start = fields.Integer(
        strict=True,
        validate=validate.Range(0, 100_000_000),
        metadata={"description": "Offset of the first character in the source text."},
        **NULL,
    )
    end = fields.Integer(
        strict=True,
        validate=validate.Range(0, 100_000_000),
        metadata={"description": "Offset after the last character."},
        **NULL,
    )

    @validates_schema(skip_on_field_errors=True)
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["start"] is not None and data["end"] is not None and data["end"] < data["start"]:
            raise ValidationError("Must not be before start.", "end")


class CountsSchema(Strict):
    """What is below a section, counted."""

    sections = fields.Integer(validate=COUNT)
    indicators = fields.Integer(validate=COUNT)
    milestones = fields.Integer(validate=COUNT)


class DueCountsSchema(Strict):
    """What is due by a deadline, counted."""

    indicators = fields.Integer(validate=COUNT)
    milestones = fields.Integer(validate=COUNT)


def responsible() -> dict[str, fields.Field[Any]]:
    """Declare who answers for an item."""
    return {
        "lead_department": Text(100, metadata={"description": "牵头单位: the body that answers for it."}, **NULL),
        "departments": Items(
            Text(100),
            validate=[validate.Length(max=50), distinct],
            load_default=list,
            metadata={"description": "配合单位: the bodies that take part.", "uniqueItems": True},
        ),
    }


def due() -> dict[str, fields.Field[Any]]:
    """Declare when an item is due, as a plan file says it."""
    return {
        "deadline_id": identifier(required=True, metadata={"description": "The deadline it is due by."}),
        "due_precision": coded(PRECISIONS, required=True, metadata={"description": "How exactly the plan says when."}),
        "deadline_basis": coded(
            DEADLINE_BASES, required=True, metadata={"description": "Whether the plan says when, or its period does."}
        ),
    }


def due_on() -> Date:
    """Declare the date that the deadline of an item falls on."""
    return Date(metadata={"description": "The last day."})


def stamps() -> dict[str, fields.Field[Any]]:
    """Declare what the store adds to every resource."""
    return {
        "version": fields.Integer(
            validate=validate.Range(1, 1_000_000_000), metadata={"description": "Raised by each change."}
        ),
        "created_at": Timestamp(metadata={"description": "When it was first recorded (UTC)."}),
        "updated_at": Timestamp(metadata={"description": "When it was last changed (UTC)."}),
    }
