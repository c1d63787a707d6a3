"""What brings a released store up to date: tried with invented migrations, as there are none before 1.0.0."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import connection, migrations
from db.connection import StoreError


def add(column: str) -> Callable[[Database], object]:
    return lambda db: db.execute(f"ALTER TABLE plan ADD COLUMN {column} TEXT")


def columns(path: Path) -> set[str]:
    store = sqlite3.connect(path)
    found = {row[1] for row in store.execute("PRAGMA table_info(plan)")}
    store.close()
    return found


def test_every_module_of_the_folder_is_named() -> None:
    folder = Path(migrations.__file__).parent
    assert sorted(path.stem for path in folder.glob("[!_]*.py")) == list(migrations.NAMES)


def test_a_store_gets_what_it_lacks_in_order_and_once(store: Path, release: Callable[..., None]) -> None:
    release(n0001_first=add("one"), n0002_second=lambda db: db.execute("ALTER TABLE plan RENAME COLUMN one TO two"))
    with pytest.raises(StoreError, match="lacks the migrations n0001_first, n0002_second: run `plan-indicators init`"):
        connection.verify(store)
    assert connection.create(store) == ["n0001_first", "n0002_second"]
    assert connection.create(store) == []
    connection.verify(store)
    assert "two" in columns(store)


def test_a_new_store_has_the_present_and_counts_as_having_every_migration(
    tmp_path: Path, release: Callable[..., None]
) -> None:
    release(n0001_first=add("one"))
    assert connection.create(tmp_path / "new.db") == ["schema", "n0001_first"]
    connection.verify(tmp_path / "new.db")
    assert "one" not in columns(tmp_path / "new.db")  # schema.sql would have it in the same commit


def test_a_migration_that_fails_leaves_the_store_as_it_was(store: Path, release: Callable[..., None]) -> None:
    def fail(db: Database) -> None:
        add("one")(db)
        db.execute("SELECT no_such_function()")

    release(n0001_first=fail)
    with pytest.raises(sqlite3.OperationalError, match="no_such_function"):
        connection.create(store)
    assert "one" not in columns(store)
    release(n0001_first=add("one"))
    assert connection.create(store) == ["n0001_first"]


def test_a_store_from_before_the_first_release_is_told_how_to_go_on(store: Path) -> None:
    old = sqlite3.connect(store)
    old.execute("UPDATE _sqlite_migrations SET name = 'm0001_plans'")
    old.commit()
    old.close()
    for opened in (connection.verify, connection.create):
        with pytest.raises(StoreError, match=r"made before version 1\.0\.0: `export` its plans .* then `load` them"):
            opened(store)
