"""Open the store: one connection a thread, after fork; refuse what is foreign, damaged or newer than this code."""

import mmap
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db.migrations import SCHEMA, SET, TABLE, known, migrations
from db.text.fold import grams
from db.upkeep import audit

APPLICATION_ID = 0x504C414E
"""'PLAN' in the header of every store (PRAGMA application_id), so that a foreign file is told from ours."""

CHECKED_BYTES = 32 * 1024 * 1024
"""Stores up to this size are checked page by page when opened (about 0.1 s); larger ones by `plan-indicators check`."""

BUSY_SECONDS = 5.0
WRITER_KIB = 8 * 1024
"""What a connection for writing keeps of the store: each row goes into a dozen indexes, and 2 MiB do not hold them."""
WAL_INDEX_HEADER = 48
"""Bytes: version, change counter, frames, checksums, salts."""

_local = threading.local()
_writer = threading.local()
_guard = threading.Lock()
_idle: list[tuple[Path, sqlite3.Connection]] = []
IDLE_MOST = 4
"""Snapshots that are kept for the next export."""
STATEMENTS = 32
"""Statements that a reading connection keeps compiled, some 50 kB each: there are as many connections as threads."""


class StoreError(Exception):
    """Say why a file cannot serve as the store; the file has not been changed."""


def create(path: Path) -> list[str]:
    """Create the store at `path`, or bring an older one up to date; return the migrations applied.

    Raises StoreError for a file that is damaged, foreign, or newer than this code.
    """
    if path.exists() and path.stat().st_size:
        pending(path)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(path, "rwc")
    try:
        names = lacking(connection)
        if names:  # a store that is up to date is not touched
            from sqlite_utils import Database  # noqa: PLC0415  (takes a tenth of every start)

            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("PRAGMA journal_mode = WAL")
            migrations(fresh=SCHEMA in names).apply(Database(connection, execute_plugins=False))
    finally:
        connection.close()
    return names


def open_writer(path: Path) -> sqlite3.Connection:
    """Open the store for writing. Raises StoreError as `verify` does."""
    verify(path)
    return _connect(path, "rw")


def verify(path: Path) -> None:
    """Raise StoreError unless `path` is a sound store with exactly the migrations of this code."""
    if not path.exists() or not path.stat().st_size:
        raise StoreError(f"{path} does not exist: create it with `plan-indicators init`")
    names = pending(path)
    if names:
        raise StoreError(f"{path} lacks the migrations {', '.join(names)}: run `plan-indicators init`")


def pending(path: Path) -> list[str]:
    """Return the migrations that a store lacks; raise StoreError for what is no sound store of ours."""
    try:
        connection = _connect(path, "ro")
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error
    try:
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise StoreError(f"{path} is a SQLite file of another program and is left as it is")
        if path.stat().st_size <= CHECKED_BYTES:
            fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if fault != "ok":
                raise StoreError(f"{path} is damaged: {fault}")
        names = applied(connection)
        if names and SCHEMA not in names:
            raise StoreError(
                f"{path} was made before version 1.0.0: `export` its plans with the program that made it, then `load`"
                " them into a new store with this one"
            )
        newer = sorted(names - set(known()))
        if newer:
            raise StoreError(f"{path} was written by a newer version (it has {', '.join(newer)}): upgrade this program")
        return lacking(connection)
    except sqlite3.DatabaseError as error:
        raise StoreError(f"{path} is damaged or no SQLite file: {error}") from error
    finally:
        connection.close()


def applied(connection: sqlite3.Connection) -> set[str]:
    """Return the names of the migrations that a store has."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (TABLE,)).fetchone():
        return set()
    return {name for (name,) in connection.execute(f"SELECT name FROM {TABLE} WHERE migration_set = ?", (SET,))}


def lacking(connection: sqlite3.Connection) -> list[str]:
    """Return the names of the migrations of this code that a store lacks, in order."""
    have = applied(connection)
    return [name for name in known() if name not in have]


def _query_only(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")


def reader(
    path: Path, prepare: Callable[[sqlite3.Connection], None] = _query_only, *, statements: int = STATEMENTS
) -> sqlite3.Connection:
    """Return this thread's read-only connection, opened at its first use (it reads the schema, 1 ms).

    `prepare` is done once to each, and so many statements are kept compiled.
    """
    kept: dict[object, sqlite3.Connection] = _local.__dict__.setdefault("connections", {})
    if (path, prepare) not in kept:
        kept[path, prepare] = fresh(path, prepare, statements=statements)
    return kept[path, prepare]


def fresh(
    path: Path, prepare: Callable[[sqlite3.Connection], None] = _query_only, *, statements: int = STATEMENTS
) -> sqlite3.Connection:
    """Open a read-only connection that is not kept, as a replica needs: one that stays open can mix old with new."""
    connection = _connect(path, "ro", statements=statements)
    prepare(connection)
    return connection


def replicated(path: Path) -> bytes:
    """Return what changes whenever `litestream restore -f` has written into the store: open connections do not see it.

    Empty where nothing replicates into it.
    """
    try:
        state = path.with_name(f"{path.name}-txid").stat()
    except FileNotFoundError:
        return b""
    return f"{state.st_mtime_ns} {state.st_ino}".encode()


def writer(path: Path) -> sqlite3.Connection:
    """Return this thread's connection for writing, opened at its first use."""
    connections: dict[Path, sqlite3.Connection] = _local.__dict__.setdefault("writers", {})
    if path not in connections:
        connections[path] = _connect(path, "rw")
        connections[path].execute(f"PRAGMA cache_size = -{WRITER_KIB}")
    return connections[path]


def watch(path: Path) -> Callable[[], bytes]:
    """Return a function that tells one state of the store from another, at a tenth of a microsecond.

    It reads the header of the WAL index, which every commit changes before a reader can see it
    (https://sqlite.org/walformat.html#the_wal_index_header); a connection is kept so that the index stays. PRAGMA
    data_version says the same for 6 µs.
    """
    keeper = _connect(path, "ro", check_same_thread=False)
    keeper.execute("PRAGMA schema_version").fetchone()  # opens the index too, and does not read the schema (1 ms)
    file = Path(f"{path}-shm").open("rb")  # noqa: SIM115
    index = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)

    def state() -> bytes:
        return index[:WAL_INDEX_HEADER]

    def close() -> None:  # to close a file gives up all locks of the process on it: never before the connections
        keeper.close()
        index.close()
        file.close()

    weakref.finalize(state, close)
    return state


def snapshot(path: Path, prepare: Callable[[sqlite3.Connection], None] = _query_only) -> sqlite3.Connection:
    """Open a read-only connection of its own that stays at one state of the store until it is closed."""
    connection = _connect(path, "ro", check_same_thread=False, statements=STATEMENTS)
    prepare(connection)
    return _begun(connection)


def _begun(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.execute("BEGIN")
    connection.execute("SELECT 1 FROM change LIMIT 1").fetchone()  # a deferred BEGIN reads nothing yet
    return connection


@contextmanager
def lent(path: Path) -> Iterator[sqlite3.Connection]:
    """Lend a snapshot to what outlives its request, and keep it for the next: a new one reads the schema (1 ms)."""
    with _guard:
        kept = next((each for each in _idle if each[0] == path), None)
        if kept:
            _idle.remove(kept)
    own = _begun(kept[1]) if kept else snapshot(path)
    try:
        yield own
    finally:
        own.execute("ROLLBACK")
        with _guard:
            _idle.append((path, own))
            spare = _idle.pop(0)[1] if len(_idle) > IDLE_MOST else None
        if spare:
            spare.close()


@contextmanager
def transaction(
    connection: sqlite3.Connection, actor: str, at: str = "", *, dry: bool = False, request_id: str | None = None
) -> Iterator[None]:
    """Run the body as one serialised write, all of it or none, recorded under `actor` at one moment (by default now).

    A dry run is undone at its end. The request that it is of, if any, stands in the audit log.

    BEGIN IMMEDIATE, because a deferred transaction that reads before it writes fails under concurrent writers.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        latest = connection.execute("SELECT at, seq FROM change ORDER BY seq DESC LIMIT 1").fetchone()
        _writer.by = actor
        _writer.at = max(at or now(), latest[0] if latest else "")
        _writer.noted = []
        yield
        if not dry:
            write = audit.Write(_writer.at, actor, request_id, _writer.noted)
            line = audit.line(connection, latest[1] if latest else 0, write)
            connection.execute("COMMIT")
            if line:
                audit.log.info(line)
    finally:
        _writer.__dict__.clear()  # what is written outside a transaction has no author, and fails
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def changed_at() -> str:
    """Return the moment of the running write: never before an earlier change, whatever the clock does."""
    at: str = _writer.at
    return at


def changed_by() -> str:
    """Return who makes the running write."""
    by: str = _writer.by
    return by


def note(operation: str, resource: str, key: str, version: int | None) -> None:
    """Put into the audit log, once the running write is committed, what the change log does not hold."""
    _writer.noted.append({"operation": operation, "resource": resource, "id": key, "version": version})


def now(ago: timedelta = timedelta()) -> str:
    """Return the time, as every stamp in the store is written: in UTC with microseconds (RFC 3339)."""
    return moment(datetime.now(UTC) - ago)


def moment(when: datetime) -> str:
    """Write an aware time as the store does."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _connect(path: Path, mode: str, *, check_same_thread: bool = True, statements: int = 128) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=check_same_thread,
        cached_statements=statements,
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.create_function("changed_at", 0, changed_at)
    connection.create_function("changed_by", 0, changed_by)
    connection.create_function("grams", 1, grams, deterministic=True)
    return connection
