"""Commands to back up, restore and prune a store."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from cli.options import COMMAND_LINE, audited, database_option, or_fail, tell
from db import connection
from db.log import changes
from db.upkeep import backup

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("backup")
@file_argument
@database_option
def backup_store(file: Path, database: Path) -> None:
    """Write a consistent copy of the store to FILE. The store may be in use.

    The copy is verified. An existing FILE is not overwritten.
    """
    or_fail(backup.copy, database, file)
    click.echo(f"{file}: a copy of {database}", err=True)


@click.command()
@file_argument
@database_option
def restore(file: Path, database: Path) -> None:
    """Replace the store with a copy of FILE.

    FILE is verified first. The command fails if the store is in use. The old store is kept beside the new one. Systems
    that follow the changes must copy all data again.
    """
    audited()
    aside = or_fail(backup.restore, file, database)
    tell("restore", file.absolute())
    if aside:
        click.echo(f"{aside}: the old store", err=True)
    click.echo(f"{database}: restored from {file}", err=True)


@click.command()
@click.option(
    "--before",
    required=True,
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    help="Date, or date and time in UTC.",
)
@database_option
def prune(before: datetime, database: Path) -> None:
    """Delete the history recorded before a moment.

    The current data is not changed. Earlier states of the store are no longer available, and systems that have not
    followed the changes up to that moment must copy all data again.
    """
    moment = connection.moment(before.replace(tzinfo=UTC))
    if moment > connection.now():
        raise click.BadParameter(f"{moment} is in the future.", param_hint="--before")
    audited()
    with (
        closing(or_fail(connection.open_writer, database)) as store,
        connection.transaction(store, COMMAND_LINE),
    ):
        number = changes.prune(store, moment)
        if number:
            connection.note("prune", "store", moment, None)
    click.echo(f"{database}: deleted {number} changes before {moment}", err=True)
