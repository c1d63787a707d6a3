"""A migrated store with the bundled plan, copied for each test."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from db import connection
from db.clients import webhooks
from db.edit import load
from db.log import changes
from schema.rules import plan_file

WEBHOOK = "wh-0123456789abcdef"
"""A webhook that is in every store with the bundled plan."""

settings.register_profile("here", deadline=None, derandomize=True, database=None)
settings.load_profile("here")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "plans.db"
    connection.create(path)
    writer = connection.open_writer(path)
    load.insert(writer, plan_file.parse(load.BUNDLED.read_bytes()), "test")
    with connection.transaction(writer, "test"):
        webhooks.insert(writer, {"url": "https://receiver.example/", "since": changes.position(writer)}, WEBHOOK)
    writer.close()
    return path


@pytest.fixture
def store(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(template, tmp_path / "plans.db"))


@pytest.fixture
def writer(store: Path) -> Iterator[sqlite3.Connection]:
    opened = connection.open_writer(store)
    yield opened
    opened.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Open a migrated store without a plan."""
    connection.create(tmp_path / "empty.db")
    opened = connection.open_writer(tmp_path / "empty.db")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """Open a migrated store that the examples of a property fill and clear."""
    path = tmp_path_factory.mktemp("scratch") / "plans.db"
    connection.create(path)
    opened = connection.open_writer(path)
    opened.execute("PRAGMA synchronous = OFF")
    yield opened
    opened.close()
