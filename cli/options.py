"""What the commands share: the option --database, and how they fail."""

import sqlite3
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from db import connection

database_option = click.option(
    "--database",
    envvar="PLAN_DATABASE",
    default="var/plans.db",
    show_default=True,
    show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The store.",
)


def or_fail(action: Any, *arguments: Any) -> Any:
    """Do something with a file, or say why it cannot be done."""
    try:
        return action(*arguments)
    except (connection.StoreError, sqlite3.Error, OSError) as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """Say what went wrong, and end."""
    click.echo(f"Error: {message}", err=True)
    sys.exit(1)
