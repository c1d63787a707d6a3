"""Copy a live store, and put a copy in its place: checked first, the old one kept aside."""

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from db import connection
from db.log import changes
from db.upkeep import integrity


def copy(store: Path, target: Path) -> None:
    """Write a consistent copy of a store that may be in use to a file that is not there yet, and verify it.

    Raises StoreError, and OSError where the file cannot be written; no file is left then.
    """
    connection.pending(store)
    if target.exists():
        raise connection.StoreError(f"{target} is there already and is left as it is")
    if not target.parent.is_dir():  # a misspelt one, or a disk that is not mounted
        raise connection.StoreError(f"{target.parent} is no directory: make it first")
    partial = _copied(store, target)
    try:
        _sound(partial)
        os.link(partial, target)  # fails, rather than overwrites, if it has come into being meanwhile
    finally:
        partial.unlink()


def upgrade(store: Path) -> tuple[list[str], Path | None]:
    """Create a store or bring it up to date; return the migrations applied, and the copy made of it before."""
    kept = None
    if store.exists() and store.stat().st_size and (names := connection.pending(store)):
        kept = store.with_name(f"{store.name}.before-{names[0]}-{_stamp()}")
        copy(store, kept)
    return connection.create(store), kept


def restore(source: Path, store: Path) -> Path | None:
    """Put a copy of a sound store in the place of another; return where the old one is kept, None if there was none.

    The new one is of another lineage, so that no follower takes it for the old one. Raises StoreError for a source that
    is not sound and for a store in use; nothing has been replaced then.
    """
    if not source.exists():
        raise connection.StoreError(f"{source} does not exist")
    lacking = connection.pending(source)
    _sound(source)
    store.parent.mkdir(parents=True, exist_ok=True)
    partial = _copied(source, store)
    try:
        with closing(sqlite3.connect(partial, isolation_level=None)) as copied:
            copied.execute("PRAGMA journal_mode = WAL")
            if not lacking:
                changes.part(copied)
        return _replace(store, partial)
    finally:
        partial.unlink(missing_ok=True)


def _sound(store: Path) -> None:
    with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as opened:
        for place, message in integrity.faults(opened):
            raise connection.StoreError(f"{store} is damaged: {place}: {message}")


def _copied(store: Path, beside: Path) -> Path:
    """Copy a store, as it stands at one moment, into a new file beside another."""
    partial = beside.with_name(f".{beside.name}.{os.getpid()}.partial")
    try:
        with closing(connection.snapshot(store)) as source, closing(sqlite3.connect(partial)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")  # one file, whole by itself
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    return partial


def _replace(store: Path, partial: Path) -> Path | None:
    if not store.exists():
        partial.replace(store)
        return None
    aside = store.with_name(f"{store.name}.before-restore-{_stamp()}")
    with closing(sqlite3.connect(store, timeout=0, isolation_level=None)) as held:
        try:
            held.execute("PRAGMA journal_mode = DELETE")  # only who is alone may; the log is folded into the file
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise connection.StoreError(f"{store} is in use: stop what serves it first") from error
        except sqlite3.DatabaseError:
            pass  # too damaged to be locked: kept aside as it is
        os.link(store, aside)
        partial.replace(store)
    for suffix in ("-wal", "-shm"):
        rest = store.with_name(store.name + suffix)
        if rest.exists():
            rest.rename(aside.with_name(aside.name + suffix))
    return aside


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
