"""What `plan-indicators check` looks at."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
from marshmallow import ValidationError

from cli.options import today
from db import connection, integrity
from schema import coverage, plan_file

Fault = tuple[str, str]


def is_store(path: Path) -> bool:
    """Tell a SQLite file from a plan file by its first bytes."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def check_any(path: Path, source: Path | None, exclusions: Path | None) -> list[Fault]:
    """Verify a store or a plan file, the latter against its source text if that is given."""
    if is_store(path):
        if source:
            raise click.UsageError(f"--source goes with a plan file; {path} is a store.")
        return list(check_store(path))
    faults = list(check_file(path))
    if source and not faults:
        return list(check_exclusions(path, source, exclusions or path.with_suffix(".exclusions.json")))
    return faults


def check_store(path: Path) -> Iterator[Fault]:
    """Verify a store: header, migrations, pages, references, search indexes."""
    try:
        connection.verify(path)
        with closing(connection.snapshot(path)) as store:
            yield from integrity.faults(store)
    except (connection.StoreError, sqlite3.Error) as error:
        yield "store", str(error)


def check_file(path: Path) -> Iterator[Fault]:
    """Verify a plan file."""
    try:
        plan_file.parse(path.read_bytes(), today())
    except ValidationError as error:
        for place, messages in error.messages_dict.items():
            yield place, " ".join(messages)


def check_exclusions(path: Path, source: Path, exclusions: Path) -> Iterator[Fault]:
    """Account for every number of the source text of a sound plan file."""
    facts = plan_file.parse(path.read_bytes(), today())
    try:
        excluded = coverage.ExclusionsSchema().load(json.loads(exclusions.read_text("utf-8")))
    except ValidationError as error:
        for place, messages in plan_file.located(error.messages):
            yield f"exclusions: {place}", " ".join(messages)
    except (OSError, ValueError, RecursionError) as error:
        yield "exclusions", str(error)
    else:
        try:
            yield from coverage.faults(source.read_bytes(), facts, excluded)
        except UnicodeDecodeError as error:
            yield "source", f"Is not UTF-8: {error}."
