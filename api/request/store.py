"""The store that a request reads: its current state, or its state at `as_of`."""

import sqlite3
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, Response, after_this_request, g, request

from api.reply.links import settings
from api.reply.problems import Problem, fault
from api.reply.replies import FOR_EVER
from db import connection
from db.log import past

SETTLED, PASSING = "plan.settled", "plan_passing"


def store(as_of: str | None = None, plans: Collection[str] = ()) -> sqlite3.Connection:
    """Return this thread's connection to the store, or to its past; Problem for a moment that cannot be shown.

    `plans` are all that the request is about, where that is known.
    """
    path = settings().database
    opened = _passing() if settings().read_only else connection.reader
    if as_of is None:
        return opened(path)
    prepare, few = _past(plans)
    return _at(opened(path, prepare, statements=past.STATEMENTS), as_of, few)


def _past(plans: Collection[str]) -> tuple[Callable[[sqlite3.Connection], None], Collection[str]]:
    """Choose how the past is read: of few plans from copies, of all through views."""
    return (past.install_copies, plans) if past.few(plans) else (past.install, ())


def _passing() -> Callable[..., sqlite3.Connection]:
    """Open connections that end with the request: what replicates into the store writes while none is open."""
    kept: dict[object, sqlite3.Connection] = g.setdefault(PASSING, {})

    def opened(path: Path, *prepare: Callable[..., None], **options: Any) -> sqlite3.Connection:
        if prepare not in kept:
            kept[prepare] = connection.fresh(path, *prepare, **options)
        return kept[prepare]

    return opened


@contextmanager
def state(as_of: str | None = None, plans: Collection[str] = ()) -> Iterator[sqlite3.Connection]:
    """Give a connection of its own that stays at one state of the store, or of its past."""
    path = settings().database
    if as_of is None and not settings().read_only:
        with connection.lent(path) as own:
            yield own
    else:
        prepare, few = _past(plans)
        with closing(connection.snapshot(path, *([prepare] if as_of else []))) as own:
            yield _at(own, as_of, few) if as_of else own


@contextmanager
def copies() -> Iterator[sqlite3.Connection]:
    """Give a connection of its own for copies of plans as they stood (db.log.past.travel)."""
    with closing(connection.snapshot(settings().database, past.install_copies)) as own:
        yield own


def _at(opened: sqlite3.Connection, as_of: str, plans: Collection[str]) -> sqlite3.Connection:
    if as_of > connection.now():
        faults = [fault("as_of", "Must not be in the future.", [f"up to {connection.now()}"])]
        raise Problem("invalid-parameter", "Not valid: as_of.", faults)
    try:
        request.environ[SETTLED] = past.travel(opened, as_of, plans)
    except past.PrunedError as error:
        faults = [fault("as_of", "The history of that time was deleted.", [f"{error} or later"])]
        raise Problem("gone", "The state of the store at that time is no longer available.", faults) from error
    after_this_request(_keep)
    return opened


def register(app: Flask) -> None:
    """Close what may not be kept."""
    if app.config["PLAN"].read_only:
        app.teardown_request(_close)


def _close(_: BaseException | None) -> None:
    for opened in g.pop(PASSING, {}).values():
        opened.close()


def _keep(response: Response) -> Response:
    """Let an answer about the settled past be kept for good."""
    if request.environ[SETTLED] and response.status_code in (200, 304):
        response.headers["Cache-Control"] = FOR_EVER
    return response
