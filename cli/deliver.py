"""`plan-indicators deliver`: tell webhooks of changes."""

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
    """Tell webhooks of changes, until stopped.

    Runs beside `serve`, once. Each attempt is a JSON line on standard output. Addresses that are not public are called
    only if PLAN_WEBHOOK_PRIVATE lists them.
    """
    settings = or_fail(read)
    or_fail(connection.verify, database)
    if settings.read_only:
        fail("this node only reads (PLAN_READ_ONLY): webhooks are told where changes are made")
    audited()
    stop = Event()

    def end(*_: Any) -> None:
        stop.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, end)
    with or_fail(deliveries.hold, database):
        source = f"{settings.public_url or ''}/v1/changes"
        go(Office(database, source, settings.webhook_networks), stop, line)
