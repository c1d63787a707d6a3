"""Schemas of the comparison of a plan at two moments."""

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
        "field": Text(100, metadata={"description": "Name of the member, dotted if nested."}),
        "from": fields.Raw(metadata={"description": "Earlier value."}),
        "to": fields.Raw(metadata={"description": "Later value."}),
    },
    name="DifferenceSchema",
)
DifferenceSchema.__doc__ = "A member that differs."


class NamedSchema(Strict):
    """An item that was added or dropped."""

    id = identifier(metadata={"description": "Id of the item."})
    name = Text(300, metadata={"description": "Name, title, label or time period of the item."})


class ChangedSchema(NamedSchema):
    """An item that changed."""

    effect = coded(
        EFFECTS, metadata={"description": "Effect on the target of an indicator; null for other items."}, **NULL
    )
    changes = fields.List(fields.Nested(DifferenceSchema), validate=validate.Length(max=100))


class PartDiffSchema(Strict):
    """Items of one resource that were added, dropped or changed."""

    added = fields.List(fields.Nested(NamedSchema), validate=MOST)
    dropped = fields.List(fields.Nested(NamedSchema), validate=MOST)
    changed = fields.List(fields.Nested(ChangedSchema), validate=MOST)


EffectTallySchema: Any = Strict.from_dict(
    {term.code: fields.Integer(validate=COUNT) for term in EFFECTS}, name="EffectTallySchema"
)
EffectTallySchema.__doc__ = "Counts of changed indicators by effect on their targets."

DiffSchema: Any = Strict.from_dict(
    {
        "plan_id": plan_identifier(metadata={"description": "Id of the plan."}),
        "from": Timestamp(metadata={"description": "The earlier moment."}),
        "to": Timestamp(metadata={"description": "The later moment; null means now."}, **NULL),
        "effects": fields.Nested(EffectTallySchema),
        "plan": fields.Nested(PartDiffSchema, metadata={"description": "Changes to the plan header."}),
        **{part: fields.Nested(PartDiffSchema, metadata={"description": f"Changes to its {part}."}) for part in PARTS},
    },
    name="DiffSchema",
)
DiffSchema.__doc__ = "Differences of a plan between two moments of recorded time."

DiffQuerySchema: Any = Strict.from_dict(
    {
        "from": Timestamp(required=True, metadata={"description": "The earlier moment (recorded time)."}),
        "to": query.since("The later moment (recorded time). Default: now."),
    },
    name="DiffQuerySchema",
)
