"""Webhooks: subscriptions to changes. `plan-indicators deliver` sends the messages."""

import sqlite3
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, request
from marshmallow import ValidationError

from api.operation import operation
from api.reply.links import link, settings
from api.reply.problems import Problem, missing, wrong
from api.reply.replies import JSON, document, negotiate, text, written
from api.request import preconditions
from api.request.access import require
from api.request.bodies import MERGE, Fault, body, checked, refused
from api.request.idempotency import carry_out
from api.request.parse import parameters
from api.request.store import store
from api.writing import WRITE, dry_run
from db import plans
from db.clients import deliveries, webhooks
from db.clients.deliveries import Position
from db.clients.webhooks import Webhook
from db.log import changes
from schema.answers import target
from schema.answers.webhook import (
    WEBHOOKS_MOST,
    WebhookCreatedSchema,
    WebhookCreateSchema,
    WebhookFactsSchema,
    WebhookSchema,
    WebhooksSchema,
)
from schema.bodies import BODY_BYTES
from schema.query import NoParametersSchema
from schema.rules import editing

blueprint = Blueprint("webhooks", __name__)

NOTHING = NoParametersSchema()
CREATE = WebhookCreateSchema()
FACTS = WebhookFactsSchema()
PRIVATE = "private, no-cache"
DERIVED = WebhookSchema().fields
EXAMPLE = "wh-5f2c0a1b9d3e7d2c"
WANTED = {
    "url": "https://receiver.example/hooks/plans",
    "description": "The dashboard of the district.",
    "plans": ["hunnan-2021"],
    "resources": ["indicator", "observation"],
}


@blueprint.before_request
def _for_all_plans() -> None:
    """Require the scope admin for all plans, because a webhook decides which hosts the service calls."""
    if request.method != "OPTIONS":
        require("admin", ["*"])


@blueprint.get("/webhooks")
@operation("Webhooks", "/v1/webhooks", query=NOTHING, scope="admin", answer=WebhooksSchema)
def list_webhooks() -> Response:
    """List webhooks.

    Returns the webhooks, oldest first, without their secrets.
    """
    negotiate()
    parameters(NOTHING)
    reached = deliveries.positions(settings().database)
    return document({"data": [_shown(webhook, reached) for webhook in webhooks.every(store())]}, cache=PRIVATE)


@blueprint.get("/webhooks/<webhook_id>")
@operation("Webhooks", f"/v1/webhooks/{EXAMPLE}", query=NOTHING, scope="admin", answer=WebhookSchema)
def get_webhook(webhook_id: str) -> Response:
    """Get a webhook.

    Returns one webhook, with the cursor of its deliveries.
    """
    negotiate()
    parameters(NOTHING)
    found = present(store(), webhook_id)
    shown = written(_shown(found, deliveries.positions(settings().database)))
    return text(shown, cache=PRIVATE, mark=preconditions.mark(found.id, found.version))


@blueprint.post("/webhooks")
@operation(
    "Webhooks",
    "/v1/webhooks",
    query=WRITE,
    scope="admin",
    body=WebhookCreateSchema,
    sent=WANTED,
    answer=WebhookCreatedSchema,
    status=201,
)
def create_webhook() -> Response:
    """Create a webhook.

    Sends each change to the URL as a CloudEvent, from now on or after the cursor `since`. Messages are sent in order,
    at least once, with the same webhook-id at every attempt, and are signed as in Standard Webhooks. Only this answer
    contains the secret; the same request with the same Idempotency-Key returns it again for 24 hours. With
    validate_only it is null.
    """
    dry = dry_run()
    data, faults = checked(CREATE, body(BODY_BYTES), DERIVED)
    faults += _target(data)

    def work(writer: sqlite3.Connection) -> Response:
        since, wrongs = _since(writer, data)
        wrongs += _unknown(writer, data.get("plans", []))
        if faults or wrongs:
            raise refused([*faults, *wrongs])
        if len(webhooks.every(writer)) >= WEBHOOKS_MOST:
            raise Problem(
                "conflict",
                f"There are already {WEBHOOKS_MOST} webhooks.",
                [wrong("body", "Must not exceed the limit.", [f"at most {WEBHOOKS_MOST} webhooks"])],
            )
        made, secret = webhooks.insert(writer, {**data, "since": since})
        return _answer(made, 200 if dry else 201, secret=None if dry else secret)

    return carry_out(work, dry=dry)


@blueprint.patch("/webhooks/<webhook_id>")
@operation(
    "Webhooks",
    f"/v1/webhooks/{EXAMPLE}",
    query=WRITE,
    scope="admin",
    body=WebhookFactsSchema,
    sent={"state": "paused"},
    patch=True,
    answer=WebhookSchema,
)
def patch_webhook(webhook_id: str) -> Response:
    """Change a webhook.

    Changes the members in the body, and makes the next attempt due at once. Set state to active to enable a disabled
    webhook again.
    """
    dry = dry_run()
    given = body(BODY_BYTES, MERGE)
    if not isinstance(given, dict):
        raise refused([wrong("body", "Must be an object.")])

    def work(writer: sqlite3.Connection) -> Response:
        old = present(writer, webhook_id)
        preconditions.require(preconditions.mark(old.id, old.version))
        facts = {name: getattr(old, name) for name in FACTS.fields if getattr(old, name) != "disabled"}
        data, faults = checked(FACTS, editing.merge(facts, given), DERIVED)
        faults += _target(data)
        faults += _unknown(writer, data.get("plans", []), old.plans)
        if faults:
            raise refused(faults)
        state = data["state"] if "state" in {*facts, *given} else old.state
        reason = old.reason if state == "disabled" else None
        become = webhooks.update(writer, old._replace(**{**data, "state": state, "reason": reason}))
        return _answer(become, 200)

    return carry_out(work, dry=dry)


@blueprint.delete("/webhooks/<webhook_id>")
@operation("Webhooks", f"/v1/webhooks/{EXAMPLE}", query=WRITE, scope="admin", status=204)
def delete_webhook(webhook_id: str) -> Response:
    """Delete a webhook.

    Stops the messages and deletes the record of deliveries.
    """
    dry = dry_run()

    def work(writer: sqlite3.Connection) -> Response:
        old = present(writer, webhook_id)
        preconditions.require(preconditions.mark(old.id, old.version))
        webhooks.delete(writer, old)
        if not dry:
            with deliveries.opened(settings().database) as told:
                deliveries.forget(told, old.id)
        return Response(status=204, headers={"Cache-Control": "no-store"})

    return carry_out(work, dry=dry)


def present(opened: sqlite3.Connection, webhook_id: str) -> Webhook:
    """Return a webhook. Raises Problem (404) if there is none."""
    found = webhooks.get(opened, webhook_id)
    if found is None:
        raise missing("webhook_id", "webhook")
    return found


def _shown(webhook: Webhook, reached: dict[str, Position]) -> dict[str, Any]:
    """Return the members of a webhook in an answer, with the state of its deliveries."""
    known = {**webhook._asdict(), **reached.get(webhook.id, Position(webhook.since, None))._asdict()}
    return {name: known[name] for name in DERIVED}


def _answer(webhook: Webhook, status: int, **more: str | None) -> Response:
    facts = _shown(webhook, deliveries.positions(settings().database))
    response = Response(written({**facts, **more}), status, {"Cache-Control": "no-store"}, content_type=JSON)
    plain = text(written(facts), mark=preconditions.mark(webhook.id, webhook.version))
    response.headers["ETag"] = plain.headers["ETag"]
    if status == HTTPStatus.CREATED:
        response.headers["Location"] = link(f"/v1/webhooks/{webhook.id}")
    return response


def _target(data: dict[str, Any]) -> list[Fault]:
    """Return the faults of the URL of a webhook."""
    try:
        target.parse(data.get("url", "https://receiver.example"), settings().webhook_networks)
    except ValidationError as error:
        return [wrong("url", " ".join(error.messages), ["a public address", *map(str, settings().webhook_networks)])]
    return []


def _unknown(writer: sqlite3.Connection, given: list[str], known: Collection[str] = ()) -> list[Fault]:
    """Return the faults of the plans of a webhook; `known` are the plans that it already has."""
    there = plans.present(writer, given) | set(known)
    return [wrong(f"plans.{n}", "Must be the id of a plan.") for n, plan in enumerate(given) if plan not in there]


def _since(writer: sqlite3.Connection, data: dict[str, Any]) -> tuple[str, list[Fault]]:
    """Return the cursor to start after, and the faults of the one given."""
    feed = changes.feed(writer)
    latest = changes.cursor(feed.lineage, feed.latest)
    lineage, _, number = data.get("since", latest).partition("-")
    if lineage != feed.lineage or not feed.pruned <= int(number) <= feed.latest:
        from_to = f"{changes.cursor(feed.lineage, feed.pruned)} to {latest}"
        return latest, [
            wrong("since", "Must be a cursor of this store, and not older than its oldest change.", [from_to])
        ]
    return changes.cursor(lineage, int(number)), []
