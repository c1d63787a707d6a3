"""The command line: `plan-indicators`."""

import json
import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError

from api.settings import read, read_server
from cli import keep
from cli.check import check_any, check_store
from cli.deliver import deliver_webhooks
from cli.keys import keys
from cli.options import COMMAND_LINE, SHOWN, audited, database_option, fail, further, or_fail, tell, today
from db import connection
from db.edit import load
from db.upkeep import backup
from schema.rules import plan_file

GUNICORN_CONF = Path(__file__).parent.parent / "gunicorn.conf.py"

files_argument = click.argument(
    "files", metavar="[FILE]...", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="plan-indicators", message="%(version)s")
def main() -> None:
    """Publish the indicators, milestones and deadlines of government plans.

    Start with `init` to create the store, `load` to fill it with plan files, and `serve` to answer HTTP requests.
    """


main.add_command(keys)
main.add_command(deliver_webhooks)


@main.command()
@database_option
def init(database: Path) -> None:
    """Create the store, or migrate an older one.

    A file that is damaged, belongs to another program or was written by a newer version is refused and not changed.
    """
    audited()
    applied, kept = or_fail(backup.upgrade, database)
    tell("migrate", *applied)
    if kept:
        click.echo(f"{kept}: backup of the store before the migration", err=True)
    click.echo(f"{database}: {', '.join(applied) if applied else 'up to date'}", err=True)


for _command in (keep.backup_store, keep.restore, keep.prune):
    main.add_command(_command)


@main.command("load")
@files_argument
@click.option("--bundled", is_flag=True, help="Load the bundled plan if the store does not have it.")
@database_option
def load_files(files: tuple[Path, ...], database: Path, *, bundled: bool) -> None:
    """Load plan FILEs into the store.

    Each file is loaded in one transaction. If it has faults, all are printed with their JSON paths and nothing is
    changed. A plan that is already in the store is not changed; a file that differs from it is refused.
    """
    if not files and not bundled:
        raise click.UsageError("Give a FILE or use --bundled.")
    audited()
    with closing(or_fail(connection.open_writer, database)) as store:
        for path in files:
            _load(store, path)
        if bundled:
            _load(store, load.BUNDLED, only_if_absent=True)


def _load(store: sqlite3.Connection, path: Path, *, only_if_absent: bool = False) -> None:
    """Load one plan file. With `only_if_absent`, keep a plan in the store even if it differs from the file."""
    facts = _parsed(path)
    plan_id = facts["plan"]["id"]
    if _is_there(store, path, facts, only_if_absent=only_if_absent):
        return
    rows = 1 + sum(len(facts[part]) for part in plan_file.PARTS)
    try:
        with click.progressbar(length=rows, label=plan_id, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            load.insert(store, facts, COMMAND_LINE, bar.update)
    except load.PlanExistsError:  # another command was faster
        _is_there(store, path, facts, only_if_absent=only_if_absent)
    except sqlite3.Error as error:
        fail(f"{path}: {error}; nothing was changed")
    else:
        click.echo(f"{path}: loaded {plan_id}, {rows} rows", err=True)


def _is_there(store: sqlite3.Connection, path: Path, facts: dict[str, Any], *, only_if_absent: bool) -> bool:
    """Return whether the store has the plan. Fail if it has a different plan with the same id."""
    plan_id = facts["plan"]["id"]
    held = load.export(store, plan_id)
    if held is None:
        return False
    if not only_if_absent and plan_file.parse(_written(held), today()) != facts:
        fail(f"{path}: the store has a different plan {plan_id}; nothing was changed")
    click.echo(f"{path}: {plan_id} is already loaded", err=True)
    return True


@main.command()
@click.argument("plan")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@database_option
def export(plan: str, output: Path | None, database: Path) -> None:
    """Export PLAN as a plan file, to standard output or to a file."""
    with closing(or_fail(connection.open_writer, database)) as store:
        facts = load.export(store, plan)
    if facts is None:
        fail(f"{database} has no plan {plan}")
    if output is None:
        or_fail(_print, _written(facts))
    else:
        or_fail(output.write_bytes, _written(facts))


@main.command()
@files_argument
@click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Source text of the plan file; check that every number in it is accounted for.",
)
@click.option(
    "--exclusions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Numbers of the source that belong to no indicator, with reasons [default: PLAN.exclusions.json beside FILE].",
)
@database_option
def check(files: tuple[Path, ...], source: Path | None, exclusions: Path | None, database: Path) -> None:
    """Check plan FILEs or stores, and print every fault with its place.

    Without a FILE, the store is checked. The exit status is 1 if there are faults.
    """
    if source and not files:
        raise click.UsageError("--source needs a plan FILE.")
    if exclusions and not source:
        raise click.UsageError("--exclusions needs --source.")
    wrong = 0
    for path in files or (database,):
        faults = or_fail(check_any, path, source, exclusions) if files else list(check_store(path))
        for place, message in faults[:SHOWN]:
            click.echo(f"{path}: {place}: {message}")
        if len(faults) > SHOWN:
            click.echo(f"{path}: {further(len(faults))}")
        wrong += len(faults)
        if not faults:
            click.echo(f"{path}: no faults", err=True)
    sys.exit(1 if wrong else 0)


@main.command("read", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def read_document(arguments: tuple[str, ...]) -> None:
    """Read a plan from a document into a plan file for review."""
    try:
        from ingest.command import read as command  # noqa: PLC0415  (its libraries are an extra, and slow to load)
    except ImportError:
        fail("this command needs more libraries: pip install --require-hashes -r requirements/read.txt")
    command.main(arguments, prog_name="plan-indicators read", help_option_names=["-h", "--help"])


@main.command()
@database_option
def serve(database: Path) -> None:
    """Serve the store on HTTP.

    Runs gunicorn. Configure it with the environment variables HOST, PORT and PLAN_….
    """
    or_fail(connection.verify, database)
    or_fail(read)
    or_fail(read_server)
    os.environ["PLAN_DATABASE"] = str(database)
    from gunicorn.app import wsgiapp  # noqa: PLC0415  (50 ms that no other command needs)

    sys.argv = [str(Path(sys.executable).parent / "gunicorn"), "--config", str(GUNICORN_CONF)]
    wsgiapp.run()  # in this process: another interpreter would load all of it again


def _parsed(path: Path) -> dict[str, Any]:
    """Parse a plan file, or print its faults with their JSON paths and fail."""
    try:
        return plan_file.parse(path.read_bytes(), today())
    except ValidationError as error:
        faults = list(error.messages_dict.items())
        for place, messages in faults[:SHOWN]:
            click.echo(f"{path}: {place}: {' '.join(messages)}", err=True)
        if len(faults) > SHOWN:
            click.echo(f"{path}: {further(len(faults))}", err=True)
        fail(f"{path} was not loaded; nothing was changed")
    except OSError as error:
        fail(f"{path}: {error.strerror}")


def _written(facts: dict[str, Any]) -> bytes:
    """Serialise facts as a plan file, in UTF-8 regardless of the locale."""
    return f"{json.dumps(facts, ensure_ascii=False, indent=2)}\n".encode()


def _print(content: bytes) -> None:
    """Write bytes to standard output. Raises OSError if its disk is full."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()
