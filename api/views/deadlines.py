"""Deadlines: list, export, one, calendar; create, change, delete."""

from flask import Blueprint, Response

from api.operation import operation
from api.reading import export, item, listing
from api.reply.formats import MEDIA_TYPES
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

    Add a date within the period of the plan.
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

    Rename a date or move it; everything due by it moves with it.
    """
    return change(KIND, deadline_id)


@blueprint.delete("/deadlines/<deadline_id>")
@operation("Deadlines", "/v1/deadlines/hunnan-2021.due-2021-12-31", query=WRITE, scope="edit", status=204)
def delete_deadline(deadline_id: str) -> Response:
    """Delete a deadline.

    Remove a date that nothing is due by. What is, is named in a 409.
    """
    return remove(KIND, deadline_id)
