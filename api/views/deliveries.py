"""Deliveries: the messages to a webhook and their state; requests to send one."""

import sqlite3
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from flask import Response

from api.operation import operation
from api.reply.links import link, next_page, settings
from api.reply.problems import wrong
from api.reply.replies import JSON, document, negotiate, written
from api.request.bodies import body, checked, refused
from api.request.idempotency import carry_out
from api.request.parse import parameters
from api.request.store import store
from api.views.webhooks import EXAMPLE, PRIVATE, blueprint, present
from api.writing import WRITE, dry_run
from db.clients import deliveries
from db.clients.deliveries import Delivery
from db.connection import moment, now
from schema.answers.webhook import DeliveriesQuerySchema, DeliveriesSchema, DeliveryRequestSchema, DeliverySchema
from schema.bodies import BODY_BYTES

__all__ = ["blueprint"]

QUERY = DeliveriesQuerySchema()
REQUEST = DeliveryRequestSchema()


@blueprint.get("/webhooks/<webhook_id>/deliveries")
@operation("Webhooks", f"/v1/webhooks/{EXAMPLE}/deliveries", query=QUERY, scope="admin", answer=DeliveriesSchema)
def list_webhook_deliveries(webhook_id: str) -> Response:
    """List deliveries.

    Returns the messages to a webhook, newest first: the last 1000 delivered ones, and all others.
    """
    negotiate()
    given = parameters(QUERY)
    present(store(), webhook_id)
    before = int(given["after"]) if "after" in given else None
    found: list[tuple[int, Delivery]] = []
    if deliveries.beside(settings().database).exists():
        with deliveries.opened(settings().database) as told:
            found = deliveries.select(told, webhook_id, given.get("status", ()), before, given["limit"] + 1)
    page = found[: given["limit"]]
    following = next_page(after=str(page[-1][0])) if len(found) > len(page) else None
    return document({"data": [_shown(delivery) for _, delivery in page], "next": following}, cache=PRIVATE)


@blueprint.post("/webhooks/<webhook_id>/deliveries")
@operation(
    "Webhooks",
    f"/v1/webhooks/{EXAMPLE}/deliveries",
    query=WRITE,
    scope="admin",
    body=DeliveryRequestSchema,
    sent={"id": "5f2c0a1b-2"},
    answer=DeliverySchema,
    status=201,
)
def create_webhook_delivery(webhook_id: str) -> Response:
    """Request a delivery.

    Without an id, sends a test message (ping). With the id of an earlier message, sends that one again; if it is still
    being retried, the next attempt is made at once. Nothing is sent while the webhook is not active.
    """
    dry = dry_run()
    data, faults = checked(REQUEST, body(BODY_BYTES))

    def work(writer: sqlite3.Connection) -> Response:
        webhook = present(writer, webhook_id)
        if faults:
            raise refused(faults)
        with deliveries.opened(settings().database) as told:
            key = data.get("id", f"ping-{token_hex(8)}")
            ping = Delivery(key, "ping", "queued", 0, None, None, now(), None, None, webhook.version)
            found = deliveries.get(told, webhook_id, key) if "id" in data else ping
            if found is None:
                raise refused([wrong("id", "Must be the id of a message to this webhook that is still stored.")])
            asked = found._replace(due=0.0) if found.status == "retrying" else found._replace(status="queued")
            if not dry:
                deliveries.record(told, webhook_id, asked)
        headers = {"Cache-Control": "no-store"}
        if not dry:
            headers["Location"] = link(f"/v1/webhooks/{webhook_id}/deliveries")
        return Response(written(_shown(asked)), 200 if dry else 201, headers, content_type=JSON)

    return carry_out(work, dry=dry)


def _shown(delivery: Delivery) -> dict[str, Any]:
    """Return the members of a delivery in an answer."""
    members = delivery._asdict()
    due = members.pop("due")
    del members["version"]
    at = None if due is None else moment(datetime.fromtimestamp(due, UTC))
    return {**members, "next_attempt_at": at}
