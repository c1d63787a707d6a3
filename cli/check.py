"""What `plan-indicators check` looks at."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from marshmallow import ValidationError

from db import connection, integrity
from schema import coverage, plan_file

Fault = tuple[str, str]


def is_store(path: Path) -> bool:
    """Tell a SQLite file from a plan file by its first bytes."""
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def check_store(path: Path) -> Iterator[Fault]:
    """Verify a store: header, migrations, pages, references, search indexes."""
    try:
        connection.verify(path)
        yield from integrity.faults(connection.reader(path))
    except (connection.StoreError, sqlite3.Error) as error:
        yield "store", str(error)


def check_file(path: Path) -> Iterator[Fault]:
    """Verify a plan file."""
    try:
        plan_file.parse(path.read_bytes())
    except ValidationError as error:
        for place, messages in error.normalized_messages().items():
            yield place, " ".join(messages)


def check_exclusions(path: Path, source: Path, exclusions: Path) -> Iterator[Fault]:
    """Account for every number of the source text of a sound plan file."""
    facts = plan_file.parse(path.read_bytes())
    try:
        excluded = coverage.ExclusionsSchema().load(json.loads(exclusions.read_text("utf-8")))
        yield from coverage.faults(source.read_bytes(), facts, excluded)
    except ValidationError as error:
        for place, messages in plan_file.located(error.messages):
            yield f"{exclusions.name}: {place}", " ".join(messages)
    except (OSError, ValueError) as error:
        yield exclusions.name, str(error)
