"""Backups are consistent copies of a live store; restoring checks before it replaces."""

import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from cli import main
from db import connection
from db.connection import StoreError
from db.log import changes
from db.upkeep import backup
from tests.edits import edit


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as opened:
        return [line for line in opened.iterdump() if "feed" not in line]


def names(room: Path) -> set[str]:
    return {path.name for path in room.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def test_a_backup_of_a_store_being_written_is_one_of_its_states(store: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        writer, random = connection.open_writer(store), Random(1)
        while not stop.is_set():
            edit(writer, random)
        writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(5):
            copy = tmp_path / f"{number}.db"
            backup.copy(store, copy)
            with closing(sqlite3.connect(copy)) as opened:
                count, last = opened.execute("SELECT count(*), max(seq) FROM change").fetchone()
            assert count == last >= 133
            assert run("check", copy)[0] == 0
    finally:
        stop.set()
        thread.join()


def test_a_backup_never_overwrites_and_leaves_nothing_half_done(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert run("backup", copy, "--database", store) == (0, f"{copy}: a copy of {store}\n")
    code, output = run("backup", copy, "--database", store)
    assert code == 1
    assert "is there already" in output
    code, output = run("backup", tmp_path / "plans.db" / "x", "--database", store)
    assert code == 1
    assert "Error" in output
    assert names(tmp_path) == {"copy.db", "plans.db"}


def test_a_backup_makes_no_directory(store: Path, tmp_path: Path) -> None:
    code, output = run("backup", tmp_path / "unmounted" / "copy.db", "--database", store)
    assert (code, output) == (1, f"Error: {tmp_path / 'unmounted'} is no directory: make it first\n")
    assert names(tmp_path) == {"plans.db"}


def test_a_store_may_be_restored_where_there_was_none(store: Path, tmp_path: Path) -> None:
    assert run("restore", store, "--database", tmp_path / "new" / "plans.db")[0] == 0
    connection.verify(tmp_path / "new" / "plans.db")


def test_what_is_still_to_come_is_not_forgotten(store: Path) -> None:
    before = dump(store)
    code, output = run("prune", "--before", "2999-01-01", "--database", store)
    assert code == 2
    assert "2999-01-01T00:00:00.000000Z is in the future" in output
    assert dump(store) == before


def test_a_copy_that_turns_out_bad_is_not_kept(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.upkeep.integrity.faults", lambda _: iter([("page 3", "gone")]))
    with pytest.raises(StoreError, match="page 3: gone"):
        backup.copy(store, tmp_path / "copy.db")
    monkeypatch.setattr(connection, "snapshot", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.copy(store, tmp_path / "copy.db")
    assert names(tmp_path) == {"plans.db"}


def test_restoring_brings_back_what_was_and_keeps_what_is(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup.copy(store, copy)
    then = dump(store)
    with closing(connection.open_writer(store)) as writer:
        lineage = changes.feed(writer).lineage
        for _ in range(5):
            edit(writer, Random(3))
    now = dump(store)
    assert now != then
    code, output = run("restore", copy, "--database", store)
    assert code == 0
    assert dump(store) == then
    (aside,) = names(tmp_path) - {"copy.db", "plans.db"}
    assert aside in output
    assert dump(tmp_path / aside) == now
    with closing(connection.open_writer(store)) as writer:
        assert changes.feed(writer).lineage != lineage  # followers of the old store start again
        edit(writer, Random(4))


def test_a_store_can_be_restored_where_there_is_none(store: Path, tmp_path: Path) -> None:
    code, output = run("restore", store, "--database", tmp_path / "new" / "plans.db")
    assert (code, output) == (0, f"{tmp_path / 'new' / 'plans.db'}: restored from {store}\n")
    assert dump(tmp_path / "new" / "plans.db") == dump(store)


def test_a_store_in_use_is_not_replaced(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup.copy(store, copy)
    then = store.stat().st_ino
    with closing(connection.snapshot(store)):
        code, output = run("restore", copy, "--database", store)
    assert code == 1
    assert "is in use" in output
    assert store.stat().st_ino == then
    assert names(tmp_path) == {"copy.db", "plans.db"}


def test_what_is_no_sound_store_is_not_restored(store: Path, tmp_path: Path) -> None:
    then = dump(store)
    damaged, foreign = tmp_path / "damaged.db", tmp_path / "foreign.db"
    shutil.copy(store, damaged)
    with damaged.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 8192)
    foreign.write_text("no store")
    for source in (damaged, foreign, tmp_path / "none.db"):
        assert run("restore", source, "--database", store)[0] == 1, source
        assert dump(store) == then
    assert names(tmp_path) == {"damaged.db", "foreign.db", "plans.db"}


def test_a_damaged_store_is_kept_aside_with_its_log(store: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    backup.copy(store, copy)
    store.write_bytes(b"\0" * 4096)
    (tmp_path / "plans.db-wal").write_bytes(b"log")
    assert run("restore", copy, "--database", store)[0] == 0
    assert dump(store) == dump(copy)
    (aside,) = names(tmp_path) - {"copy.db", "plans.db"}
    assert (tmp_path / f"{aside}-wal").read_bytes() == b"log"


def test_a_store_is_copied_before_it_is_brought_up_to_date(
    store: Path, tmp_path: Path, release: Callable[..., None]
) -> None:
    before = dump(store)
    release(n0001_first=lambda db: db.execute("ALTER TABLE webhook ADD COLUMN one TEXT"))
    code, output = run("init", "--database", store)
    assert code == 0
    kept = next(path for path in tmp_path.iterdir() if ".before-n0001" in path.name)
    assert str(kept) in output
    assert dump(kept) == before
    assert run("check", store)[0] == 0
    assert run("init", "--database", store) == (0, f"{store}: up to date\n")
    assert run("restore", kept, "--database", store)[0] == 0
    assert connection.pending(store)


def test_pruning_forgets_what_led_here_and_nothing_else(store: Path) -> None:
    with closing(connection.open_writer(store)) as writer:
        writer.execute("UPDATE change SET at = '2021-01-01T00:00:00.000000Z'")
    with closing(connection.open_writer(store)) as writer:
        things = writer.execute("SELECT id, version FROM indicator").fetchall()
    assert run("prune", "--before", "2000-01-01", "--database", store)[1].startswith(f"{store}: deleted 0 changes")
    assert run("prune", "--before", "2021-01-01T00:00:01Z", "--database", store)[1].startswith(
        f"{store}: deleted 133 changes"
    )
    with closing(connection.open_writer(store)) as writer:
        assert writer.execute("SELECT id, version FROM indicator").fetchall() == things
        assert changes.feed(writer)[1:] == (133, 133)
        edit(writer, Random(1))
        assert changes.latest(writer)[0] > 133
