"""`plan-indicators keys`."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from db import connection
from db.clients import keys


def run(store: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["keys", *words, "--database", str(store)])


def test_a_key_is_made_listed_and_revoked(store: Path) -> None:
    made = run(
        store, "create", "--name", "office", "--scope", "report plan:a", "--scope", "edit", "--expires", "2999-01-01"
    )
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert "report plan:a, edit" in made.stderr
    with connection.open_writer(store) as opened:
        found = keys.find(opened, key)
        assert found is not None
        assert found.scopes == ("report plan:a", "edit")
        keys.used(opened, found)
    line = run(store, "list").stdout
    assert key.split("_", 2)[2] not in line
    assert line.startswith(f"{found.id}\toffice\treport plan:a, edit\tvalid until 2999-01-01")
    assert "last used" in line
    assert run(store, "revoke", "office").exit_code == 0
    assert "\trevoked" in run(store, "list").stdout
    again = run(store, "revoke", "office")
    assert again.exit_code == 1
    assert "no valid key office" in again.stderr


def test_an_expired_key_is_listed_as_such(store: Path) -> None:
    with closing(connection.open_writer(store)) as opened:
        keys.create(opened, "old", ("read",), "2020-01-01T00:00:00.000000Z")
    assert "expired until 2020-01-01" in run(store, "list").stdout
    assert "never used" in run(store, "list").stdout


@pytest.mark.parametrize("day", ["2020-01-01", f"{datetime.now(UTC):%Y-%m-%d}"])
def test_a_key_that_would_never_be_valid_is_not_made(store: Path, day: str) -> None:
    refused = run(store, "create", "--name", "old", "--scope", "read", "--expires", day)
    assert refused.exit_code == 2
    assert "--expires" in refused.stderr
    assert "is in the past" in refused.stderr
    assert run(store, "list").stdout == ""


def test_two_keys_of_one_name_are_refused(store: Path) -> None:
    run(store, "create", "--name", "office", "--scope", "edit")
    again = run(store, "create", "--name", "office", "--scope", "edit")
    assert again.exit_code == 1
    assert "already has a key named office" in again.stderr
    with sqlite3.connect(store) as raw:
        assert raw.execute("SELECT count(*) FROM api_key").fetchone() == (1,)


@pytest.mark.parametrize(
    "scope", ["", "write", "edit hunnan-2021", "edit plan:", "edit plan:A", "edit plan:" + "a" * 61]
)
def test_a_scope_that_is_none_is_refused(store: Path, scope: str) -> None:
    refused = run(store, "create", "--name", "a", "--scope", scope)
    assert refused.exit_code == 2
    assert "--scope" in refused.stderr


@pytest.mark.parametrize("name", [" ", "a\nb", "a" * 101])
def test_a_name_that_cannot_be_shown_is_refused(store: Path, name: str) -> None:
    assert run(store, "create", "--name", name, "--scope", "edit").exit_code == 2
