"""What all writes do alike: bodies, preconditions, repeated requests, a busy store."""

import gzip
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask

from db import connection
from db.clients import claims
from schema.bodies import BODY_BYTES
from tests.api.editor import DEADLINE, INDICATOR, MILESTONE, NEW_INDICATOR, PLAN, SECTION, Editor, dump, faults
from tests.api.test_access import writes

DATE = {"plan_id": PLAN, "due_on": "2021-06-30", "precision": "month", "label": "6月底前"}
WITH_BODY = {"POST", "PUT", "PATCH"}


def test_every_write_refuses_other_media_types(app: Any, editor: Editor) -> None:
    for method, url, _ in writes(app):
        if method in WITH_BODY:
            for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
                headers = {**editor.headers, "If-Match": "*", "Content-Type": kind}
                found = faults(editor.client.open(url, method=method, data=b"{}", headers=headers), 415)
                assert found.keys() == {"Content-Type"}, (method, url)


def test_every_write_refuses_a_body_that_is_coded_or_of_another_charset(app: Any, editor: Editor, store: Path) -> None:
    before = dump(store)
    for method, url, _ in writes(app):
        if method in WITH_BODY:
            headers = {**editor.headers, "If-Match": "*", "Content-Type": "application/json"}
            for coding in ("gzip", "br", "identity, gzip", "GZIP", "x"):
                more = {**headers, "Content-Encoding": coding}
                answer = editor.client.open(url, method=method, data=gzip.compress(b"{}"), headers=more)
                assert faults(answer, 415).keys() == {"Content-Encoding"}, (method, url, coding)
                assert answer.headers["Accept-Encoding"] == "identity"
            for charset in ("gbk", "utf-16", '"GB18030"', "latin1"):
                more = {**headers, "Content-Type": f"application/json; charset={charset}"}
                answer = editor.client.open(url, method=method, data=b"{}", headers=more)
                assert faults(answer, 415).keys() == {"Content-Type"}, (method, url, charset)
                assert "Accept-Encoding" not in answer.headers
    assert dump(store) == before


@pytest.mark.parametrize(
    "more",
    [
        {"Content-Encoding": "identity"},
        {"Content-Encoding": "Identity"},
        {"Content-Encoding": ""},
        {"Content-Type": "application/json; charset=UTF-8"},
        {"Content-Type": 'application/json;charset="utf-8"'},
        {"Content-Type": "application/json; charset=utf8"},
    ],
)
def test_what_says_that_it_is_plain_json_in_utf_8_is_taken(editor: Editor, more: dict[str, str]) -> None:
    headers = {**editor.headers, "Content-Type": "application/json", **more}
    assert editor.client.post("/v1/deadlines", data=json.dumps(DATE), headers=headers).status_code == 201


MALFORMED = [
    b"",
    b"{",
    b"\xff\xfe",
    b'{"a": NaN}',
    b'{"a": -Infinity}',
    b'{"a": 1, "a": 2}',
    b"[" * 100_000,
    b'{"a": 1e9999999999999999999999}',
    b"1" * 5000,
]


@pytest.mark.parametrize("body", MALFORMED)
def test_every_write_refuses_what_is_no_json(app: Any, editor: Editor, body: bytes) -> None:
    for method, url, _ in writes(app):
        if method in WITH_BODY:
            headers = {**editor.headers, "If-Match": "*", "Content-Type": "application/json"}
            found = faults(editor.client.open(url, method=method, data=body, headers=headers), 400)
            assert found.keys() == {"body"}, (method, url)


def test_a_body_that_is_too_large_is_refused_with_the_limit(app: Any, editor: Editor) -> None:
    for method, url, _ in writes(app):
        if method in {"POST", "PATCH"}:
            headers = {**editor.headers, "If-Match": "*", "Content-Type": "application/json"}
            answer = editor.client.open(url, method=method, data=b" " * (BODY_BYTES + 1), headers=headers)
            assert faults(answer, 413).keys() == {"body"}
            assert answer.get_json()["errors"][0]["allowed"] == [f"at most {BODY_BYTES} bytes"]


def test_a_body_that_ends_early_is_refused_and_writes_nothing(app: Flask, editor: Editor) -> None:
    url = f"/v1/sections/{SECTION}"
    before = editor.client.get(url).data
    headers = {**editor.headers, "If-Match": "*", "Content-Type": "application/json"}
    short = {"CONTENT_LENGTH": "99"}
    with app.test_request_context(url, method="PATCH", data=b"{}", headers=headers, environ_overrides=short):
        answer = app.full_dispatch_request()
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["detail"] == "Ended early, or came too slowly."
    assert editor.client.get(url).data == before


def test_text_is_refused_where_it_cannot_be_stored(editor: Editor) -> None:
    body = b'{"title": "\\ud800", "\\ud800": 1}'
    headers = {**editor.headers, "If-Match": "*", "Content-Type": "application/json"}
    found = faults(editor.client.patch(f"/v1/sections/{SECTION}", data=body, headers=headers))
    assert found == {"title": "Must not contain half of a surrogate pair.", "?": "Is not a known member."}


def test_a_write_refuses_who_takes_no_json_and_what_it_does_not_know(editor: Editor) -> None:
    assert faults(editor.post("/v1/deadlines", DATE, Accept="image/png"), 406).keys() == {"Accept"}
    assert faults(editor.post("/v1/deadlines?validate=true", DATE), 400).keys() == {"validate"}


def test_every_change_names_the_state_it_was_made_for(app: Any, editor: Editor, store: Path) -> None:
    before = dump(store)
    for method, url, _ in writes(app):
        if method != "POST":
            headers = {**editor.headers, "Content-Type": "application/json"}
            body = json.dumps({"label": "x"}).encode() if method != "DELETE" else b""
            answer = editor.client.open(url, method=method, data=body, headers=headers)
            assert faults(answer, 428).keys() == {"If-Match"}, (method, url)
            for tag in ('"x"', 'W/"x"', '""', 'W/""', '"x", ""', ' ,"x" ,, W/"y",', '"a,b"'):
                stale = editor.client.open(url, method=method, data=body, headers={**headers, "If-Match": tag})
                assert faults(stale, 412).keys() == {"If-Match"}, (method, url, tag)
            for tag in (
                "",
                " ",
                ",",
                "x",
                '*, "x"',
                '"x", *',
                "**",
                '"x" "y"',
                '"x',
                "W/x",
                'w/"x"',
                '"x"y',
                '"a b"',
                '"a, b"',
            ):
                unread = editor.client.open(url, method=method, data=body, headers={**headers, "If-Match": tag})
                assert faults(unread, 400) == {"If-Match": "Must be ETags with their quotes, or *."}, (url, tag)
    assert dump(store) == before


def test_a_weak_validator_never_matches_and_is_told_why(editor: Editor) -> None:
    url = f"/v1/indicators/{INDICATOR}"
    tag = editor.client.get(url).headers["ETag"]
    answer = editor.patch(url, {"name": "新名"}, If_Match=f"W/{tag}")
    assert faults(answer, 412)["If-Match"].startswith("Must be a strong ETag")
    assert "has been changed" not in answer.get_data(as_text=True)
    assert editor.patch(url, {"name": "新名"}, If_Match=f"W/{tag}, {tag}").status_code == 200


@pytest.mark.parametrize("query", ["", "?status_at=2021-06-30", "?fields=name", "?include=section"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_any_validator_of_the_present_state_will_do(editor: Editor, query: str, coding: str) -> None:
    url = f"/v1/indicators/{INDICATOR}"
    tag = editor.client.get(url + query, headers={"Accept-Encoding": coding}).headers["ETag"]
    assert editor.patch(url, {"name": "新名"}, If_Match=f'"x", {tag}').status_code == 200
    assert faults(editor.patch(url, {"name": "别名"}, If_Match=tag), 412)


def test_the_validator_of_an_answer_serves_for_the_next_change(editor: Editor) -> None:
    url = f"/v1/indicators/{INDICATOR}"
    first = editor.patch(url, {"name": "一"}, If_Match=editor.client.get(url).headers["ETag"])
    second = editor.patch(url, {"name": "二"}, If_Match=first.headers["ETag"])
    assert second.get_json()["version"] == 3
    assert editor.client.get(url).headers["ETag"] == second.headers["ETag"]


def test_the_validator_of_another_item_will_not_do(editor: Editor) -> None:
    tag = editor.client.get(f"/v1/indicators/{SECTION}.02").headers["ETag"]
    assert faults(editor.patch(f"/v1/indicators/{INDICATOR}", {"name": "a"}, If_Match=tag), 412)


def test_a_document_compressed_has_a_validator_that_serves_too(editor: Editor) -> None:
    url = f"/v1/plans/{PLAN}/document"
    answer = editor.client.get(url, headers={"Accept-Encoding": "gzip"})
    body = json.loads(gzip.decompress(answer.get_data()))
    assert editor.put(url, body, If_Match=answer.headers["ETag"]).status_code == 200


def test_a_request_sent_again_is_answered_again_and_not_carried_out_again(editor: Editor, store: Path) -> None:
    first = editor.post("/v1/indicators", NEW_INDICATOR, Idempotency_Key='"a-1"')
    before = dump(store)
    for key in ('"a-1"', "a-1"):
        again = editor.post("/v1/indicators", NEW_INDICATOR, Idempotency_Key=key)
        assert again.status_code == 201
        assert again.get_data() == first.get_data()
        for name in ("ETag", "Location", "Content-Type"):
            assert again.headers[name] == first.headers[name]
    assert dump(store) == before


def test_a_key_belongs_to_one_request_of_one_caller(editor: Editor, grant: Callable[..., Any]) -> None:
    assert editor.post("/v1/deadlines", DATE, Idempotency_Key="a").status_code == 201
    other = DATE | {"due_on": "2021-09-30"}
    assert faults(editor.post("/v1/deadlines", other, Idempotency_Key="a"), 422).keys() == {"Idempotency-Key"}
    else_ = Editor(editor.client, grant("edit"))
    assert else_.post("/v1/deadlines", other, Idempotency_Key="a").status_code == 201


def test_a_request_that_was_refused_may_be_mended_under_its_key(editor: Editor) -> None:
    bad = DATE | {"due_on": "2020-06-30"}
    assert faults(editor.post("/v1/deadlines", bad, Idempotency_Key="a"))
    assert editor.post("/v1/deadlines", DATE, Idempotency_Key="a").status_code == 201


def test_a_request_still_being_worked_on_is_not_begun_again(editor: Editor, store: Path) -> None:
    owner = editor.headers["Authorization"].split("_")[1]
    with claims.claim(store, f"{owner} a"):
        answer = editor.post("/v1/deadlines", DATE, Idempotency_Key="a")
        assert faults(answer, 409) == {"Idempotency-Key": "The first request with this key is still in progress."}
        assert answer.headers["Retry-After"] == "1"
        other = DATE | {"label": "上半年"}
        assert editor.post("/v1/deadlines", other, Idempotency_Key="b").status_code == 201
    assert editor.post("/v1/deadlines", DATE, Idempotency_Key="a").get_json()["id"] == f"{PLAN}.due-2021-06-30-2"


def test_a_request_that_another_process_works_on_is_not_begun_again_until_that_ends(
    editor: Editor, store: Path
) -> None:
    owner = editor.headers["Authorization"].split("_")[1]
    hold = (
        "import sys, time; from pathlib import Path; from db.clients.claims import claim\n"
        "with claim(Path(sys.argv[1]), sys.argv[2]): print(flush=True); time.sleep(60)"
    )
    other = subprocess.Popen([sys.executable, "-c", hold, str(store), f"{owner} a"], stdout=subprocess.PIPE)
    assert other.stdout
    other.stdout.readline()
    assert editor.post("/v1/deadlines", DATE, Idempotency_Key="a").status_code == 409
    other.kill()
    other.wait()
    other.stdout.close()
    assert editor.post("/v1/deadlines", DATE, Idempotency_Key="a").status_code == 201


def test_every_write_sent_again_is_answered_again(editor: Editor, store: Path) -> None:
    url = f"/v1/milestones/{MILESTONE}"
    tag = editor.client.get(url).headers["ETag"]
    sent: list[Callable[[], Any]] = [
        lambda: editor.patch(url, {"name": "新名"}, If_Match=tag, Idempotency_Key="a"),
        lambda: editor.delete(url, Idempotency_Key="b"),
        lambda: editor.put(f"/v1/plans/{PLAN}/document", document, Idempotency_Key="c"),
    ]
    document = editor.get(f"/v1/plans/{PLAN}/document")
    for send in sent:
        first, before = send(), dump(store)
        assert first.status_code < 300
        again = send()
        assert (again.status_code, again.get_data()) == (first.status_code, first.get_data())
        assert again.headers.get("ETag") == first.headers.get("ETag")
        assert dump(store) == before
    assert faults(editor.patch(url, {"name": "别名"}, Idempotency_Key="a"), 422).keys() == {"Idempotency-Key"}


def test_an_answer_is_given_again_where_the_store_takes_no_change(editor: Editor, store: Path) -> None:
    first = editor.post("/v1/deadlines", DATE, Idempotency_Key="a")
    with connection.open_writer(store) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert editor.post("/v1/deadlines", DATE, Idempotency_Key="a").get_data() == first.get_data()
        holder.execute("ROLLBACK")
    holder.close()


def test_a_dry_run_takes_no_key(editor: Editor) -> None:
    assert editor.post("/v1/deadlines?validate_only=true", DATE, Idempotency_Key="a").status_code == 200
    assert editor.post("/v1/deadlines", DATE, Idempotency_Key="a").status_code == 201


def test_what_is_to_be_created_has_no_state_yet(editor: Editor, store: Path) -> None:
    before = dump(store)
    tag = editor.client.get(f"/v1/deadlines/{DEADLINE}").headers["ETag"]
    for given in (tag, '"x"', f"W/{tag}"):
        assert faults(editor.post("/v1/deadlines", DATE, If_Match=given), 412).keys() == {"If-Match"}
    assert faults(editor.post("/v1/deadlines", DATE, If_Match="x"), 400).keys() == {"If-Match"}
    assert dump(store) == before
    assert editor.post("/v1/deadlines", DATE, If_Match="*").status_code == 201


@pytest.mark.parametrize("levels", [21, 300, 900])
def test_a_patch_nested_without_end_is_refused(editor: Editor, levels: int) -> None:
    body = b'{"a":' * levels + b"1" + b"}" * levels
    headers = {**editor.headers, "If-Match": "*", "Content-Type": "application/json"}
    found = faults(editor.client.patch(f"/v1/sections/{SECTION}", data=body, headers=headers))
    assert found == {"body": "Must not be nested more than 20 levels deep."}


def test_an_answer_is_kept_for_a_day(editor: Editor, store: Path) -> None:
    new = {"plan_id": PLAN, "title": "新"}
    assert editor.post("/v1/sections", new, Idempotency_Key="a").get_json()["id"] == f"{PLAN}.6"
    assert editor.post("/v1/sections", new, Idempotency_Key="a").get_json()["id"] == f"{PLAN}.6"
    with sqlite3.connect(store) as raw:
        raw.execute("UPDATE idempotency SET kept_at = '2020-01-01'")
    assert editor.post("/v1/sections", new, Idempotency_Key="a").get_json()["id"] == f"{PLAN}.7"


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, '"', "é", "a,b", '"a","b"', '"a",b', ","])
def test_a_key_that_is_none_is_refused(editor: Editor, key: str) -> None:
    answer = editor.post("/v1/deadlines", DATE, Idempotency_Key=key.encode().decode("latin1"))
    assert faults(answer, 400).keys() == {"Idempotency-Key"}


def test_the_same_request_sent_at_once_is_carried_out_once(app: Any, editor: Editor, store: Path) -> None:
    seen: list[int] = []

    def send() -> None:
        with app.test_client() as own:
            seen.append(Editor(own, editor.headers).post("/v1/deadlines", DATE, Idempotency_Key="a").status_code)

    threads = [Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {201, 409}
    assert 201 in seen
    with sqlite3.connect(store) as raw:
        assert raw.execute("SELECT count(*) FROM deadline").fetchone() == (2,)


def test_changes_at_once_are_made_one_after_the_other(app: Any, editor: Editor) -> None:
    seen: list[int] = []

    def send(value: int) -> None:
        with app.test_client() as own:
            mine = Editor(own, editor.headers)
            tag = own.get(f"/v1/deadlines/{DEADLINE}").headers["ETag"]
            seen.append(mine.patch(f"/v1/deadlines/{DEADLINE}", {"label": f"{value}"}, If_Match=tag).status_code)

    threads = [Thread(target=send, args=(value,)) for value in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) <= {200, 412}
    assert editor.get(f"/v1/deadlines/{DEADLINE}")["version"] == 1 + seen.count(200)


def test_a_busy_store_is_a_problem_that_says_when_to_try_again(
    editor: Editor, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BUSY_SECONDS", 0.01)
    holder = sqlite3.connect(store)
    holder.execute("BEGIN IMMEDIATE")
    answer = editor.post("/v1/deadlines", DATE)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    holder.close()
    assert editor.post("/v1/deadlines", DATE).status_code == 201
