"""Deadlines: list, export, one, calendar; create, change, delete."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import export, item, listing
from api.reply.formats import EXPORTS, MEDIA_TYPES
from api.reply.replies import negotiate
from api.writing import WRITE, Kind, change, create, remove
from db.deadlines import DEADLINE
from schema.bodies import DeadlineCreateSchema
from schema.deadline import (
    CalendarQuerySchema,
    DeadlineExportQuerySchema,
    DeadlineFactsSchema,
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

    Returns the dates by which indicators and milestones are due, with counts of them by status. By default sorted by
    plan and date.
    """
    if negotiate(MEDIA_TYPES) == "ics":
        return export(DEADLINE, CALENDAR, "ics")
    return listing(DEADLINE, PAGE, EXPORT)


@blueprint.get("/deadlines.<any(csv, ndjson, xlsx):format>")
@operation(
    "Deadlines",
    "/v1/deadlines.csv?fields=id,due_on,label,days_left&status_at=2021-06-30",
    query=EXPORT,
    formats=EXPORTS,
)
def export_deadlines(format: str) -> Response:  # noqa: A002  (the path calls it so)
    """Export deadlines.

    Returns all deadlines that match as one file. It is streamed from one state of the store.
    """
    return export(DEADLINE, EXPORT, format)


@blueprint.get("/deadlines.ics")
@operation("Deadlines", "/v1/deadlines.ics?plan=hunnan-2021", query=CALENDAR, formats=("ics",))
def get_deadline_calendar() -> Response:
    """Get deadlines as a calendar.

    Returns an iCalendar feed for subscriptions. It takes the filters of the list. Each deadline is one all-day event
    with a permanent UID and reminders 30 and 7 days before.
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

    Returns one deadline, with counts of the items due.
    """
    return item(DEADLINE, deadline_id, ITEM)


KIND = Kind(DEADLINE, "deadlines", DeadlineCreateSchema(), DeadlineFactsSchema(), "plan_id")


@blueprint.post("/deadlines")
@operation(
    "Deadlines",
    "/v1/deadlines",
    query=WRITE,
    scope="edit",
    body=DeadlineCreateSchema,
    sent={
        "plan_id": "hunnan-2021",
        "due_on": "2021-06-30",
        "precision": "month",
        "label": "6月底前",
        "label_en": "By the end of June",
    },
    answer=DeadlineSchema,
    status=201,
)
def create_deadline() -> Response:
    """Create a deadline.

    Adds a deadline to a plan. A date after the plan's period needs beyond_period true.
    """
    return create(KIND)


@blueprint.patch("/deadlines/<deadline_id>")
@operation(
    "Deadlines",
    "/v1/deadlines/hunnan-2021.due-2021-12-31",
    query=WRITE,
    scope="edit",
    body=DeadlineFactsSchema,
    sent={"label_en": "By the end of the year"},
    patch=True,
    answer=DeadlineSchema,
)
def patch_deadline(deadline_id: str) -> Response:
    """Change a deadline.

    Changes the label or the date. Items due by it get the new date.
    """
    return change(KIND, deadline_id)


@blueprint.delete("/deadlines/<deadline_id>")
@operation("Deadlines", "/v1/deadlines/hunnan-2021.due-2021-12-31", query=WRITE, scope="edit", status=204)
def delete_deadline(deadline_id: str) -> Response:
    """Delete a deadline.

    Removes a deadline that no item uses. Otherwise the answer is 409 and names the items.
    """
    return remove(KIND, deadline_id)
