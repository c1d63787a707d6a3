"""Indicators: list, export, one, summary."""

from flask import Blueprint, Response

from api.operation import operation
from api.parse import parameters
from api.reading import ask, export, item, listing, one_state
from api.replies import document, negotiate
from db import indicators, query
from db.indicators import INDICATOR
from schema.indicator import (
    IndicatorExportQuerySchema,
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

    Every quantity that plans commit to, with target, baseline, deadline and progress. All filters combine.
    """
    return listing(INDICATOR, PAGE, EXPORT)


@blueprint.get("/indicators.<any(csv, ndjson, xlsx):format>")
@operation(
    "Indicators",
    "/v1/indicators.csv?unit=亿元&fields=id,name,target.text,due_on,progress.status&status_at=2021-06-30",
    query=EXPORT,
    formats=("csv", "ndjson", "xlsx"),
)
def export_indicators(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export indicators.

    All indicators that match, as one file, streamed from one state of the store.
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

    Counts by section, department, kind, unit, status and more, over the same filters as the list, each with its tally
    by status; the largest groups first.
    """
    negotiate({"json": "application/json"})
    given = parameters(SUMMARY)
    asked = ask(given)
    with one_state(given.get("as_of")) as connection:
        statement = query.prepare(connection, INDICATOR, asked)
        data, groups, total = indicators.summary(connection, statement, given["by"], given["limit"])
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

    One quantity that a plan commits to, with the reasoning of its status.
    """
    return item(INDICATOR, indicator_id, ITEM)
