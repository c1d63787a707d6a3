"""Milestones: list, export, one; create, change, delete."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import export, item, listing
from api.reply.formats import EXPORTS
from api.writing import WRITE, Kind, change, create, remove
from db.milestones import MILESTONE
from schema.bodies import MilestoneCreateSchema
from schema.milestone import (
    MilestoneExportQuerySchema,
    MilestoneFactsSchema,
    MilestoneItemQuerySchema,
    MilestoneQuerySchema,
    MilestoneSchema,
)

blueprint = Blueprint("milestones", __name__)

PAGE = MilestoneQuerySchema()
EXPORT = MilestoneExportQuerySchema()
ITEM = MilestoneItemQuerySchema()


@blueprint.get("/milestones")
@operation(
    "Milestones",
    "/v1/milestones?plan=hunnan-2021&q=启动&limit=1&status_at=2021-06-30",
    query=PAGE,
    answer=MilestoneSchema,
    paged=True,
    sparse=True,
)
def list_milestones() -> Response:
    """List milestones.

    Returns the deliverables without a number. A milestone must match all filters.
    """
    return listing(MILESTONE, PAGE, EXPORT)


@blueprint.get("/milestones.<any(csv, ndjson, xlsx):format>")
@operation(
    "Milestones",
    "/v1/milestones.csv?plan=hunnan-2021&section=hunnan-2021.2.2&fields=id,name,due_on,status&status_at=2021-06-30",
    query=EXPORT,
    formats=EXPORTS,
)
def export_milestones(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export milestones.

    Returns all milestones that match as one file. It is streamed from one state of the store.
    """
    return export(MILESTONE, EXPORT, format)


@blueprint.get("/milestones/<milestone_id>")
@operation(
    "Milestones",
    "/v1/milestones/hunnan-2021.2.2.m01?status_at=2021-06-30",
    query=ITEM,
    answer=MilestoneSchema,
    sparse=True,
)
def get_milestone(milestone_id: str) -> Response:
    """Get a milestone.

    Returns one milestone, with its state and status.
    """
    return item(MILESTONE, milestone_id, ITEM)


KIND = Kind(
    MILESTONE, "milestones", MilestoneCreateSchema(), MilestoneFactsSchema(), "section_id", {"state", "done_on"}
)


@blueprint.post("/milestones")
@operation(
    "Milestones",
    "/v1/milestones",
    query=WRITE,
    scope="edit",
    body=MilestoneCreateSchema,
    sent={
        "section_id": "hunnan-2021.2.2",
        "name": "启用技术交易大厅",
        "name_en": "Open the technology exchange",
        "deadline_id": "hunnan-2021.due-2021-12-31",
        "due_precision": "year",
        "deadline_basis": "inherited",
    },
    answer=MilestoneSchema,
    status=201,
)
def create_milestone() -> Response:
    """Create a milestone.

    Adds a milestone at the end of its section.
    """
    return create(KIND)


@blueprint.patch("/milestones/<milestone_id>")
@operation(
    "Milestones",
    "/v1/milestones/hunnan-2021.2.2.m01",
    query=WRITE,
    scope="report",
    body=MilestoneFactsSchema,
    sent={"state": "done", "done_on": "2021-06-18"},
    patch=True,
    answer=MilestoneSchema,
)
def patch_milestone(milestone_id: str) -> Response:
    """Change a milestone.

    Changes the members in the body. The scope report is enough for state and done_on; others need the scope edit.
    """
    return change(KIND, milestone_id)


@blueprint.delete("/milestones/<milestone_id>")
@operation("Milestones", "/v1/milestones/hunnan-2021.2.2.m01", query=WRITE, scope="edit", status=204)
def delete_milestone(milestone_id: str) -> Response:
    """Delete a milestone.

    Removes a milestone from the plan. If work on it has stopped, set its state to cancelled instead.
    """
    return remove(KIND, milestone_id)
