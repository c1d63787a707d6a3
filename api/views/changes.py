"""Changes: what happened since a cursor, in the order of commits, so that another system can follow."""

import time
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, current_app, request

from api.operation import operation
from api.reading import one_state
from api.reply.formats import MEDIA_TYPES
from api.reply.links import link, next_page, settings
from api.reply.problems import Problem, fault
from api.reply.replies import negotiate, text
from api.request.parse import parameters
from db import changes
from schema.change import ChangesQuerySchema, ChangesSchema

blueprint = Blueprint("changes", __name__)

QUERY = ChangesQuerySchema()
LOOK_EVERY = 0.1
"""Seconds between two looks while a caller waits; a look costs some 20 µs."""
WAITERS = "plan.waiters"


class Found(NamedTuple):
    """Hold the changes found, the cursor to go on with, and whether there is more."""

    rows: list[changes.Row]
    cursor: str
    more: bool


def register(app: Flask, waiters: int) -> None:
    """Bound how many callers may wait in this process: each holds a thread that others need."""
    app.extensions[WAITERS] = BoundedSemaphore(waiters)


@blueprint.get("/changes")
@operation("Changes", "/v1/changes?resource=indicator&limit=1", query=QUERY, answer=ChangesSchema, failures=("gone",))
def list_changes() -> Response:
    """List what changed since a cursor.

    Every change, deletions too, in the order of commits, with what is stored of the thing since. Keep `cursor` once the
    page has been applied, and ask again with `next`: it is always there, and an empty page moves it on too. Applying a
    change twice does no harm. To begin, copy every collection and follow from the Change-Cursor of the first of them. A
    cursor beyond the last change is answered with 410, for what it stands for has been lost; only a node that reads a
    replica (PLAN_READ_ONLY=1), which may be behind, gives an empty page and the same cursor.
    """
    negotiate({"json": MEDIA_TYPES["json"]})
    found = _patiently(parameters(QUERY))
    url = next_page(since=found.cursor)
    more = "true" if found.more else "false"
    data = ",".join(row[1] for row in found.rows)
    response = text(f'{{"data":[{data}],"next":"{url}","cursor":"{found.cursor}","more":{more}}}')
    response.headers["Link"] = f'<{url}>; rel="next"'
    return response


def _patiently(given: dict[str, Any]) -> Found:
    """Look, and while there is nothing look again until the time is up: at once if enough callers wait already."""
    found = _look(given)
    waiters: BoundedSemaphore = current_app.extensions[WAITERS]
    if found.rows or "wait" not in given or not waiters.acquire(blocking=False):
        return found
    try:
        until = time.monotonic() + given["wait"]
        while not found.rows and time.monotonic() < until:
            time.sleep(LOOK_EVERY)
            found = _look(given | {"since": found.cursor})
    finally:
        waiters.release()
    return found


def _look(given: dict[str, Any]) -> Found:
    """Read the changes after the cursor from one state of the store. Raises Problem for a cursor that does not hold."""
    with one_state() as connection:
        feed = changes.feed(connection)
        lineage, _, number = given.get("since", f"{feed.lineage}-0").partition("-")
        # beyond the end: a replica may be behind its caller; a writer has lost what the caller has seen (power, `cp`)
        lost = int(number) > feed.latest and not settings().read_only
        if lineage != feed.lineage or int(number) < feed.pruned or lost:
            raise _gone()
        limit = given["limit"]
        rows = changes.since(connection, int(number), given.get("plan", ()), given.get("resource", ()), limit + 1)
    more = len(rows) > limit
    reached = rows[limit - 1][0] if more else max(feed.latest, int(number))
    return Found(rows[:limit], changes.cursor(feed.lineage, reached), more)


def _gone() -> Problem:
    detail = "Is older than what is kept, or of a store that has been replaced, or stands for what a store has lost."
    if "since" not in request.args:
        detail = "The first changes are no longer kept."
    again = f"the Change-Cursor of {link('/v1/plans.ndjson')}, once every collection has been copied anew"
    return Problem("gone", "The changes from there on are not known.", [fault("since", detail, [again])])
