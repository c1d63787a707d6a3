"""What became of a plan between two moments."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.fields import Text, Timestamp, coded, identifier, plan_identifier
from schema.item import COUNT, NULL, Strict
from schema.vocabulary import EFFECTS

MOST = validate.Length(max=100_000)
PARTS = ("sections", "indicators", "milestones", "deadlines", "observations")


DifferenceSchema: Any = Strict.from_dict(
    {
        "field": Text(100, metadata={"description": "The member, dotted if nested."}),
        "from": fields.Raw(metadata={"description": "What it was."}),
        "to": fields.Raw(metadata={"description": "What it is."}),
    },
    name="DifferenceSchema",
)
DifferenceSchema.__doc__ = "A member that differs."


class NamedSchema(Strict):
    """Something that came or went."""

    id = identifier(metadata={"description": "Its id."})
    name = Text(300, metadata={"description": "Its name, heading, label or period."})


class ChangedSchema(NamedSchema):
    """Something that changed."""

    effect = coded(
        EFFECTS, metadata={"description": "Which way the target of an indicator moved; null for all else."}, **NULL
    )
    changes = fields.List(fields.Nested(DifferenceSchema), validate=validate.Length(max=100))


class PartDiffSchema(Strict):
    """The parts of one sort that came, went and changed."""

    added = fields.List(fields.Nested(NamedSchema), validate=MOST)
    dropped = fields.List(fields.Nested(NamedSchema), validate=MOST)
    changed = fields.List(fields.Nested(ChangedSchema), validate=MOST)


EffectTallySchema: Any = Strict.from_dict(
    {term.code: fields.Integer(validate=COUNT) for term in EFFECTS}, name="EffectTallySchema"
)
EffectTallySchema.__doc__ = "Changed indicators, counted by what became of their targets."

DiffSchema: Any = Strict.from_dict(
    {
        "plan_id": plan_identifier(metadata={"description": "The plan."}),
        "from": Timestamp(metadata={"description": "The earlier moment."}),
        "to": Timestamp(metadata={"description": "The later moment; null for now."}, **NULL),
        "effects": fields.Nested(EffectTallySchema),
        "plan": fields.Nested(PartDiffSchema, metadata={"description": "The plan itself."}),
        **{part: fields.Nested(PartDiffSchema, metadata={"description": f"Its {part}."}) for part in PARTS},
    },
    name="DiffSchema",
)
DiffSchema.__doc__ = "What became of a plan between two moments of recorded time."

DiffQuerySchema: Any = Strict.from_dict(
    {
        "from": Timestamp(required=True, metadata={"description": "The earlier moment (recorded time)."}),
        "to": query.since("The later moment; now by default."),
    },
    name="DiffQuerySchema",
)
