"""The checks of `plan-indicators check`."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
from marshmallow import ValidationError

from cli.options import today
from db import connection
from db.upkeep import integrity
from schema.rules import coverage, plan_file

Fault = tuple[str, str]


def is_store(path: Path) -> bool:
    """Return whether a file is a SQLite file, by its first bytes."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def check_any(path: Path, source: Path | None, exclusions: Path | None) -> list[Fault]:
    """Check a store or a plan file. With `source`, also check the plan file against its source text."""
    if is_store(path):
        if source:
            raise click.UsageError(f"--source needs a plan file, but {path} is a store.")
        return list(check_store(path))
    faults = list(check_file(path))
    if source and not faults:
        return list(check_exclusions(path, source, exclusions or path.with_suffix(".exclusions.json")))
    return faults


def check_store(path: Path) -> Iterator[Fault]:
    """Check a store: header, migrations, pages, references, search indexes."""
    try:
        connection.verify(path)
        with closing(connection.snapshot(path)) as store:
            yield from integrity.faults(store)
    except (connection.StoreError, sqlite3.Error) as error:
        yield "store", str(error)


def check_file(path: Path) -> Iterator[Fault]:
    """Check a plan file."""
    try:
        plan_file.parse(path.read_bytes(), today())
    except ValidationError as error:
        for place, messages in error.messages_dict.items():
            yield place, " ".join(messages)


def check_exclusions(path: Path, source: Path, exclusions: Path) -> Iterator[Fault]:
    """Check that every number of the source text is accounted for. The plan file must be valid."""
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
            yield "source", f"Must be UTF-8: {error}."
