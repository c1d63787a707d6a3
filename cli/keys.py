"""`plan-indicators keys`: create, list and revoke API keys."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from marshmallow import ValidationError

from cli.options import COMMAND_LINE, audited, database_option, fail, or_fail
from db import connection
from db.clients import keys as stored
from schema import scope as scopes


def _scope(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Validate scopes and return them in canonical form."""
    try:
        return tuple(str(scopes.parse(text)) for text in given)
    except ValidationError as error:
        raise click.BadParameter(" ".join(error.messages)) from error


@click.group()
def keys() -> None:
    """Create, list and revoke API keys.

    The scopes are read (needed only with PLAN_READ_KEYS=1), report (observations and milestone states), edit (plans and
    their items) and admin. Each includes the scopes before it. A scope may be limited to plans: "report
    plan:hunnan-2021".
    """


@keys.command()
@click.option(
    "--name", required=True, help="Name of the owner. The history shows it for each change made with the key."
)
@click.option(
    "--scope",
    "given",
    required=True,
    multiple=True,
    callback=_scope,
    help='Scope, such as "edit plan:hunnan-2021". May be repeated.',
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC) on which the key is not valid.")
@database_option
def create(name: str, given: tuple[str, ...], expires: datetime | None, database: Path) -> None:
    """Create a key and print it. It is shown only once, because the store keeps only a digest."""
    if not name.isprintable() or not name.strip() or len(name) > 100:  # noqa: PLR2004
        raise click.BadParameter("must be 1 to 100 printable characters", param_hint="--name")
    until = connection.moment(expires.replace(tzinfo=UTC)) if expires else None
    if until and until <= connection.now():
        raise click.BadParameter(f"{until} is in the past, so the key would never be valid.", param_hint="--expires")
    audited()
    with closing(or_fail(connection.open_writer, database)) as store:
        try:
            with connection.transaction(store, COMMAND_LINE):
                key = stored.create(store, name, given, until)
                connection.note("create", "key", key.split("_")[1], 1)
        except sqlite3.IntegrityError:
            fail(f"{database} already has a key named {name}")
    click.echo(key)
    click.echo(f"{name}: {', '.join(given)}; save the key above, it is not shown again", err=True)


@keys.command("list")
@database_option
def list_keys(database: Path) -> None:
    """List keys: id, name, scopes, status, time of last use (within about ten minutes)."""
    with closing(or_fail(connection.open_writer, database)) as store:
        for key in stored.every(store):
            standing = "valid" if key.valid else "revoked" if key.revoked_at else "expired"
            until = f" until {key.expires_at}" if key.expires_at else ""
            used = f"last used {key.last_used_at}" if key.last_used_at else "never used"
            click.echo("\t".join([key.id, key.name, ", ".join(key.scopes), f"{standing}{until}", used]))


@keys.command()
@click.argument("key")
@database_option
def revoke(key: str, database: Path) -> None:
    """Revoke the KEY with this id or name, immediately and permanently."""
    audited()
    with closing(or_fail(connection.open_writer, database)) as store, connection.transaction(store, COMMAND_LINE):
        revoked = stored.revoke(store, key)
        for key_id in revoked:
            connection.note("revoke", "key", key_id, 2)
    if not revoked:
        fail(f"{database} has no valid key {key}")
    click.echo(f"{key}: revoked", err=True)
