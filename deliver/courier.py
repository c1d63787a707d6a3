"""Tell one webhook what it is to be told next: in order, at least once, again and again until it has heard.

What is to be told is read from the store, sent, and only then written down; whoever is killed in between sends the
message again, with the same id. Once all attempts have failed the message is dead, and the next one is told.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from db import changes, connection
from db.clients import deliveries, webhooks
from db.clients.deliveries import Delivery, Position
from db.clients.webhooks import Webhook
from deliver import event
from deliver.post import Answer, post
from schema.target import Networks

RETRIES = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds between attempts, three days in all, as Standard Webhooks suggests."""
JITTER = 0.1
"""Up to so much longer, so that what failed together is not tried together."""
PATIENCE = 86_400.0
"""The longest wait that a receiver may ask for by Retry-After."""
SKIPPED = 1000
"""Changes that do not concern a webhook after which it is written down that they need not be looked at again."""
GONE = 410


class Office(NamedTuple):
    """Hold what messages are made and sent with; clock and chance are given, so that tests need not wait."""

    store: Path
    source: str
    private: Networks = ()
    send: Callable[[str, dict[str, str], bytes, Networks], Answer] = post
    clock: Callable[[], float] = time.time
    chance: Callable[[], float] = random.random


def step(office: Office, webhook_id: str) -> Delivery | None:
    """Make the next attempt that is due to an active webhook, and return what came of it; None if there is none."""
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
        store.close()  # a state that is held would keep the log of the store from being taken over
        if body is None:
            outcome = message._replace(status="dead", error="What changed is not known any more.", due=None)
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
    """Return the message to send now: one asked for, or the one being tried once it is due, or the next."""
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
    """Return the first message after what a webhook has been told; None if nothing has happened that it is told of."""
    feed = changes.feed(store)
    lineage, _, number = reached.cursor.partition("-")
    if (
        lineage != feed.lineage or not feed.pruned <= int(number) <= feed.latest
    ):  # the store may have lost what was told
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
    """Write a message; None if what changed is not known any more."""
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
    """Return what becomes of a message after an attempt."""
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
        return tried._replace(due=now)  # when it is made active again
    if message.status == "queued" or tried.attempts > len(RETRIES):
        return tried._replace(status="dead")
    wait = RETRIES[tried.attempts - 1] * (1 + JITTER * office.chance())
    return tried._replace(due=now + max(wait, min(answer.retry_after, PATIENCE)))


def _reached(message: Delivery, outcome: Delivery, reached: Position) -> Position | None:
    """Return how far a webhook has been told after an attempt; None if that does not change by it."""
    if message.status == "queued":
        return None
    failing = None if outcome.status == "delivered" else reached.failing_since or outcome.attempted_at
    settled = outcome.status in {"delivered", "dead"}
    return Position(message.id.removesuffix("-reset") if settled else reached.cursor, failing)


def _disable(office: Office, webhook: Webhook) -> None:
    """Stop telling a webhook whose receiver has said that it is gone, unless it has been changed meanwhile."""
    writer = connection.writer(office.store)
    with connection.transaction(writer, "deliver"):
        if webhooks.get(writer, webhook.id) == webhook:
            webhooks.update(writer, webhook._replace(state="disabled", reason="Its receiver answered 410 Gone."))


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
