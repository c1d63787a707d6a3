"""What the service answers to a write of many things."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.bodies import BATCH_MOST
from schema.fields import identifier, plan_identifier
from schema.item import Strict
from schema.observation import ObservationSchema
from schema.plan_file import ITEMS

DocumentQuerySchema: Any = Strict.from_dict({"as_of": query.as_of()}, name="DocumentQuerySchema")

RESOURCES = ("plan", "deadline", "section", "indicator", "milestone", "observation")


class ObservationsSchema(Strict):
    """The values recorded, in the order given."""

    data = fields.List(fields.Nested(ObservationSchema), validate=validate.Length(1, BATCH_MOST))


class DocumentChangeSchema(Strict):
    """One item that a document is about."""

    resource = fields.String(validate=validate.OneOf(RESOURCES), metadata={"description": "What it is."})
    id = identifier(metadata={"description": "Its id."})


def _outcome(description: str) -> fields.List[Any]:
    return fields.List(
        fields.Nested(DocumentChangeSchema),
        validate=validate.Length(max=6 * ITEMS),
        metadata={"description": description},
    )


class DocumentChangesSchema(Strict):
    """What became of every item of a plan."""

    plan_id = plan_identifier(metadata={"description": "The plan."})
    created = _outcome("What was not there.")
    changed = _outcome("What was otherwise; its version has been raised.")
    deleted = _outcome("What the document no longer has.")
    left = _outcome("What is as it was.")
