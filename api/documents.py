"""Replace a plan with its document in one transaction."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from flask import Response, request

from api.reading import today
from api.reply.links import link
from api.reply.problems import Problem, fault, wrong
from api.reply.replies import JSON, validator, written
from api.request import preconditions
from api.request.bodies import Fault, body, checked, refused
from api.request.idempotency import carry_out
from api.writing import dry_run, in_the_way
from db.connection import now
from db.edit import amend, load
from schema.bodies import DOCUMENT_BYTES
from schema.rules import plan_file

Facts = dict[str, Any]

FILE = plan_file.PlanFileSchema()


def put_document(plan_id: str) -> Response:
    """Replace a plan with a document; answer with the outcome for every item."""
    dry = dry_run()
    sent = body(DOCUMENT_BYTES)
    given, faults = checked(FILE, sent)
    header = sent.get("plan") if isinstance(sent, dict) else None
    if isinstance(header, dict) and header.get("id", plan_id) != plan_id:
        faults.append(wrong("plan.id", "Must be the id in the path.", [plan_id]))

    def work(store: sqlite3.Connection) -> Response:
        rows = amend.stored(store, plan_id)
        held = load.facts(rows)
        _expected(_mark(held))
        if faults:
            raise refused(faults)
        wanted, fresh = _merged(held, given)
        changes = amend.apply(store, wanted, rows, fresh)
        outcomes: dict[str, Any] = {name: [] for name in ("created", "changed", "deleted", "left")}
        for change in changes:
            outcomes[change.outcome].append({"resource": change.resource, "id": change.id})
        created = held is None and not dry
        response = Response(
            written({"plan_id": plan_id, **outcomes}),
            201 if created else 200,
            {"Cache-Control": "no-store"},
            content_type=JSON,
        )
        response.set_etag(_mark(load.facts(rows)))
        if created:
            response.headers["Location"] = link(f"/v1/plans/{plan_id}")
        return response

    return carry_out(work, dry=dry)


def _expected(current: str) -> None:
    """Raise Problem unless If-Match has the current ETag, or If-None-Match: * is sent and there is no plan."""
    if "If-Match" not in request.headers and not (current or request.if_none_match.star_tag):
        faults = [fault("If-None-Match", "Is required, because the plan does not exist yet.", ["*"])]
        raise Problem("precondition-required", "Creating a plan needs If-None-Match: *.", faults)
    if request.if_none_match.star_tag and "If-Match" not in request.headers:
        if current:
            faults = [fault("If-None-Match", "The plan exists. Use If-Match.", [])]
            raise Problem("precondition-failed", "A plan with this id already exists.", faults)
        return
    preconditions.require(current)


def _mark(held: Facts | None) -> str:
    """Return the ETag of the document of a plan; empty if there is no such plan."""
    return validator(written(load.document(held)).encode()) if held else ""


def _merged(held: Facts | None, given: Facts) -> tuple[Facts, set[tuple[str, str]]]:
    """Return the wanted plan, which keeps all recorded observations, and the (table, id) pairs from the document."""
    before = {item["id"]: item for item in held["observations"]} if held else {}
    coming = (
        wrong(f"{part}.{index}.{name}", why) for part, index, name, why in plan_file.still_to_come(given, today())
    )
    faults = [*_values(before, given["observations"]), *coming]
    if faults:
        raise refused(faults)
    new = [item for item in given["observations"] if item["id"] not in before]
    wanted = {**given, "observations": [*before.values(), *new]}
    found = list(plan_file.faults(wanted))
    if found:
        raise in_the_way([(wanted[part][index]["id"], f"{name}: {why}") for part, index, name, why in found])
    fresh = {(table, item["id"]) for table, part in amend.PARTS.items() if table != "plan" for item in given[part]}
    return wanted, (fresh - {("observation", key) for key in before}) | {("plan", given["plan"]["id"])}


def _values(before: dict[str, Facts], given: list[Facts]) -> Iterator[Fault]:
    """Find observations that differ from the recorded ones, and new ones with recorded_at in the future."""
    for index, item in enumerate(given):
        for name, value in before.get(item["id"], {}).items():
            if item[name] != value:
                message = "Must not change. To correct a value, add an observation that supersedes it."
                yield wrong(f"observations.{index}.{name}", message, [f"{value}"])
        if item["id"] not in before and item["recorded_at"] > now():
            yield wrong(f"observations.{index}.recorded_at", "Must not be in the future.", [f"up to {now()}"])
