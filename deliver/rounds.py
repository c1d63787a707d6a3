"""Deliver to all webhooks in a loop. Each webhook has its own thread, so a slow one does not delay the others."""

import json
import logging
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event

from db import connection
from db.clients import webhooks
from db.clients.deliveries import Delivery
from deliver.courier import Office, step
from schema.answers.webhook import WEBHOOKS_MOST

log = logging.getLogger("plan_indicators")

LOOK_EVERY = 1.0
"""Seconds between two checks for due messages."""

Told = Callable[[str, Delivery], None]


def go(office: Office, stop: Event, told: Told) -> None:
    """Send due messages to webhooks until `stop` is set; then finish the attempts in progress."""
    busy: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(WEBHOOKS_MOST, "webhook") as threads:
        while not stop.is_set():
            busy = {key: future for key, future in busy.items() if not future.done()}
            for key in _active(office):
                if key not in busy:
                    busy[key] = threads.submit(_tell, office, key, stop, told)
            stop.wait(LOOK_EVERY)


def _active(office: Office) -> list[str]:
    """Return the ids of active webhooks; none if the store cannot be read at the moment."""
    try:
        with closing(connection.fresh(office.store)) as store:
            return [webhook.id for webhook in webhooks.every(store) if webhook.state == "active"]
    except Exception as error:  # whatever it is, the next round may go better
        log.warning("webhooks: %s", error)
        return []


def _tell(office: Office, key: str, stop: Event, told: Told) -> None:
    """Make attempts for a webhook while any are due."""
    try:
        while not stop.is_set() and (outcome := step(office, key)):
            told(key, outcome)
    except Exception as error:  # a full disk, a busy store: nothing was recorded, so the attempt is repeated
        log.warning("webhook %s: %s", key, error)


def line(key: str, delivery: Delivery) -> None:
    """Write an attempt as one line of JSON to standard output."""
    shown = {
        "at": delivery.attempted_at,
        "webhook_id": key,
        "id": delivery.id,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "answer": delivery.answer,
        "error": delivery.error,
    }
    sys.stdout.write(json.dumps(shown, ensure_ascii=False) + "\n")
    sys.stdout.flush()
