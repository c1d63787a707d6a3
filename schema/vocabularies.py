"""The vocabularies, as the service answers them."""

from typing import Any

from marshmallow import fields, validate

from schema.fields import Text
from schema.item import COUNT, NULL, Strict
from schema.vocabulary import VOCABULARIES

NAME = validate.OneOf(tuple(VOCABULARIES))


class TermSchema(Strict):
    """One code of a vocabulary."""

    code = fields.String(validate=validate.Length(0, 30), metadata={"description": "The code that fields hold."})
    label = fields.String(validate=validate.Length(0, 100), metadata={"description": "What to call it in Chinese."})
    label_en = Text(100, metadata={"description": "What to call it in English."})
    definition = Text(500, metadata={"description": "What it means."})
    source = Text(200, metadata={"description": "Who says so."}, **NULL)
    base_unit = fields.String(
        validate=validate.Length(0, 30), metadata={"description": "Of a unit: what it is counted in."}, **NULL
    )
    multiplier = fields.Integer(
        validate=validate.Range(1, 10**12), metadata={"description": "Of a unit: how many base units it is."}, **NULL
    )


class VocabularySchema(Strict):
    """A vocabulary: codes in their order."""

    name = fields.String(validate=NAME, metadata={"description": "Its name."})
    data = fields.List(
        fields.Nested(TermSchema), validate=validate.Length(max=1000), metadata={"description": "Its codes."}
    )


class VocabularyEntrySchema(Strict):
    """The name of a vocabulary."""

    name = fields.String(validate=NAME, metadata={"description": "Its name."})
    terms = fields.Integer(validate=COUNT, metadata={"description": "How many codes it has."})
    url = fields.Url(validate=validate.Length(max=2000), metadata={"description": "The vocabulary itself."})


class VocabulariesSchema(Strict):
    """The vocabularies."""

    data = fields.List(fields.Nested(VocabularyEntrySchema), validate=validate.Length(max=100))


NoParametersSchema: Any = Strict.from_dict({}, name="NoParametersSchema")
