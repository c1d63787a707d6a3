"""Handle a GET: parse, query, reply; for one item, one page, or a whole collection."""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

from flask import Response, request
from marshmallow import Schema

from api import copied_past
from api.reply.calendar import feed
from api.reply.formats import EXPORTS, MEDIA_TYPES, comma_separated, ndjson, workbook
from api.reply.links import next_page, root, settings
from api.reply.problems import Problem, fault, missing
from api.reply.replies import negotiate, stream, text
from api.request import cursor
from api.request.access import plan_of
from api.request.parse import parameters
from api.request.preconditions import mark
from api.request.store import copies, state, store
from api.settings import Settings
from db import items, lists, shapes, status
from db.log import changes
from db.resource import Ask, Resource


@contextmanager
def one_state(as_of: str | None = None, plans: Collection[str] = ()) -> Iterator[sqlite3.Connection]:
    """Read one state of the store with all statements of a request, whatever is committed in the meantime."""
    connection = store(as_of, plans)
    connection.execute("BEGIN")
    try:
        yield connection
    finally:
        connection.execute("ROLLBACK")


def today() -> str:
    """Return today's date in the time zone of the service."""
    return _day(None, settings())


def context(given: dict[str, Any]) -> dict[str, Any]:
    """Return what statuses depend on: the date (default: today in the time zone of the service) and the thresholds."""
    chosen = settings()
    as_of = given.get("as_of")
    at = given.get("status_at") or _day(as_of, chosen)
    return {
        "as_of": as_of,
        "status_at": at,
        "behind": chosen.behind,
        "far_behind": chosen.far_behind,
        "due_soon": chosen.due_soon,
        "rule": status.rule(chosen.behind, chosen.far_behind),
    }


def _day(as_of: str | None, chosen: Settings) -> str:
    """Return the day of a moment in the time zone of the service; before 1900 and in 9999, in UTC."""
    if as_of is None:
        return chosen.today or datetime.now(chosen.timezone).date().isoformat()
    if not "1900" <= as_of < "9999":  # near both ends of the calendar another time zone has no date
        return as_of[:10]
    return datetime.fromisoformat(as_of).astimezone(chosen.timezone).date().isoformat()


SHAPING = {"sort", "fields", "include", "limit", "after", "count", "status_at", "as_of", "bom", "by"}
"""Parameters that are not filters."""


def ask(given: dict[str, Any]) -> Ask:
    """Separate filters from the other parameters."""
    return Ask(
        filters={name: value for name, value in given.items() if name not in SHAPING},
        sort=given.get("sort", ()),
        fields=given.get("fields", ()),
        include=given.get("include", ()),
        context=context(given),
    )


BY_ID = {"plan", "section", "parent", "deadline", "indicator"}
"""Filters whose values are ids, which begin with the id of their plan."""


def plans_of(filters: Mapping[str, Any]) -> set[str]:
    """Return the plans to which filters by id limit an answer; empty if there is no such filter."""
    return {plan_of(value) for name in BY_ID & filters.keys() for value in filters[name]}


def item(resource: Resource, key: str, schema: Schema) -> Response:
    """Answer with one item, or 404."""
    negotiate()
    asked = ask(parameters(schema))
    found = items.versioned(store(asked.context["as_of"], [plan_of(key)]), resource, key, asked)
    if found is None:
        raise missing(f"{resource.name}_id", resource.name)
    return text(found[0], mark=mark(key, found[1]))


Owner = tuple[Callable[[sqlite3.Connection, Resource, str], bool], Resource, str] | None
"""The item in the path that owns a collection: (function that tells whether it exists, its resource, its id)."""


def listing(
    resource: Resource, page_schema: Schema, export_schema: Schema, owner: Owner = None, **fixed: Any
) -> Response:
    """Answer with a page as JSON, or with the whole collection in another format that the caller prefers.

    `fixed` are filters from the path; `owner` is the item that must exist, or the answer is 404.
    """
    form = negotiate({name: MEDIA_TYPES[name] for name in ("json", *EXPORTS)})
    if form != "json":
        return export(resource, export_schema, form, owner, **fixed)
    given = parameters(page_schema) | fixed
    asked = ask(given)
    with one_state(given.get("as_of"), plans_of(asked.filters)) as connection:
        _there(connection, owner)
        listed = lists.prepare(connection, resource, asked)
        digest = cursor.seal(listed)
        after = cursor.read(given["after"], {digest: len(listed.keys)})[1] if "after" in given else None
        if copied_past.needed(resource, asked, plans_of(asked.filters)):
            with copies() as copied:
                page = copied_past.page(connection, copied, listed, given["limit"], after)
        else:
            page = lists.page(connection, listed, items.shape(resource, asked), given["limit"], after)
        total = lists.total(connection, listed) if given["count"] else None
        position = changes.position(connection)
    url = None
    if page.more:
        pinned = {"status_at": asked.context["status_at"]} if "status_at" in page_schema.fields else {}
        url = next_page(after=cursor.write(digest, page.last), **pinned)
    end = f'],"next":"{url}"' if url else '],"next":null'
    counted = "" if total is None else f',"total":{total}'
    response = text(b'{"data":[%b%b}' % (page.members, f"{end}{counted}".encode()))
    response.headers["Change-Cursor"] = position
    if url:
        response.headers["Link"] = f'<{url}>; rel="next"'
    return response


def export(resource: Resource, schema: Schema, form: str, owner: Owner = None, **fixed: Any) -> Response:
    """Answer with a whole collection as a file, streamed from one state of the store."""
    given = parameters(schema) | fixed
    if given.get("bom") and form != "csv":
        raise Problem(
            "invalid-parameter", "Not valid: bom.", [fault("bom", "Must be false unless the format is CSV.", ["false"])]
        )
    asked = ask(given)
    if form == "ics":
        asked = asked._replace(include=("plan",))
    with ExitStack() as stack:
        own = stack.enter_context(state(given.get("as_of"), plans_of(asked.filters)))  # a stream outlives the request
        _there(own, owner)
        listed = lists.prepare(own, resource, asked)
        position = changes.position(own)
        version = f"{position} {root()} {request.path} {form} {given} {asked.context}"
        header, columns = _columns(resource, asked, form)
        found: Iterable[tuple[Any, ...]]
        if copied_past.needed(resource, asked, plans_of(asked.filters)):
            found = copied_past.each(own, stack.enter_context(copies()), listed, columns)
        else:
            found = lists.each(own, listed, columns)
        chunks = _written(header, found, form, bom=given.get("bom", False))
        response = stream(chunks, MEDIA_TYPES[form], version, packed=form == "xlsx")
        response.call_on_close(stack.pop_all().close)
    response.headers["Change-Cursor"] = position
    response.headers["Content-Disposition"] = f'attachment; filename="{resource.name}s.{form}"'
    return response


def _there(connection: sqlite3.Connection, owner: Owner) -> None:
    if owner is None:
        return
    known, resource, key = owner
    if not known(connection, resource, key):
        raise missing(f"{resource.name}_id", resource.name)


def _columns(resource: Resource, asked: Ask, form: str) -> tuple[list[str], list[str]]:
    """Return the names of an export's columns, and what is read of each row: for most formats one value, in bytes."""
    if form in ("ndjson", "ics"):
        return [], [f"CAST({items.shape(resource, asked)} AS BLOB)"]
    columns = shapes.flat(shapes.sparse(resource.fields, asked.fields))
    return list(columns), [shapes.line(columns.values())] if form == "csv" else list(columns.values())


def _written(header: list[str], rows: Iterable[tuple[Any, ...]], form: str, *, bom: bool) -> Iterator[bytes]:
    """Write all rows in a format: objects for NDJSON and calendars, flat columns for tables."""
    match form:
        case "ndjson":
            return ndjson(rows)
        case "ics":
            return feed(rows, root())
        case "csv":
            return comma_separated(header, rows, bom=bom)
        case _:
            return workbook(header, rows)
