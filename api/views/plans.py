"""Plans: list, export, one, outline, document; create, change, delete."""

import json

from flask import Blueprint, Response

from api import writing
from api.documents import put_document
from api.operation import operation
from api.reading import ask, export, item, listing, one_state
from api.reply.formats import MEDIA_TYPES
from api.reply.problems import missing
from api.reply.replies import document, negotiate
from api.request.parse import parameters
from api.request.store import store
from api.writing import WRITE, Kind, change
from db import items, load, sections
from db.indicators import INDICATOR
from db.milestones import MILESTONE
from db.plans import PLAN
from schema.document import DocumentChangesSchema, DocumentQuerySchema
from schema.outline import OutlineQuerySchema, OutlineSchema
from schema.plan import PlanExportQuerySchema, PlanFactsSchema, PlanItemQuerySchema, PlanQuerySchema, PlanSchema
from schema.plan_file import PlanFileSchema

blueprint = Blueprint("plans", __name__)

PAGE = PlanQuerySchema()
EXPORT = PlanExportQuerySchema()
ITEM = PlanItemQuerySchema()
DOCUMENT = DocumentQuerySchema()
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

    The whole plan as one file: what plan-indicators loads, and what PUT takes. What is derived is not in it, and
    what is null, empty or false is left out.
    """
    negotiate({"json": MEDIA_TYPES["json"]})
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
    """Replace a plan by a document.

    Compared with the store, and the difference applied in one transaction: the answer tells what was created, changed,
    deleted and left. The same document twice changes nothing. Observations already recorded stay as they are, whether
    the document has them or not. If-None-Match: * stands in place of If-Match for a plan that is not there yet. Unlike
    POST, which refuses ids that have ever been used, it brings back what was deleted, plans too: their history goes on.
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

    The header alone; its parts follow one by one, or all at once as a document. An id that has ever been used is
    refused: a plan that was deleted is brought back by PUT of its document.
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

    Its header: title, area, period, standing, source. The period must hold every deadline of the plan.
    """
    return change(KIND, plan_id)


@blueprint.delete("/plans/<plan_id>")
@operation("Plans", "/v1/plans/hunnan-2021", query=WRITE, scope="edit", status=204)
def delete_plan(plan_id: str) -> Response:
    """Delete a plan.

    Only one without parts: a document of the header alone empties it first. A plan of which values have been reported
    is never deleted; set its status to withdrawn.
    """
    return writing.remove_plan(KIND, plan_id)
