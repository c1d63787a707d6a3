"""Observations: list, export, one, series of one indicator; report."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import export, item, listing
from api.reply.formats import EXPORTS
from api.reply.problems import missing
from api.reporting import OF_SERIES, report_batch, report_one
from api.request.store import store
from api.writing import WRITE
from db import items
from db.indicators import INDICATOR
from db.observations import OBSERVATION
from schema.answers.document import ObservationsSchema
from schema.bodies import BatchSchema, ReportSchema, SeriesReportSchema
from schema.observation import (
    ObservationExportQuerySchema,
    ObservationItemQuerySchema,
    ObservationQuerySchema,
    ObservationSchema,
    SeriesExportQuerySchema,
    SeriesQuerySchema,
)

blueprint = Blueprint("observations", __name__)

PAGE = ObservationQuerySchema()
EXPORT = ObservationExportQuerySchema()
ITEM = ObservationItemQuerySchema()
SERIES = SeriesQuerySchema()
SERIES_EXPORT = SeriesExportQuerySchema()


@blueprint.get("/observations")
@operation(
    "Observations",
    "/v1/observations?plan=hunnan-2021",
    query=PAGE,
    answer=ObservationSchema,
    paged=True,
    sparse=True,
)
def list_observations() -> Response:
    """List observations.

    Returns the reported values, by default sorted by indicator, oldest time period first.
    """
    return listing(OBSERVATION, PAGE, EXPORT)


@blueprint.get("/observations.<any(csv, ndjson, xlsx):format>")
@operation("Observations", "/v1/observations.csv?plan=hunnan-2021", query=EXPORT, formats=EXPORTS)
def export_observations(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export observations.

    Returns all observations that match as one file. It is streamed from one state of the store.
    """
    return export(OBSERVATION, EXPORT, format)


@blueprint.get("/observations/<observation_id>")
@operation(
    "Observations", "/v1/observations/hunnan-2021.2.2.01.2021-q1", query=ITEM, answer=ObservationSchema, sparse=True
)
def get_observation(observation_id: str) -> Response:
    """Get an observation.

    Returns one reported value.
    """
    return item(OBSERVATION, observation_id, ITEM)


@blueprint.get("/indicators/<indicator_id>/observations")
@operation(
    "Observations",
    "/v1/indicators/hunnan-2021.2.2.01/observations",
    query=SERIES,
    answer=ObservationSchema,
    paged=True,
    sparse=True,
)
def list_indicator_observations(indicator_id: str) -> Response:
    """List the observations of an indicator.

    Returns the series of one indicator, oldest time period first.
    """
    return listing(OBSERVATION, SERIES, SERIES_EXPORT, (items.known, INDICATOR, indicator_id), indicator=[indicator_id])


@blueprint.get("/indicators/<indicator_id>/observations.<any(csv, ndjson, xlsx):format>")
@operation(
    "Observations",
    "/v1/indicators/hunnan-2021.2.2.01/observations.csv",
    query=SERIES_EXPORT,
    formats=EXPORTS,
)
def export_indicator_observations(indicator_id: str, format: str) -> Response:  # noqa: A002
    """Export the observations of an indicator.

    Returns the series of one indicator as one file.
    """
    return export(OBSERVATION, SERIES_EXPORT, format, (items.known, INDICATOR, indicator_id), indicator=[indicator_id])


REPORTED = {
    "time_period": "2021-Q3",
    "value": 55.1,
    "unit": "亿元",
    "obs_status": "P",
    "reported_by": "区科技局",
}


@blueprint.post("/observations")
@operation(
    "Observations",
    "/v1/observations",
    query=WRITE,
    scope="report",
    body=ReportSchema,
    sent={"indicator_id": "hunnan-2021.2.2.01", **REPORTED},
    answer=ObservationSchema,
    status=201,
)
def create_observation() -> Response:
    """Report a value.

    Records a value for an indicator and a time period, in the unit of the target. Values are never overwritten. To
    correct one, give the id of the current observation in supersedes.
    """
    return report_one()


@blueprint.post("/observations/batch")
@operation(
    "Observations",
    "/v1/observations/batch",
    query=WRITE,
    scope="report",
    body=BatchSchema,
    sent={"data": [{"indicator_id": "hunnan-2021.2.2.01", **REPORTED}]},
    answer=ObservationsSchema,
    status=201,
)
def create_observations() -> Response:
    """Report many values.

    Records all values or none. Faults give the index of their value, from 0. A value may correct an earlier one in
    the list.
    """
    return report_batch()


@blueprint.post("/indicators/<indicator_id>/observations")
@operation(
    "Observations",
    "/v1/indicators/hunnan-2021.2.2.01/observations",
    query=WRITE,
    scope="report",
    body=SeriesReportSchema,
    sent=REPORTED,
    answer=ObservationSchema,
    status=201,
)
def create_indicator_observation(indicator_id: str) -> Response:
    """Report a value of an indicator.

    Records a value for this indicator. Its status is up to date at once.
    """
    if not items.known(store(), INDICATOR, indicator_id):
        raise missing("indicator_id", "indicator")
    return report_one(OF_SERIES, indicator_id=indicator_id)
