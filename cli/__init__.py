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

from cli.check import check_any, check_store
from cli.keys import keys
from cli.options import database_option, fail, or_fail
from db import connection, load
from schema import plan_file

GUNICORN_CONF = Path(__file__).parent.parent / "gunicorn.conf.py"

files_argument = click.argument(
    "files", metavar="FILE...", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="plan-indicators", message="%(version)s")
def main() -> None:
    """Publish the indicators, milestones and deadlines of government plans.

    First `init` makes the store, `load` fills it with plan files, and `serve` answers on HTTP.
    """


main.add_command(keys)


@main.command()
@database_option
def init(database: Path) -> None:
    """Create the store, or bring an older one up to date.

    A file that is damaged, that belongs to another program or that a newer version wrote is refused and left as it is.
    """
    applied = or_fail(connection.create, database)
    click.echo(f"{database}: {', '.join(applied) if applied else 'up to date'}", err=True)


@main.command("load")
@files_argument
@click.option("--bundled", is_flag=True, help="Load the plan that comes with the program.")
@database_option
def load_files(files: tuple[Path, ...], database: Path, *, bundled: bool) -> None:
    """Load plan FILEs into the store.

    Each file is one transaction: if anything in it is wrong, every fault is printed with its JSON path and nothing is
    changed. A plan that the store holds already is left alone; a file that differs from it is refused.
    """
    if not files and not bundled:
        raise click.UsageError("Name a FILE, or use --bundled.")
    with closing(or_fail(connection.open_writer, database)) as store:
        for path in (*files, *([load.BUNDLED] if bundled else [])):
            _load(store, path)


def _load(store: sqlite3.Connection, path: Path) -> None:
    facts = _parsed(path)
    plan_id = facts["plan"]["id"]
    rows = 1 + sum(len(facts[part]) for part in plan_file.PARTS)
    held = load.export(store, plan_id)
    if held is not None:
        if plan_file.parse(_written(held)) != facts:
            fail(f"{path}: the store has another plan {plan_id}; nothing has been changed")
        click.echo(f"{path}: {plan_id} is loaded already", err=True)
        return
    try:
        with click.progressbar(length=rows, label=plan_id, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
            load.insert(store, facts, "command line", bar.update)
    except (sqlite3.Error, load.PlanExistsError) as error:
        fail(f"{path}: {error}; nothing has been changed")
    click.echo(f"{path}: loaded {plan_id}, {rows} rows", err=True)


@main.command()
@click.argument("plan")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@database_option
def export(plan: str, output: Path | None, database: Path) -> None:
    """Write PLAN as a plan file, to standard output or to a file."""
    with closing(or_fail(connection.open_writer, database)) as store:
        facts = load.export(store, plan)
    if facts is None:
        fail(f"{database} has no plan {plan}")
    if output is None:
        click.echo(_written(facts), nl=False)
    else:
        or_fail(output.write_bytes, _written(facts))


@main.command()
@files_argument
@click.option(
    "--source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The text that a plan file was taken from: account for every number in it.",
)
@click.option(
    "--exclusions",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Numbers of the source that are no indicator's, with reasons [default: PLAN.exclusions.json beside the file].",
)
@database_option
def check(files: tuple[Path, ...], source: Path | None, exclusions: Path | None, database: Path) -> None:
    """Verify plan FILEs or stores (by default the store) and print what is wrong, with the place."""
    if source and not files:
        raise click.UsageError("--source goes with a plan FILE.")
    wrong = 0
    for path in files or (database,):
        faults = or_fail(check_any, path, source, exclusions) if files else list(check_store(path))
        for place, message in faults:
            click.echo(f"{path}: {place}: {message}")
        wrong += len(faults)
        if not faults:
            click.echo(f"{path}: sound", err=True)
    sys.exit(1 if wrong else 0)


@main.command()
@database_option
def serve(database: Path) -> None:
    """Serve the store on HTTP with gunicorn (HOST, PORT and PLAN_… in the environment)."""
    or_fail(connection.verify, database)
    os.environ["PLAN_DATABASE"] = str(database)
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    os.execv(gunicorn, [gunicorn, "--config", str(GUNICORN_CONF)])  # noqa: S606


def _parsed(path: Path) -> dict[str, Any]:
    """Read a plan file, or print every fault with its JSON path and fail."""
    try:
        return plan_file.parse(path.read_bytes())
    except ValidationError as error:
        for place, messages in error.messages_dict.items():
            click.echo(f"{path}: {place}: {' '.join(messages)}", err=True)
        fail(f"{path} is not loaded; nothing has been changed")
    except OSError as error:
        fail(f"{path}: {error.strerror}")


def _written(facts: dict[str, Any]) -> bytes:
    """Write facts as a plan file: UTF-8, whatever the terminal speaks."""
    return f"{json.dumps(facts, ensure_ascii=False, indent=2)}\n".encode()
