"""A milestone, as it goes in and out."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schema import query
from schema.deadline import DeadlineSchema
from schema.fields import Date, Text, coded, identifier, plan_identifier
from schema.item import NULL, Strict, due, due_on, responsible, stamps
from schema.plan import PlanSchema
from schema.section import SectionSchema, place
from schema.vocabulary import COMMITMENTS, LIGHTS, MILESTONE_STATES, STATUSES

CODE = r"^[0-9]{1,3}(\.[0-9]{1,3}){0,8}\.m?[0-9]{1,4}$"


class MilestoneFactsSchema(Strict):
    """Say what a milestone is."""

    id = identifier(required=True, metadata={"description": "Id of the milestone; never changes."})
    section_id = identifier(required=True, metadata={"description": "The section it stands in."})
    code = Text(50, pattern=CODE, required=True, metadata={"description": "Code within the plan."})
    name = Text(300, required=True, metadata={"description": "Name."})
    name_en = Text(300, metadata={"description": "Name in English."}, **NULL)
    action = Text(50, metadata={"description": "The plan's own verb."}, **NULL)
    commitment = coded(COMMITMENTS, metadata={"description": "Strength of the promise."}, **NULL)
    deadline_id, due_precision, deadline_basis = due().values()
    state = coded(MILESTONE_STATES, load_default="planned", metadata={"description": "How far it has come."})
    done_on = Date(metadata={"description": "When it was delivered; not after today."}, **NULL)
    lead_department, departments = responsible().values()
    source = place()

    @validates_schema(skip_on_field_errors=True)
    def _done(self, data: dict[str, Any], **_: Any) -> None:
        if (data["state"] == "done") != (data["done_on"] is not None):
            raise ValidationError("Must be given exactly when state is done.", "done_on")


class MilestoneSchema(MilestoneFactsSchema):
    """A deliverable without a number: what, by when, by whom, and how it stands."""

    plan_id = plan_identifier(metadata={"description": "The plan it belongs to."})
    due_on = due_on()
    status = coded(STATUSES, metadata={"description": "Status by the rule, at as_of."})
    light = coded(LIGHTS, metadata={"description": "Colour of the status."})
    as_of = Date(metadata={"description": "The date that status is true at (status_at)."})
    version, created_at, updated_at = stamps().values()
    section = fields.Nested(SectionSchema, metadata={"x-included": True})
    plan = fields.Nested(PlanSchema, metadata={"x-included": True})
    deadline = fields.Nested(DeadlineSchema, metadata={"x-included": True})


MILESTONE_SORTS = ("plan", "position", "due_on", "state", "name", "updated_at")


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        **query.item_filters(),
        "state": query.one_of(MILESTONE_STATES, "In this state."),
    }


MilestoneQuerySchema = query.page_query(_filters(), MILESTONE_SORTS, MilestoneSchema)
MilestoneExportQuerySchema = query.export_query(_filters(), MILESTONE_SORTS, MilestoneSchema)
MilestoneItemQuerySchema = query.item_query(MilestoneSchema, dated=True)
