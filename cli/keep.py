"""Keep a store safe: back up, restore, prune."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from cli.options import COMMAND_LINE, audited, database_option, or_fail, tell
from db import backup, changes, connection

file_argument = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command("backup")
@file_argument
@database_option
def backup_store(file: Path, database: Path) -> None:
    """Write a consistent copy of the store to FILE, while it is in use.

    The copy is verified. A FILE that is there already is left as it is.
    """
    or_fail(backup.copy, database, file)
    click.echo(f"{file}: a copy of {database}", err=True)


@click.command()
@file_argument
@database_option
def restore(file: Path, database: Path) -> None:
    """Put a copy of FILE in the place of the store.

    FILE is verified first, and a store in use is refused. The old store is kept beside the new one. Followers are told
    to copy everything anew.
    """
    audited()
    aside = or_fail(backup.restore, file, database)
    tell("restore", file.absolute())
    if aside:
        click.echo(f"{aside}: the store as it was before", err=True)
    click.echo(f"{database}: restored from {file}", err=True)


@click.command()
@click.option(
    "--before",
    required=True,
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]),
    help="A date or a moment in UTC.",
)
@database_option
def prune(before: datetime, database: Path) -> None:
    """Forget the changes recorded before a moment.

    What the store holds stays as it is. How it stood before then is no longer known, and a follower that has not come
    so far is told to copy everything anew.
    """
    moment = before.replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if moment > connection.now():
        raise click.BadParameter(f"{moment} is still to come: nothing may be forgotten yet.", param_hint="--before")
    audited()
    with (
        closing(or_fail(connection.open_writer, database)) as store,
        connection.transaction(store, COMMAND_LINE),
    ):
        number = changes.prune(store, moment)
        if number:
            connection.note("prune", "store", moment, None)
    click.echo(f"{database}: {number} changes before {moment} forgotten", err=True)
