"""Indicators: list, export, one, summary; create, change, delete."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import ask, export, item, listing, one_state, plans_of
from api.reply.formats import EXPORTS
from api.reply.replies import document, negotiate
from api.request.parse import parameters
from api.writing import WRITE, Kind, change, create, remove
from db import lists, summaries
from db.indicators import INDICATOR
from schema.bodies import IndicatorCreateSchema
from schema.indicator import (
    IndicatorExportQuerySchema,
    IndicatorFactsSchema,
    IndicatorItemQuerySchema,
    IndicatorQuerySchema,
    IndicatorSchema,
    IndicatorSummaryQuerySchema,
    SummarySchema,
)

blueprint = Blueprint("indicators", __name__)

PAGE = IndicatorQuerySchema()
EXPORT = IndicatorExportQuerySchema()
ITEM = IndicatorItemQuerySchema()
SUMMARY = IndicatorSummaryQuerySchema()


@blueprint.get("/indicators")
@operation(
    "Indicators",
    "/v1/indicators?plan=hunnan-2021&limit=2&count=true&status_at=2021-06-30",
    query=PAGE,
    answer=IndicatorSchema,
    paged=True,
    sparse=True,
)
def list_indicators() -> Response:
    """List indicators.

    Returns the quantities to which plans commit, with target, baseline, deadline and progress. An indicator must
    match all filters.
    """
    return listing(INDICATOR, PAGE, EXPORT)


@blueprint.get("/indicators.<any(csv, ndjson, xlsx):format>")
@operation(
    "Indicators",
    "/v1/indicators.csv?unit=亿元&fields=id,name,target.text,due_on,progress.status&status_at=2021-06-30",
    query=EXPORT,
    formats=EXPORTS,
)
def export_indicators(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export indicators.

    Returns all indicators that match as one file. It is streamed from one state of the store.
    """
    return export(INDICATOR, EXPORT, format)


@blueprint.get("/indicators/summary")
@operation(
    "Indicators",
    "/v1/indicators/summary?plan=hunnan-2021&by=kind&status_at=2021-06-30",
    query=SUMMARY,
    answer=SummarySchema,
)
def summarize_indicators() -> Response:
    """Count indicators by group.

    Counts the indicators in each group, in total and by status; the largest groups come first. Takes the filters of
    the list.
    """
    negotiate()
    given = parameters(SUMMARY)
    asked = ask(given)
    with one_state(given.get("as_of"), plans_of(asked.filters)) as connection:
        statement = lists.prepare(connection, INDICATOR, asked)
        data, groups, total = summaries.summary(connection, statement, given["by"], given["limit"])
    return document(
        {"by": given["by"], "data": data, "groups": groups, "total": total, "as_of": asked.context["status_at"]}
    )


@blueprint.get("/indicators/<indicator_id>")
@operation(
    "Indicators",
    "/v1/indicators/hunnan-2021.2.2.01?status_at=2021-06-30",
    query=ITEM,
    answer=IndicatorSchema,
    sparse=True,
)
def get_indicator(indicator_id: str) -> Response:
    """Get an indicator.

    Returns one indicator, with its status and the figures behind it.
    """
    return item(INDICATOR, indicator_id, ITEM)


KIND = Kind(INDICATOR, "indicators", IndicatorCreateSchema(), IndicatorFactsSchema(), "section_id")


@blueprint.post("/indicators")
@operation(
    "Indicators",
    "/v1/indicators",
    query=WRITE,
    scope="edit",
    body=IndicatorCreateSchema,
    sent={
        "section_id": "hunnan-2021.2.2",
        "name": "新增高新技术企业",
        "name_en": "New high-tech enterprises",
        "kind": "increment",
        "direction": "increase",
        "target": {"comparator": "ge", "value": 120, "unit": "家"},
        "deadline_id": "hunnan-2021.due-2021-12-31",
        "due_precision": "year",
        "deadline_basis": "inherited",
    },
    answer=IndicatorSchema,
    status=201,
)
def create_indicator() -> Response:
    """Create an indicator.

    Adds an indicator at the end of its section. The unit must be in the vocabulary units.
    """
    return create(KIND)


@blueprint.patch("/indicators/<indicator_id>")
@operation(
    "Indicators",
    "/v1/indicators/hunnan-2021.2.2.01",
    query=WRITE,
    scope="edit",
    body=IndicatorFactsSchema,
    sent={"target": {"value": 80}, "lead_department": "区科技局"},
    patch=True,
    answer=IndicatorSchema,
)
def patch_indicator(indicator_id: str) -> Response:
    """Change an indicator.

    Changes the members in the body. The target is validated as a whole: comparator, value, range and unit must fit
    together.
    """
    return change(KIND, indicator_id)


@blueprint.delete("/indicators/<indicator_id>")
@operation("Indicators", "/v1/indicators/hunnan-2021.2.2.01", query=WRITE, scope="edit", status=204)
def delete_indicator(indicator_id: str) -> Response:
    """Delete an indicator.

    Removes an indicator that has no parts and no observations. Otherwise the answer is 409: reported values are never
    deleted.
    """
    return remove(KIND, indicator_id)
