"""Vocabularies: every code that a member may have, with its definition."""

from typing import Any

from flask import Blueprint, Response

from api.operation import operation
from api.reply.links import link
from api.reply.problems import missing
from api.reply.replies import document, negotiate
from api.request.parse import parameters
from schema.answers.vocabularies import VocabulariesSchema, VocabularySchema
from schema.query import NoParametersSchema
from schema.vocabulary import VOCABULARIES

blueprint = Blueprint("vocabularies", __name__)

NOTHING = NoParametersSchema()


@blueprint.get("/vocabularies")
@operation("Vocabularies", "/v1/vocabularies", query=NOTHING, answer=VocabulariesSchema)
def list_vocabularies() -> Response:
    """List the vocabularies.

    Returns the names of the controlled vocabularies: comparators, kinds, statuses, units and others.
    """
    negotiate()
    parameters(NOTHING)
    entries = [
        {"name": name, "terms": len(terms), "url": link(f"/v1/vocabularies/{name}")}
        for name, terms in VOCABULARIES.items()
    ]
    return document({"data": entries})


@blueprint.get("/vocabularies/<vocabulary_name>")
@operation("Vocabularies", "/v1/vocabularies/comparators", query=NOTHING, answer=VocabularySchema)
def get_vocabulary(vocabulary_name: str) -> Response:
    """Get a vocabulary.

    Returns every code with labels in Chinese and English, definition and source.
    """
    negotiate()
    parameters(NOTHING)
    terms = VOCABULARIES.get(vocabulary_name)
    if terms is None:
        raise missing("vocabulary_name", "vocabulary")
    empty: dict[str, Any] = {"source": None, "base_unit": None, "multiplier": None}
    return document({"name": vocabulary_name, "data": [empty | term._asdict() for term in terms]})
