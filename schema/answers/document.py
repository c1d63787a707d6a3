"""Schemas of the answers to writes of many items."""

from typing import Any

from marshmallow import fields, validate

from schema.bodies import BATCH_MOST
from schema.fields import identifier, plan_identifier
from schema.item import Strict
from schema.observation import ObservationSchema
from schema.rules.plan_file import ITEMS

RESOURCES = ("plan", "deadline", "section", "indicator", "milestone", "observation")


class ObservationsSchema(Strict):
    """The recorded observations, in the order of the request."""

    data = fields.List(fields.Nested(ObservationSchema), validate=validate.Length(1, BATCH_MOST))


class DocumentChangeSchema(Strict):
    """One item of a plan document."""

    resource = fields.String(validate=validate.OneOf(RESOURCES), metadata={"description": "Resource of the item."})
    id = identifier(metadata={"description": "Id of the item."})


def _outcome(description: str) -> fields.List[Any]:
    return fields.List(
        fields.Nested(DocumentChangeSchema),
        validate=validate.Length(max=6 * ITEMS),
        metadata={"description": description},
    )


class DocumentChangesSchema(Strict):
    """The outcome for every item of the plan."""

    plan_id = plan_identifier(metadata={"description": "Id of the plan."})
    created = _outcome("Items that were new.")
    changed = _outcome("Items that differed; their versions increased.")
    deleted = _outcome("Items that the document does not contain.")
    left = _outcome("Items that were the same.")
