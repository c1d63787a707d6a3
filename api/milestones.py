"""Milestones: list, export, one."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import export, item, listing
from db.milestones import MILESTONE
from schema.milestone import MilestoneExportQuerySchema, MilestoneItemQuerySchema, MilestoneQuerySchema, MilestoneSchema

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

    Deliverables without a number, each of which can be ticked off.
    """
    return listing(MILESTONE, PAGE, EXPORT)


@blueprint.get("/milestones.<any(csv, ndjson, xlsx):format>")
@operation(
    "Milestones",
    "/v1/milestones.csv?plan=hunnan-2021&section=hunnan-2021.2.2&fields=id,name,due_on,status&status_at=2021-06-30",
    query=EXPORT,
    formats=("csv", "ndjson", "xlsx"),
)
def export_milestones(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export milestones.

    All milestones that match, as one file, streamed from one state of the store.
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

    One deliverable, with its state and status.
    """
    return item(MILESTONE, milestone_id, ITEM)
