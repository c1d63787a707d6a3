"""What the commands share: the option --database, and how they fail."""

import sqlite3
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from api.front.log import audit as audit_to
from api.settings import SettingsError, audit_log, read
from db import audit, connection
from schema.fields import FAULTS_MOST

database_option = click.option(
    "--database",
    envvar="PLAN_DATABASE",
    default="var/plans.db",
    show_default=True,
    show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The store.",
)


SHOWN = 100
"""Faults of one file that are printed; a file that is wrong throughout is wrong."""


def today() -> str:
    """Return the date where the service is."""
    return datetime.now(or_fail(read).timezone).date().isoformat()


def further(faults: int) -> str:
    """Say how many faults are not printed; of very many, the file has not been read for more."""
    return f"… and {faults - SHOWN} more" if faults <= FAULTS_MOST else "… and very many more"


COMMAND_LINE = "command line"
"""Who has done it, where it was done by a command."""


def audited() -> None:
    """Have what a command does written to the audit log, if there is one; fail before anything if it cannot be."""
    audit_to(or_fail(audit_log))


def tell(operation: str, *done: object) -> None:
    """Put what a command has done to the store as a whole into the audit log."""
    noted = [{"operation": operation, "resource": "store", "id": str(what), "version": None} for what in done]
    audit.tell(audit.Write(connection.now(), COMMAND_LINE, None, noted))


def or_fail(action: Any, *arguments: Any) -> Any:
    """Do something with a file, or say why it cannot be done."""
    try:
        return action(*arguments)
    except (connection.StoreError, SettingsError, sqlite3.Error, OSError) as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Say what went wrong, and end."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(1)
