"""Shared parts of the commands: the option --database, error messages, audit log."""

import sqlite3
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from api.front.log import audit as audit_to
from api.settings import SettingsError, audit_log, read
from db import connection
from db.upkeep import audit
from schema.fields import FAULTS_MOST

database_option = click.option(
    "--database",
    envvar="PLAN_DATABASE",
    default="var/plans.db",
    show_default=True,
    show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Path of the store.",
)


SHOWN = 100
"""Maximum number of faults printed for one file."""


def today() -> str:
    """Return today's date in the time zone of the service (YYYY-MM-DD)."""
    return datetime.now(or_fail(read).timezone).date().isoformat()


def further(faults: int) -> str:
    """Return a line with the number of faults that are not printed. Above FAULTS_MOST the number is unknown."""
    return f"… and {faults - SHOWN} more" if faults <= FAULTS_MOST else "… and many more"


COMMAND_LINE = "command line"
"""Actor of the changes that a command makes."""


def audited() -> None:
    """Open the audit log, if one is set, before the command changes anything. Fail if it cannot be written."""
    audit_to(or_fail(audit_log))


def tell(operation: str, *done: object) -> None:
    """Write operations on the whole store to the audit log."""
    noted = [{"operation": operation, "resource": "store", "id": str(what), "version": None} for what in done]
    audit.tell(audit.Write(connection.now(), COMMAND_LINE, None, noted))


def or_fail(action: Any, *arguments: Any) -> Any:
    """Call a function; if it raises an expected error, print the error and exit with status 1."""
    try:
        return action(*arguments)
    except (connection.StoreError, SettingsError, sqlite3.Error, OSError) as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Print an error message and exit with status 1."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(1)
