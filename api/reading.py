"""Handle a GET: parse, query, reply; for one item, one page, or a whole collection."""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from itertools import takewhile
from typing import Any

from flask import Response, request
from marshmallow import Schema

from api.reply.calendar import feed
from api.reply.formats import EXPORTS, MEDIA_TYPES, comma_separated, ndjson, workbook
from api.reply.links import next_page, root, settings
from api.reply.problems import Problem, fault, missing
from api.reply.replies import negotiate, stream, text
from api.request import cursor
from api.request.access import plan_of
from api.request.parse import parameters
from api.request.preconditions import mark
from api.request.store import copying, state, store
from api.settings import Settings
from db import changes, keyset, past, query, status
from db.access_path import FIRST, GLANCE, LAST
from db.query import Ask, Resource, Statement
from schema.query import LIMIT_MOST


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
    """Return the day of a moment in the time zone of the service; before 1900, in UTC."""
    if as_of is None:
        return chosen.today or datetime.now(chosen.timezone).date().isoformat()
    if as_of < "1900":
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


def plans_of(filters: Mapping[str, Any]) -> set[str]:
    """Return the plans to which filters by id limit an answer; empty if there is no such filter."""
    return {plan_of(value) for name in query.FEW & filters.keys() for value in filters[name]}


def item(resource: Resource, key: str, schema: Schema) -> Response:
    """Answer with one item, or 404."""
    negotiate({"json": MEDIA_TYPES["json"]})
    asked = ask(parameters(schema))
    found = query.versioned(store(asked.context["as_of"], [plan_of(key)]), resource, key, asked)
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
    limit = given["limit"]
    with one_state(given.get("as_of"), plans_of(asked.filters)) as connection:
        _there(connection, owner)
        statement = query.prepare(connection, resource, asked, GLANCE)
        digest = cursor.seal(statement)
        keys = cursor.read(given["after"], {digest: len(statement.keys)})[1] if "after" in given else None
        if _woven(resource, asked):
            page, rows = _from_copies(connection, partial(store, given["as_of"]), statement, asked, limit, keys=keys)
            members = b",".join(member for (member,) in rows(query.as_object(resource, asked)))
            page = page._replace(members=members)
        else:
            page = keyset.page(connection, statement, query.shape(resource, asked), limit, keys)
        total = query.total(connection, statement) if given["count"] else None
        position = changes.position(connection)
    url = None
    if page.more:
        pinned = {"status_at": asked.context["status_at"]} if "status_at" in page_schema.fields else {}
        url = next_page(after=cursor.write(digest, page.last), **pinned)
    after = f'],"next":"{url}"' if url else '],"next":null'
    counted = "" if total is None else f',"total":{total}'
    response = text(b'{"data":[%b%b}' % (page.members, f"{after}{counted}".encode()))
    response.headers["Change-Cursor"] = position
    if url:
        response.headers["Link"] = f'<{url}>; rel="next"'
    return response


def _woven(resource: Resource, asked: Ask) -> bool:
    """Tell whether what is asked for would read the views of the past once for each row, and of more plans than few."""
    counted = resource.woven or "section" in asked.include
    return bool(asked.context["as_of"]) and counted and not 0 < len(plans_of(asked.filters)) <= past.COPIED_MOST


Copied = Callable[[Collection[str]], sqlite3.Connection]
"""Gives a connection to copies of some plans, as they stood."""
Rows = Callable[[list[str]], Iterable[tuple[Any, ...]]]
"""Gives columns of all rows, in order."""


def _from_copies(
    connection: sqlite3.Connection, copied: Copied, statement: Statement, asked: Ask, limit: int, *, keys: Any
) -> tuple[keyset.Page, Rows]:
    """Find a page of the past, and give its rows from copies of its plans; it ends where more would be copied."""
    resource = statement.resource
    pair = f"json_array({resource.key}.id, {resource.key}.plan_id)"
    page = keyset.page(connection, statement, pair, limit, keys)
    found: list[list[str]] = json.loads(b"[%b]" % page.members)
    plans = [plan for _, plan in found]
    first = set(list(dict.fromkeys(plans))[: past.COPIED_MOST])
    few = sum(1 for _ in takewhile(first.__contains__, plans))
    if few < len(found):
        page = keyset.page(connection, statement, pair, few, keys)
    ids = [key for key, _ in found[:few]]

    def rows(columns: list[str]) -> list[tuple[Any, ...]]:
        return query.several(copied(set(plans[:few])), resource, ids, asked, columns) if ids else []

    return page, rows


def _all_from_copies(connection: sqlite3.Connection, copied: Copied, statement: Statement, asked: Ask) -> Rows:
    """Give all rows of the past, page by page."""

    def rows(columns: list[str]) -> Iterator[tuple[Any, ...]]:
        keys, more = None, True
        while more:
            page, found = _from_copies(connection, copied, statement, asked, LIMIT_MOST, keys=keys)
            yield from found(columns)
            keys, more = page.last, page.more

    return rows


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
        way = LAST if asked.sort else FIRST  # in the order of the store the first rows are sent at once
        statement = query.prepare(own, resource, asked, way)
        position = changes.position(own)
        edition = f"{position} {root()} {request.path} {form} {given} {asked.context}"
        rows: Rows = partial(query.each, own, statement)
        if _woven(resource, asked):
            rows = _all_from_copies(own, stack.enter_context(copying(given["as_of"])), statement, asked)
        chunks = _written(rows, statement.resource, asked, form, bom=given.get("bom", False))
        response = stream(chunks, MEDIA_TYPES[form], edition, packed=form == "xlsx")
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


def _written(rows: Rows, resource: Resource, asked: Ask, form: str, *, bom: bool) -> Iterator[bytes]:
    """Write all rows in a format: objects for NDJSON and calendars, flat columns for tables."""
    if form in ("ndjson", "ics"):
        objects = rows(query.as_object(resource, asked))
        return ndjson(objects) if form == "ndjson" else feed(objects, root())
    columns = query.flat(query.sparse(resource.fields, asked.fields))
    if form == "csv":
        return comma_separated(list(columns), rows(query.as_line(columns.values())), bom=bom)
    return workbook(list(columns), rows(list(columns.values())))
