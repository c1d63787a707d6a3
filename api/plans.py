"""Plans: list, export, one, outline."""

import json

from flask import Blueprint, Response

from api.formats import MEDIA_TYPES
from api.operation import operation
from api.parse import parameters
from api.problems import missing
from api.reading import ask, export, item, listing, one_state
from api.replies import document, negotiate
from db import query, sections
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.plans import PLAN
from schema.outline import OutlineQuerySchema, OutlineSchema
from schema.plan import PlanExportQuerySchema, PlanItemQuerySchema, PlanQuerySchema, PlanSchema

blueprint = Blueprint("plans", __name__)

PAGE = PlanQuerySchema()
EXPORT = PlanExportQuerySchema()
ITEM = PlanItemQuerySchema()
OUTLINE = OutlineQuerySchema()
OUTLINED = {"indicators": INDICATOR, "milestones": MILESTONE}


@blueprint.get("/plans")
@operation(
    "Plans",
    "/v1/plans?area=21&limit=1",
    query=PAGE,
    answer=PlanSchema,
    paged=True,
    sparse=True,
)
def list_plans() -> Response:
    """List plans.

    What has been published, for which area and period.
    """
    return listing(PLAN, PAGE, EXPORT)


@blueprint.get("/plans.<any(csv, ndjson, xlsx):format>")
@operation(
    "Plans", "/v1/plans.csv?fields=id,title,period_start,period_end", query=EXPORT, formats=("csv", "ndjson", "xlsx")
)
def export_plans(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export plans.

    All plans that match, as one file, streamed from one state of the store.
    """
    return export(PLAN, EXPORT, format)


@blueprint.get("/plans/<plan_id>")
@operation("Plans", "/v1/plans/hunnan-2021", query=ITEM, answer=PlanSchema, sparse=True)
def get_plan(plan_id: str) -> Response:
    """Get a plan.

    The header of a plan, with its source and the counts of its parts.
    """
    return item(PLAN, plan_id, ITEM)


@blueprint.get("/plans/<plan_id>/outline")
@operation("Plans", "/v1/plans/hunnan-2021/outline?status_at=2021-06-30", query=OUTLINE, answer=OutlineSchema)
def get_plan_outline(plan_id: str) -> Response:
    """Get the outline of a plan.

    The section tree, nested, each node with the counts and status tallies of all below it, and on request with its
    indicators and milestones: one call draws a page.
    """
    negotiate({"json": MEDIA_TYPES["json"]})
    given = parameters(OUTLINE)
    asked = ask(given)
    include = {name: OUTLINED[name] for name in asked.include}
    with one_state(given.get("as_of")) as connection:
        plan = query.get(connection, PLAN, plan_id, asked._replace(include=()))
        if plan is None:
            raise missing("plan_id", "plan")
        tree, statuses = sections.outline(connection, plan_id, asked.context, include)
    return document(
        {"plan": json.loads(plan), "as_of": asked.context["status_at"], "statuses": statuses, "sections": tree}
    )
