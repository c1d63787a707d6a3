"""Schemas of an observation, and the time periods for which values are reported."""

import calendar
import re
from collections.abc import Iterator
from typing import Any

from marshmallow import ValidationError, fields, post_load

from schema import query
from schema.fields import Number, Text, Timestamp, coded, identifier, plan_identifier
from schema.item import COMPUTED, NULL, Strict
from schema.vocabulary import OBS_STATUSES

PERIOD_PATTERN = r"^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-S[12])?$"
"""A year, half-year, quarter or month in SDMX notation: 2021, 2021-S1, 2021-Q2, 2021-06."""


def period_end(time_period: str) -> str:
    """Return the last day of a time period (2021-Q2: 2021-06-30). Raises ValidationError for any other text."""
    match = re.fullmatch(r"(\d{4})(?:-(\d{2})|-Q(\d)|-S(\d))?", time_period)
    if match is None or int(match[1]) < 1:
        raise ValidationError("Must be a year, half-year, quarter or month: 2021, 2021-S1, 2021-Q2, 2021-06.")
    year, month, quarter, half = match.groups()
    last = int(month or 0) or int(quarter or 0) * 3 or int(half or 0) * 6 or 12
    return f"{year}-{last:02}-{calendar.monthrange(int(year), last)[1]:02}"


def period_start(time_period: str) -> str:
    """Return the first day of a time period that period_end accepts (2021-Q2: 2021-04-01)."""
    year, _, part = time_period.partition("-")
    months = {"Q": 3, "S": 6}.get(part[:1])
    first = (int(part[1:]) - 1) * months + 1 if months else int(part or 1)
    return f"{year}-{first:02}-01"


FORECAST = "F"
"""The obs_status of a forecast. A forecast may be for a future period, and never counts for a status."""


def outside(time_period: str, start: str, last: str) -> str | None:
    """Return why a time period does not overlap the days from `start` to `last`; None if it does.

    A partial overlap is enough: a plan that starts in March has a value for the whole year.
    """
    if period_end(time_period) < start:
        return f"Must not end before the plan's period, which starts on {start}."
    if period_start(time_period) > last:
        return f"Must not start after {last}, the later of the plan's end and the deadline."
    return None


def premature(time_period: str, obs_status: str, today: str) -> str | None:
    """Return why a value for this period cannot exist yet; None if it can. A future period can only have a forecast."""
    if period_start(time_period) > today and obs_status != FORECAST:
        return f"Must not start after today, {today}, unless obs_status is {FORECAST} (forecast)."
    return None


def misfits(value: dict[str, Any], unit: str | None, start: str, last: str) -> Iterator[tuple[str, str]]:
    """Yield (member, what is wrong) for a value that does not fit its indicator; members that are missing fit.

    `unit` is that of the target, `start` the first day of the plan, `last` the later of its end and the deadline.
    """
    if value.get("unit", unit) != unit:
        yield "unit", f"Must be the unit of the target, {unit or 'null'}."
    if "time_period" in value and (why := outside(value["time_period"], start, last)):
        yield "time_period", why
    if "id" in value and not value["id"].startswith(f"{value['indicator_id']}."):
        yield "id", f"Must start with {value['indicator_id']}. (the id of the indicator, then a dot)."


class ObservationFactsSchema(Strict):
    """The facts of an observation."""

    id = identifier(required=True, metadata={"description": "Id of the observation; never changes."})
    indicator_id = identifier(required=True, metadata={"description": "Id of its indicator."})
    time_period = Text(
        7,
        pattern=PERIOD_PATTERN,
        required=True,
        metadata={"description": "2021, 2021-S1 (half-year), 2021-Q2 or 2021-06. A future one needs obs_status F."},
    )
    value = Number(
        required=True,
        metadata={"description": "Value; cumulative from the plan's start for increments."},
    )
    unit = Text(30, metadata={"description": "Unit of the target."}, **NULL)
    obs_status = coded(OBS_STATUSES, load_default="A", metadata={"description": "SDMX observation status."})
    note = Text(2000, lines=True, metadata={"description": "Remark."}, **NULL)
    reported_by = Text(100, metadata={"description": "Who reported it."}, **NULL)
    recorded_at = Timestamp(required=True, metadata={"description": "Time of recording (UTC)."})
    supersedes = identifier(metadata={"description": "Id of the observation that this one corrects."}, **NULL)

    @post_load
    def _derive(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        try:
            return data | {"period_end": period_end(data["time_period"])}
        except ValidationError as error:
            raise ValidationError(error.messages, "time_period") from error


class ObservationSchema(ObservationFactsSchema):
    """A value reported for a time period."""

    plan_id = plan_identifier(metadata={"description": "Id of its plan."})
    superseded_by = identifier(
        metadata={"description": "Id of the observation that corrects this one.", **COMPUTED}, **NULL
    )


OBSERVATION_SORTS = ("plan", "indicator", "time_period", "value", "recorded_at")


def _series() -> dict[str, fields.Field[Any]]:
    return {
        "obs_status": query.one_of(OBS_STATUSES, "Observation status."),
        "period_from": query.day("Time periods that end on or after this date."),
        "period_to": query.day("Time periods that end on or before this date."),
        "recorded_since": query.since("Recorded at or after this moment."),
        "superseded": query.switch("Include superseded observations."),
    }


def _filters() -> dict[str, fields.Field[Any]]:
    return {
        "plan": query.plan(),
        "area": query.area(),
        "level": query.level(),
        "indicator": query.any_of(identifier(), "Indicator ids."),
        **_series(),
    }


ObservationQuerySchema = query.page_query(_filters(), OBSERVATION_SORTS, ObservationSchema)
ObservationExportQuerySchema = query.export_query(_filters(), OBSERVATION_SORTS, ObservationSchema)
ObservationItemQuerySchema = query.item_query(ObservationSchema, dated=False)
SeriesQuerySchema = query.page_query(_series(), OBSERVATION_SORTS, ObservationSchema)
SeriesExportQuerySchema = query.export_query(_series(), OBSERVATION_SORTS, ObservationSchema)
