"""Schemas of a milestone: plan file, request, answer and query."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from schema import query
from schema.deadline import DeadlineSchema
from schema.fields import Date, Text, coded, identifier, plan_identifier
from schema.item import COMPUTED, NULL, Strict, due, due_on, responsible, stamps
from schema.plan import PlanSchema
from schema.section import SectionSchema, place
from schema.vocabulary import COMMITMENTS, LIGHTS, MILESTONE_STATES, STATUSES

CODE = r"^[0-9]{1,3}(\.[0-9]{1,3}){0,8}\.m?[0-9]{1,4}$"


class MilestoneFactsSchema(Strict):
    """The facts of a milestone."""

    id = identifier(required=True, metadata={"description": "Id of the milestone; never changes."})
    section_id = identifier(required=True, metadata={"description": "Id of its section."})
    code = Text(50, pattern=CODE, required=True, metadata={"description": "Code within the plan."})
    name = Text(300, required=True, metadata={"description": "Name."})
    name_en = Text(300, metadata={"description": "Name in English."}, **NULL)
    action = Text(50, metadata={"description": "Verb in the plan."}, **NULL)
    commitment = coded(COMMITMENTS, metadata={"description": "Strength of the commitment."}, **NULL)
    deadline_id, due_precision, deadline_basis = due().values()
    state = coded(MILESTONE_STATES, load_default="planned", metadata={"description": "State reported."})
    done_on = Date(metadata={"description": "Date of completion, not after today; only if done."}, **NULL)
    lead_department, departments = responsible().values()
    source = place()

    @validates_schema(skip_on_field_errors=True)
    def _done(self, data: dict[str, Any], **_: Any) -> None:
        if (data["state"] == "done") != (data["done_on"] is not None):
            raise ValidationError("Is required if state is done; must be null otherwise.", "done_on")


class MilestoneSchema(MilestoneFactsSchema):
    """A milestone: a deliverable without a number, with deadline, departments and status."""

    plan_id = plan_identifier(metadata={"description": "Id of its plan."})
    due_on = due_on()
    status = coded(STATUSES, metadata={"description": "Status at as_of by the rule.", **COMPUTED})
    light = coded(LIGHTS, metadata={"description": "Colour of the status.", **COMPUTED})
    as_of = Date(metadata={"description": "Date of the status (status_at).", **COMPUTED})
    version, created_at, updated_at = stamps().values()
    section = fields.Nested(SectionSchema, metadata={"x-included": True})
    plan = fields.Nested(PlanSchema, metadata={"x-included": True})
    deadline = fields.Nested(DeadlineSchema, metadata={"x-included": True})


MILESTONE_SORTS = ("plan", "position", "due_on", "state", "name", "updated_at")


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        **query.item_filters(),
        "state": query.one_of(MILESTONE_STATES, "State reported."),
    }


MilestoneQuerySchema = query.page_query(_filters(), MILESTONE_SORTS, MilestoneSchema)
MilestoneExportQuerySchema = query.export_query(_filters(), MILESTONE_SORTS, MilestoneSchema)
MilestoneItemQuerySchema = query.item_query(MilestoneSchema, dated=True)
