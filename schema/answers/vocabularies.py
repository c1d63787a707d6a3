"""Schemas of the vocabularies in answers."""

from marshmallow import fields, validate

from schema.fields import Text
from schema.item import COUNT, NULL, Strict
from schema.vocabulary import VOCABULARIES

NAME = validate.OneOf(tuple(VOCABULARIES))


class TermSchema(Strict):
    """One code of a vocabulary."""

    code = fields.String(validate=validate.Length(0, 30), metadata={"description": "Code."})
    label = fields.String(validate=validate.Length(0, 100), metadata={"description": "Label in Chinese."})
    label_en = Text(100, metadata={"description": "Label in English."})
    definition = Text(500, metadata={"description": "Definition."})
    source = Text(200, metadata={"description": "Standard or document that defines it."}, **NULL)
    base_unit = fields.String(
        validate=validate.Length(0, 30), metadata={"description": "Base unit; null except for units."}, **NULL
    )
    multiplier = fields.Integer(
        validate=validate.Range(1, 10**12),
        metadata={"description": "Number of base units; null except for units."},
        **NULL,
    )


class VocabularySchema(Strict):
    """A vocabulary with its codes in order."""

    name = fields.String(validate=NAME, metadata={"description": "Name of the vocabulary."})
    data = fields.List(
        fields.Nested(TermSchema), validate=validate.Length(max=1000), metadata={"description": "Codes."}
    )


class VocabularyEntrySchema(Strict):
    """A vocabulary in the list of vocabularies."""

    name = fields.String(validate=NAME, metadata={"description": "Name of the vocabulary."})
    terms = fields.Integer(validate=COUNT, metadata={"description": "Number of codes."})
    url = fields.Url(validate=validate.Length(max=2000), metadata={"description": "URL of the vocabulary."})


class VocabulariesSchema(Strict):
    """The list of vocabularies."""

    data = fields.List(fields.Nested(VocabularyEntrySchema), validate=validate.Length(max=100))
