"""Deliver messages to one webhook: in order, at least once, with retries.

A message is read from the store and sent, and only then recorded. A process killed in between sends it again with the
same id. After the last failed attempt the message is dead, and the next one is sent.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from db import connection
from db.clients import deliveries, webhooks
from db.clients.deliveries import Delivery, Position
from db.clients.webhooks import Webhook
from db.log import changes
from deliver import event
from deliver.post import Answer, post
from schema.answers.target import Networks

RETRIES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between attempts, three days in total, as Standard Webhooks suggests."""
JITTER = 0.1
"""Maximum random extension of a wait, as a share, so that messages that failed together are not retried together."""
PATIENCE = 86_400.0
"""Maximum wait in seconds that a receiver can request with Retry-After."""
SKIPPED = 1000
"""Number of irrelevant changes after which the cursor of a webhook is moved past them."""
GONE = 410


class Office(NamedTuple):
    """Hold the inputs of deliveries. clock and chance are parameters, so that tests need not wait."""

    store: Path
    source: str
    private: Networks = ()
    send: Callable[[str, dict[str, str], bytes, Networks], Answer] = post
    clock: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random


def step(office: Office, webhook_id: str) -> Delivery | None:
    """Make the next due attempt for an active webhook and return its delivery; None if nothing is due."""
    with deliveries.opened(office.store) as told, closing(connection.snapshot(office.store)) as store:
        webhook = webhooks.get(store, webhook_id)
        if webhook is None or webhook.state != "active":
            return None
        reached = deliveries.position(told, webhook_id) or Position(webhook.since, None)
        message = _due(office, webhook, reached, told, store)
        if message is None:
            return None
        body = _body(office, webhook, message, store)
        secret = webhooks.secret(store, webhook_id)
        store.close()  # an open snapshot would block checkpoints of the store
        if body is None:
            outcome = message._replace(status="dead", error="The change is no longer available.", due=None)
            deliveries.record(told, webhook_id, outcome)
            return outcome
        head = event.headers(secret, message.id, office.clock(), body)
        answer = office.send(webhook.url, head, body, office.private)
        outcome = _judge(office, webhook, message, answer)
        deliveries.record(told, webhook_id, outcome, _reached(message, outcome, reached))
    if answer.status == GONE:
        _disable(office, webhook)
    return outcome


def _due(
    office: Office, webhook: Webhook, reached: Position, told: sqlite3.Connection, store: sqlite3.Connection
) -> Delivery | None:
    """Return the message to send now: a requested one, or the one being retried if it is due, or the next."""
    asked = deliveries.waiting(told, webhook.id, "queued")
    if asked:
        return asked
    tried = deliveries.waiting(told, webhook.id, "retrying")
    if tried:
        waits = office.clock() < (tried.due or 0) and tried.version == webhook.version
        return None if waits else tried
    return _next(office, webhook, reached, told, store)


def _next(
    office: Office, webhook: Webhook, reached: Position, told: sqlite3.Connection, store: sqlite3.Connection
) -> Delivery | None:
    """Return the first message after the cursor of a webhook; None if there is no relevant change."""
    feed = changes.feed(store)
    lineage, _, number = reached.cursor.partition("-")
    if (
        lineage != feed.lineage or not feed.pruned <= int(number) <= feed.latest
    ):  # the store may have lost changes that were sent
        key, kind = f"{changes.cursor(feed.lineage, feed.latest)}-reset", "reset"
    else:
        rows = changes.since(store, int(number), webhook.plans, webhook.resources, 1)
        if not rows:
            if feed.latest > int(number) + SKIPPED:
                latest = changes.cursor(lineage, feed.latest)
                deliveries.move(told, webhook.id, reached._replace(cursor=latest))
            return None
        key, kind = changes.cursor(lineage, rows[0][0]), "change"
    return Delivery(key, kind, "retrying", 0, None, None, _stamp(office.clock()), None, None, webhook.version)


def _body(office: Office, webhook: Webhook, message: Delivery, store: sqlite3.Connection) -> bytes | None:
    """Return the body of a message; None if the change is no longer available."""
    if message.kind == "ping":
        return event.ping(office.source, message.id, message.created_at, webhook.id)
    lineage, _, number = message.id.removesuffix("-reset").partition("-")
    if message.kind == "reset":
        return event.reset(office.source, message.id, message.created_at, f"{lineage}-{number}")
    if lineage != changes.feed(store).lineage:
        return None
    rows = changes.since(store, int(number) - 1, (), (), 1)
    return event.change(office.source, message.id, rows[0][1]) if rows and rows[0][0] == int(number) else None


def _judge(office: Office, webhook: Webhook, message: Delivery, answer: Answer) -> Delivery:
    """Return the delivery after an attempt."""
    now = office.clock()
    tried = message._replace(
        attempts=message.attempts + 1,
        answer=answer.status,
        error=answer.error,
        attempted_at=_stamp(now),
        due=None,
        version=webhook.version,
    )
    if answer.status is not None and 200 <= answer.status < 300:  # noqa: PLR2004
        return tried._replace(status="delivered")
    if answer.status == GONE and message.status == "retrying":
        return tried._replace(due=now)  # sent again when the webhook is active again
    if message.status == "queued" or tried.attempts > len(RETRIES):
        return tried._replace(status="dead")
    wait = RETRIES[tried.attempts - 1] * (1 + JITTER * office.chance())
    return tried._replace(due=now + max(wait, min(answer.retry_after, PATIENCE)))


def _reached(message: Delivery, outcome: Delivery, reached: Position) -> Position | None:
    """Return the position of a webhook after an attempt; None if it does not change."""
    if message.status == "queued":
        return None
    failing = None if outcome.status == "delivered" else reached.failing_since or outcome.attempted_at
    settled = outcome.status in {"delivered", "dead"}
    return Position(message.id.removesuffix("-reset") if settled else reached.cursor, failing)


def _disable(office: Office, webhook: Webhook) -> None:
    """Disable a webhook whose receiver answered 410, unless the webhook was changed in the meantime."""
    writer = connection.writer(office.store)
    with connection.transaction(writer, "deliver"):
        if webhooks.get(writer, webhook.id) == webhook:
            webhooks.update(writer, webhook._replace(state="disabled", reason="The receiver answered 410 Gone."))


def _stamp(moment: float) -> str:
    return connection.moment(datetime.fromtimestamp(moment, UTC))
