"""Deadlines: list, export, one, calendar."""

from flask import Blueprint, Response

from api.formats import MEDIA_TYPES
from api.operation import operation
from api.reading import export, item, listing
from api.replies import negotiate
from db.deadlines import DEADLINE
from schema.deadline import (
    CalendarQuerySchema,
    DeadlineExportQuerySchema,
    DeadlineItemQuerySchema,
    DeadlineQuerySchema,
    DeadlineSchema,
)

blueprint = Blueprint("deadlines", __name__)

PAGE = DeadlineQuerySchema()
EXPORT = DeadlineExportQuerySchema()
ITEM = DeadlineItemQuerySchema()
CALENDAR = CalendarQuerySchema()


@blueprint.get("/deadlines")
@operation(
    "Deadlines",
    "/v1/deadlines?plan=hunnan-2021&status_at=2021-06-30",
    query=PAGE,
    answer=DeadlineSchema,
    paged=True,
    sparse=True,
)
def list_deadlines() -> Response:
    """List deadlines.

    The dates that indicators and milestones are due by, with what is due and how it stands.
    """
    if negotiate(MEDIA_TYPES) == "ics":
        return export(DEADLINE, CALENDAR, "ics")
    return listing(DEADLINE, PAGE, EXPORT)


@blueprint.get("/deadlines.<any(csv, ndjson, xlsx):format>")
@operation(
    "Deadlines",
    "/v1/deadlines.csv?fields=id,due_on,label,days_left&status_at=2021-06-30",
    query=EXPORT,
    formats=("csv", "ndjson", "xlsx"),
)
def export_deadlines(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export deadlines.

    All deadlines that match, as one file, streamed from one state of the store.
    """
    return export(DEADLINE, EXPORT, format)


@blueprint.get("/deadlines.ics")
@operation("Deadlines", "/v1/deadlines.ics?plan=hunnan-2021", query=CALENDAR, formats=("ics",))
def get_deadline_calendar() -> Response:
    """Get deadlines as a calendar.

    An iCalendar feed to subscribe to, with the filters of the list: one all-day event a deadline, with the same UID for
    ever, and reminders 30 and 7 days before.
    """
    return export(DEADLINE, CALENDAR, "ics")


@blueprint.get("/deadlines/<deadline_id>")
@operation(
    "Deadlines",
    "/v1/deadlines/hunnan-2021.due-2021-12-31?status_at=2021-06-30",
    query=ITEM,
    answer=DeadlineSchema,
    sparse=True,
)
def get_deadline(deadline_id: str) -> Response:
    """Get a deadline.

    One date, with what is due by it.
    """
    return item(DEADLINE, deadline_id, ITEM)
