"""`plan-indicators deliver`: send changes to webhooks."""

import signal
from pathlib import Path
from threading import Event
from typing import Any

import click

from api.settings import read
from cli.options import audited, database_option, fail, or_fail
from db import connection
from db.clients import deliveries
from deliver.courier import Office
from deliver.rounds import go, line


@click.command("deliver")
@database_option
def deliver_webhooks(database: Path) -> None:
    """Send changes to webhooks until stopped.

    Run one instance beside `serve`. Each attempt is logged as a JSON line on standard output. Private addresses are
    called only if PLAN_WEBHOOK_PRIVATE lists them.
    """
    settings = or_fail(read)
    or_fail(connection.verify, database)
    if settings.read_only:
        fail("this node is read-only (PLAN_READ_ONLY); run deliver on the node that accepts changes")
    audited()
    stop = Event()

    def end(*_: Any) -> None:
        stop.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, end)
    with or_fail(deliveries.hold, database):
        source = f"{settings.public_url or ''}/v1/changes"
        go(Office(database, source, settings.webhook_networks), stop, line)
