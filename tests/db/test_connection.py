"""Opening the store: what is foreign, damaged or newer is refused and left as it is; writes are whole or not at all."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from db import connection
from db.connection import StoreError, create, open_writer, reader, snapshot, transaction, verify, watch
from db.log import changes


def not_ours(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()


def not_ours_in_wal(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode = WAL")
    other.close()
    not_ours(path)


def newer(path: Path) -> None:
    create(path)
    store = sqlite3.connect(path)
    store.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('plan-indicators', 'm9999_x', '')"
    )
    store.commit()
    store.close()


def truncated(path: Path) -> None:
    create(path)
    path.write_bytes(path.read_bytes()[:20_000])


def header_only(path: Path) -> None:
    create(path)
    path.write_bytes(path.read_bytes()[:100])


def torn(path: Path) -> None:
    create(path)
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 5] = b"\xff" * 8192
    path.write_bytes(content)


BROKEN: list[tuple[Callable[[Path], object], str]] = [
    (not_ours, "of another program"),
    (not_ours_in_wal, "of another program"),
    (newer, "newer version .it has m9999_x.: upgrade"),
    (truncated, "damaged"),
    (header_only, "damaged|another program"),
    (torn, "damaged"),
    (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xa5" * 9000), "damaged or no SQLite file"),
    (lambda path: path.write_bytes(b"garbage " * 1000), "damaged or no SQLite file"),
    (lambda path: path.write_text('{"format": "plan-indicators"}'), "damaged or no SQLite file"),
    (lambda path: path.mkdir(), "cannot be opened"),
]


@pytest.mark.parametrize("opened", [create, verify, open_writer])
@pytest.mark.parametrize(("make", "message"), BROKEN)
def test_what_is_no_sound_store_of_ours_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Callable[[Path], object], message: str, opened: Callable[[Path], object]
) -> None:
    path = tmp_path / "plans.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=message):
        opened(path)
    assert (path.read_bytes() if path.is_file() else None) == before


@pytest.mark.parametrize("make", [lambda _: None, lambda path: path.touch()])
@pytest.mark.parametrize("opened", [verify, open_writer])
def test_a_missing_or_empty_file_is_not_opened(
    tmp_path: Path, make: Callable[[Path], object], opened: Callable[[Path], object]
) -> None:
    make(tmp_path / "plans.db")
    with pytest.raises(StoreError, match=r"does not exist: create it with `plan-indicators init`"):
        opened(tmp_path / "plans.db")


def test_a_store_that_was_begun_and_not_finished_is_created(tmp_path: Path) -> None:
    path = tmp_path / "plans.db"
    begun = sqlite3.connect(path)
    begun.execute(f"PRAGMA application_id = {connection.APPLICATION_ID}")
    begun.execute("CREATE TABLE _sqlite_migrations (id INTEGER PRIMARY KEY, migration_set, name, applied_at)")
    begun.commit()
    begun.close()
    with pytest.raises(StoreError, match="lacks the migrations schema: run `plan-indicators init`"):
        verify(path)
    assert create(path) == ["schema"]
    verify(path)


def test_folders_are_made_for_a_new_store(tmp_path: Path) -> None:
    create(tmp_path / "a b" / "c%20?#" / "plans.db")
    verify(tmp_path / "a b" / "c%20?#" / "plans.db")


def test_a_store_that_is_up_to_date_is_not_touched(store: Path) -> None:
    before = store.read_bytes()
    assert create(store) == []
    assert store.read_bytes() == before
    assert sorted(path.name for path in store.parent.iterdir()) == ["plans.db"]


def test_a_large_store_is_not_read_through_when_opened(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = bytearray(store.read_bytes())
    content[-4096:] = b"\xff" * 4096
    store.write_bytes(content)
    monkeypatch.setattr(connection, "CHECKED_BYTES", 0)
    verify(store)


def test_the_store_keeps_a_write_ahead_log(writer: sqlite3.Connection) -> None:
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("opened", [open_writer, reader, snapshot])
def test_references_are_enforced_on_every_connection(store: Path, opened: Callable[[Path], sqlite3.Connection]) -> None:
    own = opened(store)
    assert own.execute("PRAGMA foreign_keys").fetchone() == (1,)
    own.close()


@pytest.mark.parametrize("opened", [reader, snapshot])
def test_a_connection_for_reading_cannot_write(store: Path, opened: Callable[[Path], sqlite3.Connection]) -> None:
    own = opened(store)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        own.execute("DELETE FROM change")
    own.close()


def test_a_thread_keeps_its_connection_and_shares_it_with_none(store: Path) -> None:
    kept, shared = reader(store), []

    def look() -> None:
        shared.append(reader(store) is kept)
        reader(store).close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert reader(store) is kept
    assert shared == [False]


def test_a_snapshot_stays_at_its_state_while_a_reader_moves_on(store: Path, writer: sqlite3.Connection) -> None:
    held = snapshot(store)
    before = changes.latest(held)
    with transaction(writer, "test"):
        writer.execute("UPDATE plan SET title = 'other', version = 2")
    assert changes.latest(held) == before
    assert changes.latest(reader(store))[0] == before[0] + 1
    held.close()


def test_a_failed_write_leaves_nothing(writer: sqlite3.Connection) -> None:
    before = changes.latest(writer)

    def fail() -> None:
        with transaction(writer, "test"):
            writer.execute("UPDATE plan SET title = 'other'")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert changes.latest(writer) == before
    assert not writer.in_transaction


def test_a_write_outside_a_transaction_has_no_author_and_fails(writer: sqlite3.Connection) -> None:
    with transaction(writer, "test"):
        writer.execute("UPDATE plan SET title = 'other'")
    with pytest.raises(sqlite3.OperationalError, match="user-defined function raised exception"):
        writer.execute("UPDATE plan SET title = 'another'")


def test_a_change_is_recorded_under_its_author_and_moment(writer: sqlite3.Connection) -> None:
    with transaction(writer, "an editor", at="2099-01-01T00:00:00.000000Z"):
        writer.execute("UPDATE plan SET title = 'other'")
    last = writer.execute("SELECT at, actor FROM change ORDER BY seq DESC").fetchone()
    assert last == ("2099-01-01T00:00:00.000000Z", "an editor")


def test_the_moments_of_changes_never_go_back(writer: sqlite3.Connection) -> None:
    for at in ("2099-01-01T00:00:00.000000Z", ""):
        with transaction(writer, "test", at=at):
            writer.execute("UPDATE plan SET title = 'other'")
    assert changes.latest(writer)[1] == "2099-01-01T00:00:00.000000Z"


def test_concurrent_writers_wait_for_each_other(store: Path) -> None:
    def write() -> None:
        own = open_writer(store)
        for _ in range(10):
            with transaction(own, "test"):
                own.execute("SELECT version FROM plan").fetchone()
                own.execute("UPDATE plan SET version = version + 1")
        own.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reader(store).execute("SELECT version FROM plan").fetchone() == (41,)


def test_an_empty_store_has_no_last_change(empty: sqlite3.Connection) -> None:
    assert changes.latest(empty) == (0, None)


def test_a_watched_store_is_in_another_state_after_every_commit(store: Path, writer: sqlite3.Connection) -> None:
    state = watch(store)
    seen = [state()]
    for number in range(30):
        with transaction(writer, "test"):
            writer.execute("UPDATE plan SET title = 'other'")
        if number % 10 == 0:
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        seen.append(state())
    assert len(set(seen)) == 31


def test_a_watched_store_stays_in_its_state_until_a_commit(store: Path, writer: sqlite3.Connection) -> None:
    state = watch(store)
    before = state()
    with pytest.raises(sqlite3.IntegrityError), transaction(writer, "test"):
        writer.execute("UPDATE plan SET version = 0")
    changes.latest(reader(store))
    assert state() == before


def test_a_watched_store_is_seen_to_change_by_another_process(store: Path) -> None:
    state = watch(store)
    before = state()
    subprocess.run([sys.executable, "-c", WRITE, str(store)], check=True)
    assert state() != before


WRITE = """
import sys, pathlib
from db.connection import open_writer, transaction
writer = open_writer(pathlib.Path(sys.argv[1]))
with transaction(writer, "test"):
    writer.execute("UPDATE plan SET title = 'other'")
writer.close()
"""


LOCKED = """
import fcntl, sys
with open(sys.argv[1] + "-shm", "r+b") as file:
    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 128)  # what SQLite holds while it uses the index
"""


def test_who_watches_keeps_the_locks_that_say_that_the_index_is_in_use(store: Path) -> None:
    command = [sys.executable, "-c", LOCKED, str(store)]
    state = watch(store)
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "BlockingIOError" in refused.stderr, "another process would take the index for one left behind, and empty it"
    assert state()
    del state
    assert (
        not subprocess.run(command, capture_output=True, check=False).returncode
        or not store.with_name(f"{store.name}-shm").exists()
    )
