"""A full disk: what has no room is refused as a whole, reading goes on, and once there is room so does writing."""

import sqlite3
from collections.abc import Callable
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from db import connection
from db.upkeep import integrity
from tests.api import transport
from tests.api.editor import INDICATOR, NEW_MILESTONE, PLAN, SECTION, Editor, dump

LONG = "长" * 2000


@pytest.fixture(autouse=True)
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the service write through one connection."""
    monkeypatch.setattr(transport, "THREADS", 1)


@contextmanager
def full(app: Flask, store: Path) -> Any:
    """Let the store grow by no page more, where the service writes."""

    def allow(pages: int) -> None:
        writer = connection.writer(store)
        writer.execute(f"PRAGMA max_page_count = {pages or writer.execute('PRAGMA page_count').fetchone()[0]}")

    transport.threads(app).submit(allow, 0).result()
    try:
        yield
    finally:
        transport.threads(app).submit(allow, 1_000_000).result()


def values(period: str) -> dict[str, Any]:
    one = {"indicator_id": INDICATOR, "time_period": period, "value": 1, "note": LONG}
    many = [(f"{SECTION}.{number:02}", f"2021-{month:02}") for number in range(1, 6) for month in range(1, 11)]
    return {"data": [one, *({**one, "indicator_id": key, "time_period": month} for key, month in many)]}


Write = Callable[[Editor, str], TestResponse]
WRITES: dict[str, Write] = {
    "post": lambda editor, key: editor.post("/v1/observations/batch", values("2021-Q1"), Idempotency_Key=key),
    "patch": lambda editor, key: editor.patch(
        f"/v1/indicators/{INDICATOR}",
        {"departments": [f"{number}{'部' * 90}" for number in range(50)]},
        Idempotency_Key=key,
    ),
    "put": lambda editor, key: editor.put(f"/v1/plans/{PLAN}/document", larger(editor), Idempotency_Key=key),
}


def larger(editor: Editor) -> Any:
    document = editor.get(f"/v1/plans/{PLAN}/document")
    held = [section for section in document["sections"] if ".a" not in section["id"]]
    more = [{"id": f"{PLAN}.a{number}", "number": f"{100 + number}", "title": "章" * 300} for number in range(100)]
    return document | {"sections": [*held, *more]}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_full_store_refuses_the_change_and_reads_on(app: Flask, editor: Editor, store: Path, write: Write) -> None:
    before = dump(store)
    with full(app, store):
        for _ in range(2):
            answer = write(editor, "a")
            assert answer.status_code == 507
            assert answer.get_json()["type"].endswith("/insufficient-storage")
            assert editor.client.get("/v1/indicators?limit=1000").status_code == 200
    assert dump(store) == before
    with closing(connection.open_writer(store)) as opened:
        assert list(integrity.faults(opened)) == []
    first = write(editor, "a")  # room again: the key was not used up
    assert first.status_code < 300
    assert write(editor, "a").get_data() == first.get_data()
    with closing(connection.open_writer(store)) as opened:
        count, last = opened.execute("SELECT count(*), max(seq) FROM change").fetchone()
        assert count == last > 133


def test_a_store_filled_to_the_last_page_by_many_small_writes_has_each_of_them_whole(
    app: Flask, editor: Editor, store: Path
) -> None:
    taken = []
    with full(app, store):
        for number in range(400):
            answer = editor.post("/v1/milestones", NEW_MILESTONE | {"name": f"第{number}个", "name_en": "x" * 300})
            if answer.status_code != 201:
                break
            taken.append(answer.get_json()["id"])
        assert answer.status_code == 507
    held = {item["id"] for item in editor.get(f"/v1/milestones?section={SECTION}&limit=1000")["data"]}
    assert set(taken) <= held
    assert len(held) == len(taken) + 3
    assert editor.post("/v1/milestones", NEW_MILESTONE).status_code == 201


def test_a_file_that_may_not_grow_is_a_problem_too(app: Flask, store: Path) -> None:
    def write() -> dict[str, str]:
        raise sqlite3.OperationalError("disk I/O error")

    app.add_url_rule("/fill", view_func=write)
    assert app.test_client().get("/fill").status_code == 503
