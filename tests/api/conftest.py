"""The service over a store of its own, and a client that holds every answer against the contract."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from flask import Flask

from api.app import Service, create_app
from api.settings import Settings
from db import connection
from db.clients import keys
from db.edit import load
from schema.rules import plan_file
from tests.api import transport
from tests.api.contract import ContractClient
from tests.api.editor import Editor
from tests.second_plan import document


@pytest.fixture(autouse=True)
def through_the_front(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send what test clients ask by what stands before Flask: they call the application."""
    monkeypatch.setattr(Service, "__call__", transport.call)


@pytest.fixture
def settings(store: Path) -> Settings:
    return Settings(database=store, log=False, cache=int(os.environ.get("PLAN_CACHE", "32")))


@pytest.fixture
def app(settings: Settings) -> Flask:
    made = create_app(settings)
    made.test_client_class = ContractClient
    return made


@pytest.fixture
def client(app: Flask) -> Iterator[ContractClient]:
    with app.test_client() as made:
        yield made


@pytest.fixture
def second(store: Path) -> None:
    """Load a second plan beside the bundled one."""
    writer = connection.open_writer(store)
    load.insert(writer, plan_file.parse(json.dumps(document()).encode()), "test")
    writer.close()


@pytest.fixture
def grant(store: Path) -> Callable[..., dict[str, str]]:
    """Make a key with these scopes, and return the header that carries it."""

    def make(*scopes: str, expires: str | None = None) -> dict[str, str]:
        writer = connection.open_writer(store)
        key = keys.create(writer, f"key {token_hex(4)}", scopes, expires)
        writer.close()
        return {"Authorization": f"Bearer {key}"}

    return make


@pytest.fixture
def editor(app: Flask, grant: Callable[..., dict[str, str]]) -> Iterator[Editor]:
    """Return a client with a key for everything."""
    with app.test_client() as made:
        yield Editor(made, grant("admin"))
