"""Plans: list, export, one, outline, document; create, change, delete."""

import json

from flask import Blueprint, Response

from api import writing
from api.documents import put_document
from api.operation import operation
from api.reading import ask, export, item, listing, one_state
from api.reply.formats import EXPORTS
from api.reply.problems import missing
from api.reply.replies import document, negotiate
from api.request.parse import parameters
from api.request.store import store
from api.writing import WRITE, Kind, change
from db import items, sections
from db.edit import load
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.plans import PLAN
from schema.answers.document import DocumentChangesSchema
from schema.answers.outline import OutlineQuerySchema, OutlineSchema
from schema.plan import PlanExportQuerySchema, PlanFactsSchema, PlanItemQuerySchema, PlanQuerySchema, PlanSchema
from schema.query import AsOfQuerySchema
from schema.rules.plan_file import PlanFileSchema

blueprint = Blueprint("plans", __name__)

PAGE = PlanQuerySchema()
EXPORT = PlanExportQuerySchema()
ITEM = PlanItemQuerySchema()
DOCUMENT = AsOfQuerySchema()
OUTLINE = OutlineQuerySchema()
KIND = Kind(PLAN, "plan", PlanFactsSchema(), PlanFactsSchema())
RENAMED = {
    "format": "plan-indicators",
    "format_version": 1,
    "plan": {
        "id": "example-2022",
        "title": "示例计划（修订）",
        "area_code": "999999",
        "area_name": "示例区",
        "level": "district",
        "period_start": "2022-01-01",
        "period_end": "2022-12-31",
        "status": "draft",
    },
    "deadlines": [],
    "sections": [{"id": "example-2022.1", "number": "1", "title": "环境"}],
    "indicators": [],
    "milestones": [],
}
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

    Returns plan headers with area, period and counts of items, by default sorted by id. A plan must match all filters.
    """
    return listing(PLAN, PAGE, EXPORT)


@blueprint.get("/plans.<any(csv, ndjson, xlsx):format>")
@operation("Plans", "/v1/plans.csv?fields=id,title,period_start,period_end", query=EXPORT, formats=EXPORTS)
def export_plans(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export plans.

    Returns all plans that match as one file. It is streamed from one state of the store.
    """
    return export(PLAN, EXPORT, format)


@blueprint.get("/plans/<plan_id>")
@operation("Plans", "/v1/plans/hunnan-2021", query=ITEM, answer=PlanSchema, sparse=True)
def get_plan(plan_id: str) -> Response:
    """Get a plan.

    Returns the header of a plan, with its source and counts of its items.
    """
    return item(PLAN, plan_id, ITEM)


@blueprint.get("/plans/<plan_id>/outline")
@operation("Plans", "/v1/plans/hunnan-2021/outline?status_at=2021-06-30", query=OUTLINE, answer=OutlineSchema)
def get_plan_outline(plan_id: str) -> Response:
    """Get the outline of a plan.

    Returns the nested section tree. Each section has counts of all items below it, in total and by status. Use
    `include` to add its indicators and milestones.
    """
    negotiate()
    given = parameters(OUTLINE)
    asked = ask(given)
    include = {name: OUTLINED[name] for name in asked.include}
    with one_state(given.get("as_of"), [plan_id]) as connection:
        plan = items.get(connection, PLAN, plan_id, asked._replace(include=()))
        if plan is None:
            raise missing("plan_id", "plan")
        tree, statuses = sections.outline(connection, plan_id, asked.context, include)
    return document(
        {"plan": json.loads(plan), "as_of": asked.context["status_at"], "statuses": statuses, "sections": tree}
    )


@blueprint.get("/plans/<plan_id>/document")
@operation(
    "Plans", "/v1/plans/example-2022/document", query=DOCUMENT, document={"$ref": "#/components/schemas/PlanFile"}
)
def get_plan_document(plan_id: str) -> Response:
    """Get the document of a plan.

    Returns the whole plan as one plan file, which PUT and `plan-indicators load` accept. Derived members and members
    that are null, empty or false are left out.
    """
    negotiate()
    facts = load.export(store(parameters(DOCUMENT).get("as_of"), [plan_id]), plan_id)
    if facts is None:
        raise missing("plan_id", "plan")
    return document(facts)


@blueprint.put("/plans/<plan_id>/document")
@operation(
    "Plans",
    "/v1/plans/example-2022/document",
    query=WRITE,
    scope="edit",
    body=PlanFileSchema,
    sent=RENAMED,
    answer=DocumentChangesSchema,
)
def put_plan_document(plan_id: str) -> Response:
    """Replace a plan with a document.

    Compares the document with the store and applies the differences in one transaction. The answer lists the items
    created, changed, deleted and left. Sending the same document twice changes nothing. Recorded observations are
    kept, even if the document lacks them. To create a plan, send If-None-Match: * instead of If-Match. Unlike POST,
    PUT accepts ids of deleted items and plans: it restores them, and their history continues.
    """
    return put_document(plan_id)


@blueprint.post("/plans")
@operation(
    "Plans",
    "/v1/plans",
    query=WRITE,
    scope="edit",
    body=PlanFactsSchema,
    sent={
        "id": "hunnan-2022",
        "title": "浑南区2022年工作计划",
        "title_en": "Hunnan District 2022 Work Plan",
        "area_code": "210112",
        "area_name": "沈阳市浑南区",
        "level": "district",
        "period_start": "2022-01-01",
        "period_end": "2022-12-31",
        "status": "draft",
    },
    answer=PlanSchema,
    status=201,
)
def create_plan() -> Response:
    """Create a plan.

    Creates the header of a plan. Add its items one by one, or all at once with PUT of its document. An id that was
    ever used is refused; to restore a deleted plan, PUT its document.
    """
    return writing.create_plan(KIND)


@blueprint.patch("/plans/<plan_id>")
@operation(
    "Plans",
    "/v1/plans/hunnan-2021",
    query=WRITE,
    scope="edit",
    body=PlanFactsSchema,
    sent={"status": "completed"},
    patch=True,
    answer=PlanSchema,
)
def patch_plan(plan_id: str) -> Response:
    """Change a plan.

    Changes the header: title, area, period, status, source. Every deadline must stay in the period, except those with
    beyond_period true.
    """
    return change(KIND, plan_id)


@blueprint.delete("/plans/<plan_id>")
@operation("Plans", "/v1/plans/hunnan-2021", query=WRITE, scope="edit", status=204)
def delete_plan(plan_id: str) -> Response:
    """Delete a plan.

    Deletes a plan that has no items. To remove them first, PUT a document with the header only. A plan with
    observations cannot be deleted; set its status to withdrawn.
    """
    return writing.remove_plan(KIND, plan_id)
