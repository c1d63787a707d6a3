"""Changes: the feed of changes after a cursor, in commit order, for systems that keep a copy."""

import time
from threading import BoundedSemaphore
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, current_app, request

from api.operation import operation
from api.reading import one_state
from api.reply.links import link, next_page, settings
from api.reply.problems import Problem, fault
from api.reply.replies import negotiate, text
from api.request.parse import parameters
from db.log import changes
from schema.answers.change import ChangesQuerySchema, ChangesSchema

blueprint = Blueprint("changes", __name__)

QUERY = ChangesQuerySchema()
LOOK_EVERY = 0.1
"""Seconds between two queries while a caller waits. A query takes about 20 µs."""
WAITERS = "plan.waiters"


class Found(NamedTuple):
    """Hold the changes found, the cursor to continue from, and whether there are more."""

    rows: list[changes.Row]
    cursor: str
    more: bool


def register(app: Flask, waiters: int) -> None:
    """Limit how many callers may wait in this process, because each occupies a thread."""
    app.extensions[WAITERS] = BoundedSemaphore(waiters)


@blueprint.get("/changes")
@operation("Changes", "/v1/changes?resource=indicator&limit=1", query=QUERY, answer=ChangesSchema, failures=("gone",))
def list_changes() -> Response:
    """List the changes after a cursor.

    Returns every change, including deletions, in commit order, with the record after the change. To start, copy every
    collection, then follow from the Change-Cursor of the first one copied. After you apply a page, save its `cursor`
    and request `next`. `next` is never null; after an empty page, use the new one too. Applying a change twice is
    harmless. A cursor beyond the last change gives 410, because the store has lost that change. A read-only node
    (PLAN_READ_ONLY=1) may be behind, so it returns an empty page with the same cursor.
    """
    negotiate()
    found = _patiently(parameters(QUERY))
    url = next_page(since=found.cursor)
    more = "true" if found.more else "false"
    data = ",".join(row[1] for row in found.rows)
    response = text(f'{{"data":[{data}],"next":"{url}","cursor":"{found.cursor}","more":{more}}}')
    response.headers["Link"] = f'<{url}>; rel="next"'
    return response


def _patiently(given: dict[str, Any]) -> Found:
    """Query until there is a change or the time is up. If too many callers are waiting, query only once."""
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
    """Read the changes after the cursor from one state of the store. Raises Problem (410) for an invalid cursor."""
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
    detail = "The cursor is too old, is from a replaced store, or refers to a change that the store has lost."
    if "since" not in request.args:
        detail = "The first changes have been deleted. Use a cursor."
    again = f"the Change-Cursor of {link('/v1/plans.ndjson')}, after copying every collection again"
    return Problem("gone", "The changes after this cursor are no longer available.", [fault("since", detail, [again])])
