"""Handle a write: parse, authorise, edit the facts of the plan, check the rules, apply, read back.

Every write is checked with the rules of the plan file (schema.rules.plan_file), so the plan always satisfies them.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection
from http import HTTPStatus
from itertools import chain
from typing import Any, NamedTuple

from flask import Response, request

from api.reading import context, today
from api.reply.links import link
from api.reply.problems import Problem, listed, missing, wrong
from api.reply.replies import JSON, negotiate, validator
from api.request import preconditions
from api.request.access import plan_of, require
from api.request.bodies import MERGE, Fault, body, checked, refused
from api.request.idempotency import carry_out
from api.request.parse import parameters
from db import items
from db.edit import amend, load
from db.resource import Ask, Resource
from schema.bodies import BODY_BYTES, WriteQuerySchema
from schema.item import Strict
from schema.rules import editing, plan_file

Facts = dict[str, Any]

WRITE = WriteQuerySchema()
SHOWN = 100
"""Maximum number of conflicting items that a problem names."""


class Kind(NamedTuple):
    """Hold how a resource is written: its part of the plan file, its schemas, and the member with the id of its owner.

    `reported` are the members that the scope report may change.
    """

    resource: Resource
    part: str
    create: Strict
    facts: Strict
    owner: str = ""
    reported: Collection[str] = ()


def dry_run() -> bool:
    """Return whether this is a dry run (validate_only). Raises Problem for a wrong Accept, If-Match or parameter."""
    negotiate()
    if request.method == "POST":
        preconditions.none()
    dry: bool = parameters(WRITE)["validate_only"]
    return dry


def create(kind: Kind) -> Response:
    """Add an item to a plan: 201 with the item and its Location."""
    dry = dry_run()
    data, faults = checked(kind.create, body(BODY_BYTES), kind.resource.fields)
    owner = data.get(kind.owner, "")
    if owner:
        require("edit", [plan_of(owner)])
    item = {name: value for name, value in data.items() if name != "plan_id"}

    def work(store: sqlite3.Connection) -> Response:
        rows = amend.stored(store, plan_of(owner))
        held = load.facts(rows)
        if held is None:
            unknown = [wrong(kind.owner, "Must be an id in the store.")] if owner else []
            raise refused([*faults, *unknown])
        taken = _taken(store, kind, held)
        named = editing.named(held, kind.part, item, taken)
        if named["id"] in taken:
            raise Problem("conflict", "This id was used before.", [wrong("id", f"{named['id']} was used before.")])
        wanted = editing.put(held, kind.part, _whole(kind, held, named))
        _rules(kind, wanted, named, faults)
        amend.apply(store, wanted, rows, {(kind.resource.name, named["id"])})
        return represented(store, kind.resource, named["id"], 200 if dry else 201)

    return carry_out(work, dry=dry)


def change(kind: Kind, key: str) -> Response:
    """Merge a patch into an item of a plan, or into the plan header: 200 with the result."""
    dry = dry_run()
    given = body(BODY_BYTES, MERGE)
    if not isinstance(given, dict):
        raise refused([wrong("body", "Must be an object.")])
    if editing.too_deep(given):
        raise refused([wrong("body", f"Must not be nested more than {editing.DEEPEST} levels deep.")])
    if not given.keys() <= set(kind.reported):
        require("edit", [plan_of(key)])

    def work(store: sqlite3.Connection) -> Response:
        rows, held, old = _held(store, kind, key)
        merged = editing.patched(held, kind.part, old, given)
        data, faults = checked(kind.facts, merged, kind.resource.fields)
        if given.get("id", key) != key:
            faults = [*faults, wrong("id", "Must not change.", [key])]
        wanted = editing.put(held, kind.part, {**old, **data, "id": key})
        _rules(kind, wanted, {**data, "id": key}, faults)
        amend.apply(store, wanted, rows, {(kind.resource.name, key)})
        return represented(store, kind.resource, key, 200)

    return carry_out(work, dry=dry)


def remove(kind: Kind, key: str) -> Response:
    """Delete an item to which no other item refers: 204."""
    dry = dry_run()

    def work(store: sqlite3.Connection) -> Response:
        rows, held, _ = _held(store, kind, key)
        below = list(plan_file.below(held, kind.part, key))
        if below:
            raise _still(below)
        amend.apply(store, editing.without(held, kind.part, key), rows, ())
        return Response(status=204, headers={"Cache-Control": "no-store"})

    return carry_out(work, dry=dry)


def create_plan(kind: Kind) -> Response:
    """Add a plan without items: 201 with the plan and its Location."""
    dry = dry_run()
    data, faults = checked(kind.create, body(BODY_BYTES), kind.resource.fields)
    require("edit", [data["id"]] if "id" in data else [])

    def work(store: sqlite3.Connection) -> Response:
        if faults:
            raise refused(faults)
        plan_id = data["id"]
        rows = amend.stored(store, plan_id)
        if rows["plan"] or ("plan", plan_id) in amend.retired(store, plan_id):
            raise Problem("conflict", "This id was used before.", [wrong("id", f"{plan_id} was used before.")])
        amend.apply(store, {**dict.fromkeys(plan_file.PARTS, ()), "plan": data}, rows)
        return represented(store, kind.resource, plan_id, 200 if dry else 201)

    return carry_out(work, dry=dry)


def remove_plan(kind: Kind, plan_id: str) -> Response:
    """Delete a plan without items: 204."""
    dry = dry_run()

    def work(store: sqlite3.Connection) -> Response:
        _, held, _ = _held(store, kind, plan_id)
        parts = [(item["id"], part.removesuffix("s")) for part in plan_file.PARTS for item in held[part]]
        if parts:
            raise _still(parts)
        amend.remove_plan(store, plan_id)
        return Response(status=204, headers={"Cache-Control": "no-store"})

    return carry_out(work, dry=dry)


def represented(store: sqlite3.Connection, resource: Resource, key: str, status: int) -> Response:
    """Answer with an item after a write, with the ETag that a GET gives; for status 201, with its Location."""
    text, version = items.versioned(store, resource, key, Ask(context=context({}))) or (b"", 0)
    tag = validator(text, preconditions.mark(key, version))
    response = Response(text, status, {"Cache-Control": "no-store"}, content_type=JSON)
    response.set_etag(tag)
    if status == HTTPStatus.CREATED:
        response.headers["Location"] = link(f"/v1/{resource.name}s/{key}")
    return response


def require_current(store: sqlite3.Connection, resource: Resource, key: str) -> None:
    """Raise Problem unless the item exists and If-Match has its current ETag."""
    found = items.versioned(store, resource, key, Ask(fields=["id"], context=context({})))
    if found is None:
        raise missing(f"{resource.name}_id", resource.name)
    preconditions.require(preconditions.mark(key, found[1]))


def in_the_way(found: list[tuple[str, str]]) -> Problem:
    """Return the problem (409) for a change that conflicts with other items: pairs (id, why)."""
    errors = [wrong(key, why) for key, why in found[:SHOWN]]
    return Problem("conflict", f"The change conflicts with: {listed(key for key, _ in found)}.", errors)


def _still(below: list[tuple[str, str]]) -> Problem:
    """Return the problem (409) for deleting an item to which others refer: pairs (id, what they are called)."""
    counts = Counter(word for _, word in below)
    has = ", ".join(f"{count} {word}{'s' if count > 1 else ''}" for word, count in counts.items())
    errors = [wrong(key, f"Is one of its {word}s.") for key, word in below[:SHOWN]]
    return Problem("conflict", f"It still has {has}.", errors)


def _held(store: sqlite3.Connection, kind: Kind, key: str) -> tuple[amend.Rows, Facts, Facts]:
    """Return the rows and the facts of the plan, and the facts of the item in the path.

    Raises Problem if If-Match is not current.
    """
    require_current(store, kind.resource, key)
    rows = amend.stored(store, plan_of(key))
    held = load.facts(rows)
    old = editing.find(held, kind.part, key) if held else None
    assert held is not None  # noqa: S101  (a part of a plan has a plan)
    assert old is not None  # noqa: S101
    return rows, held, old


def _taken(store: sqlite3.Connection, kind: Kind, held: Facts) -> set[str]:
    """Return every id of this kind that the plan has or ever had."""
    gone = amend.retired(store, held["plan"]["id"])
    return {item["id"] for item in held[kind.part]} | {key for table, key in gone if table == kind.resource.name}


def _whole(kind: Kind, held: Facts, item: Facts) -> Facts:
    """Return a new item with null for invalid or missing members, so that the other members can be checked."""
    stand_in = {"target": {"unit": None}, "due_on": held["plan"]["period_start"], "beyond_period": False}
    return {name: stand_in.get(name) for name in kind.facts.fields} | item


def _rules(kind: Kind, wanted: Facts, data: Facts, faults: list[Fault]) -> None:
    """Raise Problem if a rule is broken: 422 for faults of the item, 409 for faults elsewhere in the plan."""
    faulty = chain(plan_file.faults(wanted), plan_file.still_to_come(wanted, today()))
    found = [(part, editing.items(wanted, part)[index]["id"], *what) for part, index, *what in faulty]
    own = (kind.part, data["id"])
    faults = [*faults, *(wrong(name, why) for part, key, name, why in found if (part, key) == own and name in data)]
    if faults:
        raise refused(faults)
    if found:
        raise in_the_way([(key, f"{name}: {why}") for _, key, name, why in found])
