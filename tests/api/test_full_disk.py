"""A full disk: what has no room is refused as a whole, and reading goes on."""

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from flask import Flask

from db import connection, integrity
from tests.api.contract import ContractClient
from tests.edits import edit


@pytest.fixture
def writing(app: Flask, store: Path) -> ContractClient:
    """Give the service a route that writes until there is no room."""

    def write() -> dict[str, str]:
        with closing(connection.open_writer(store)) as writer:
            pages = writer.execute("PRAGMA page_count").fetchone()[0]
            writer.execute(f"PRAGMA max_page_count = {pages + 2}")
            random = Random(1)
            for _ in range(500):
                edit(writer, random)
        return {}

    app.add_url_rule("/fill", view_func=write)
    app.test_client_class = ContractClient
    return app.test_client()  # type: ignore[return-value]


def test_a_full_store_refuses_the_change_and_reads_on(writing: ContractClient, store: Path) -> None:
    answer = writing.get("/fill")
    assert answer.status_code == 507
    assert answer.get_json()["type"].endswith("/insufficient-storage")
    assert writing.get("/v1/indicators?limit=1000").status_code == 200
    with closing(connection.open_writer(store)) as writer:
        assert list(integrity.faults(writer)) == []
        count, last = writer.execute("SELECT count(*), max(seq) FROM change").fetchone()
        assert count == last > 133
        edit(writer, Random(2))  # room again


def test_a_file_that_may_not_grow_is_a_problem_too(app: Flask, store: Path) -> None:
    def write() -> dict[str, str]:
        raise sqlite3.OperationalError("disk I/O error")

    app.add_url_rule("/fill", view_func=write)
    assert app.test_client().get("/fill").status_code == 503
