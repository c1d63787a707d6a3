"""Webhooks over HTTP: made, changed and deleted by admins; what became of their messages; nothing secret is shown."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.front import log
from api.settings import Settings, SettingsError, read
from db import connection
from db.clients import deliveries, webhooks
from db.clients.deliveries import Delivery, Position
from db.log import changes
from schema.answers.target import networks
from schema.answers.webhook import KINDS, STATUSES, WEBHOOKS_MOST, WebhookSchema
from tests.api.contract import ContractClient
from tests.api.editor import PLAN, Editor, dump, faults
from tests.conftest import WEBHOOK

URL = f"/v1/webhooks/{WEBHOOK}"
NEW = {"url": "https://receiver.example/hooks?a=b", "plans": [PLAN], "resources": ["indicator"], "description": "看板"}
DONE = Delivery("5f2c0a1b-7", "change", "delivered", 1, 204, None, "2026-11-23T08:00:00.000000Z", None, None, 1)


@pytest.fixture
def admin(editor: Editor) -> Callable[..., Any]:
    """Get something with the editor's key."""
    return lambda url, **more: editor.client.get(url, headers={**editor.headers, **more})


def test_a_webhook_is_made_and_its_secret_shown_once(editor: Editor, admin: Any, writer: sqlite3.Connection) -> None:
    made = editor.post("/v1/webhooks", NEW)
    assert made.status_code == 201
    body = made.get_json()
    secret = body.pop("secret")
    assert webhooks.secret(writer, body["id"]).decode() == secret
    assert made.headers["Location"] == f"http://localhost/v1/webhooks/{body['id']}"
    assert made.headers["Cache-Control"] == "no-store"
    assert {name: body[name] for name in NEW} == NEW
    assert (body["state"], body["version"], body["reason"], body["failing_since"]) == ("active", 1, None, None)
    assert body["since"] == body["cursor"] == changes.position(writer)
    assert body["created_by"].startswith("key ")
    got = admin(f"/v1/webhooks/{body['id']}")
    assert got.get_json() == body
    assert got.headers["ETag"] == made.headers["ETag"]
    assert got.headers["Cache-Control"] == "private, no-cache"
    assert admin(f"/v1/webhooks/{body['id']}", If_None_Match="x").status_code == 200
    assert [each["id"] for each in admin("/v1/webhooks").get_json()["data"]] == [WEBHOOK, body["id"]]
    for url in ("/v1/webhooks", f"/v1/webhooks/{body['id']}", f"/v1/webhooks/{body['id']}/deliveries"):
        assert secret not in admin(url).get_data(as_text=True)


def test_reading_webhooks_is_for_admins_of_everything(client: ContractClient, grant: Any) -> None:
    for url in ("/v1/webhooks", URL, f"{URL}/deliveries"):
        assert client.get(url).status_code == 401
        for lesser in ("read", "report", "edit", f"admin plan:{PLAN}"):
            assert client.get(url, headers=grant(lesser)).status_code == 403
        assert client.get(url, headers=grant("admin")).status_code == 200
    assert set(client.options(URL).headers["Allow"].split(", ")) == {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH"}
    assert client.put(URL).status_code == 405
    assert client.get("/v1/webhooks/none", headers=grant("admin")).status_code == 404
    assert client.get("/v1/webhooks/none/deliveries", headers=grant("admin")).status_code == 404
    assert client.get("/v1/webhooks?limit=1", headers=grant("admin")).status_code == 400
    assert client.get("/v1/webhooks", headers=grant("admin") | {"Accept": "text/csv"}).status_code == 406


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "url"),
        ({"url": None}, "url"),
        ({"url": "receiver.example"}, "url"),
        ({"url": "http://127.0.0.1/"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data"}, "url"),
        ({"url": "https://[::ffff:127.0.0.1]/"}, "url"),
        ({"url": "https://localhost/"}, "url"),
        ({"url": "https://user:secret@receiver.example/"}, "url"),
        ({"url": "https://receiver.example/" + "a" * 2000}, "url"),
        (NEW | {"plans": ["A B"]}, "plans.0"),
        (NEW | {"plans": [PLAN, "nope"]}, "plans.1"),
        ({"url": "http://example..com/"}, "url"),
        ({"url": "http://256.1.1.1/"}, "url"),
        (NEW | {"resources": ["department"]}, "resources.0"),
        (NEW | {"state": "disabled"}, "state"),
        (NEW | {"secret": "whsec_x"}, "secret"),
        (NEW | {"version": 1}, "version"),
        (NEW | {"since": "00000000-1"}, "since"),
        (NEW | {"since": "x"}, "since"),
    ],
)
def test_what_is_wrong_with_a_new_one_is_named(editor: Editor, store: Path, body: Any, field: str) -> None:
    before = dump(store)
    assert faults(editor.post("/v1/webhooks", body)).keys() == {field}
    assert dump(store) == before


def test_it_may_begin_where_a_first_copy_was_true(editor: Editor, writer: sqlite3.Connection) -> None:
    feed = changes.feed(writer)
    for number, status in ((0, 201), (feed.latest, 201), (feed.latest + 1, 422)):
        assert editor.post("/v1/webhooks", NEW | {"since": f"{feed.lineage}-{number}"}).status_code == status
    with connection.transaction(writer, "test"):
        changes.prune(writer, connection.now())
    found = editor.post("/v1/webhooks", NEW | {"since": f"{feed.lineage}-0"})
    assert faults(found) == {"since": "Must be a cursor of this store, and not older than its oldest change."}


def test_nothing_is_made_by_a_dry_run(editor: Editor, store: Path) -> None:
    before = dump(store)
    assert editor.post("/v1/webhooks?validate_only=true", NEW).status_code == 200
    assert editor.patch(f"{URL}?validate_only=true", {"state": "paused"}).status_code == 200
    assert editor.delete(f"{URL}?validate_only=true").status_code == 204
    assert editor.post(f"{URL}/deliveries?validate_only=true", {}).status_code == 200
    assert dump(store) == before
    with deliveries.opened(store) as told:
        assert deliveries.select(told, WEBHOOK, (), None, 10) == []


def test_a_dry_run_shows_no_secret_that_nothing_will_be_signed_with(editor: Editor) -> None:
    assert editor.post("/v1/webhooks?validate_only=true", NEW).get_json()["secret"] is None
    assert editor.post("/v1/webhooks", NEW).get_json()["secret"].startswith("whsec_")


def test_a_plan_that_is_gone_may_stay_but_none_is_added(editor: Editor, writer: sqlite3.Connection) -> None:
    with connection.transaction(writer, "test"):
        found = webhooks.get(writer, WEBHOOK)
        assert found is not None
        webhooks.update(writer, found._replace(plans=["gone-2020"]))
    assert editor.patch(URL, {"state": "paused"}).get_json()["plans"] == ["gone-2020"]
    found_wrong = faults(editor.patch(URL, {"plans": ["gone-2020", PLAN, "nope"]}))
    assert found_wrong == {"plans.2": "Must be the id of a plan."}


def test_there_are_only_so_many(editor: Editor, writer: sqlite3.Connection) -> None:
    with connection.transaction(writer, "test"):
        for _ in range(WEBHOOKS_MOST - 1):
            webhooks.insert(writer, {"url": "https://a.example", "since": "5f2c0a1b-0"})
    assert editor.post("/v1/webhooks", NEW).status_code == 409


def test_a_request_sent_again_makes_no_second_one(editor: Editor, admin: Any) -> None:
    first, again = (editor.post("/v1/webhooks", NEW, Idempotency_Key="a") for _ in range(2))
    assert first.get_data() == again.get_data()
    assert len(admin("/v1/webhooks").get_json()["data"]) == 2


def test_it_is_changed_in_part(editor: Editor, admin: Any) -> None:
    tag = admin(URL).headers["ETag"]
    answer = editor.patch(URL, {"state": "paused", "plans": [PLAN], "description": None}, If_Match=tag)
    body = answer.get_json()
    assert (body["state"], body["plans"], body["version"], body["url"]) == (
        "paused",
        [PLAN],
        2,
        "https://receiver.example/",
    )
    assert "secret" not in body
    assert admin(URL).headers["ETag"] == answer.headers["ETag"]
    assert faults(editor.patch(URL, {"state": "active"}, If_Match=tag), 412)
    assert faults(editor.patch(URL, {"url": "http://10.0.0.1/", "x": 1})).keys() == {"url", "x"}
    assert faults(editor.patch(URL, {"url": None})).keys() == {"url"}
    assert faults(editor.patch(URL, [])).keys() == {"body"}
    assert editor.patch("/v1/webhooks/none", {}).status_code == 404


def test_one_that_was_disabled_is_made_active_again(editor: Editor, writer: sqlite3.Connection, admin: Any) -> None:
    with connection.transaction(writer, "deliver"):
        found = webhooks.get(writer, WEBHOOK)
        assert found is not None
        webhooks.update(writer, found._replace(state="disabled", reason="The receiver answered 410 Gone."))
    assert admin(URL).get_json()["reason"] == "The receiver answered 410 Gone."
    body = editor.patch(URL, {"description": "still"}).get_json()
    assert (body["state"], body["reason"]) == ("disabled", "The receiver answered 410 Gone.")
    body = editor.patch(URL, {"state": "active"}).get_json()
    assert (body["state"], body["reason"]) == ("active", None)


def test_it_is_deleted_with_what_was_told(editor: Editor, store: Path, admin: Any) -> None:
    with deliveries.opened(store) as told:
        deliveries.record(told, WEBHOOK, DONE, Position(DONE.id, None))
        assert editor.delete(URL).status_code == 204
        assert deliveries.position(told, WEBHOOK) is None
    assert admin(URL).status_code == 404
    assert editor.delete(URL).status_code == 404


def test_how_far_it_has_come_is_shown(store: Path, admin: Any) -> None:
    assert admin(f"{URL}/deliveries").get_json() == {"data": [], "next": None}
    before = admin(URL)
    with deliveries.opened(store) as told:
        deliveries.record(told, WEBHOOK, DONE, Position(DONE.id, "2026-11-23T09:00:00.000000Z"))
    after = admin(URL)
    assert after.get_json()["cursor"] == DONE.id
    assert after.get_json()["failing_since"] == "2026-11-23T09:00:00.000000Z"
    assert before.headers["ETag"] != after.headers["ETag"]


def test_messages_are_listed_newest_first_page_by_page(store: Path, admin: Any) -> None:
    with deliveries.opened(store) as told:
        for number, status in enumerate(STATUSES * 2):
            due = 1_800_000_000.5 if status == "retrying" else None
            deliveries.record(told, WEBHOOK, DONE._replace(id=f"5f2c0a1b-{number}", status=status, due=due))
    url, seen = f"{URL}/deliveries?limit=3", []
    while url:
        page = admin(url).get_json()
        seen += [each["id"] for each in page["data"]]
        url = page["next"]
    assert seen == [f"5f2c0a1b-{number}" for number in reversed(range(8))]
    found = admin(f"{URL}/deliveries?status=retrying,dead").get_json()["data"]
    assert [each["status"] for each in found] == ["dead", "retrying", "dead", "retrying"]
    assert found[1]["next_attempt_at"] == "2027-01-15T08:00:00.500000Z"
    assert found[0]["next_attempt_at"] is None
    for wrong in ("status=lost", "after=x", "limit=0", "kind=ping"):
        assert admin(f"{URL}/deliveries?{wrong}").status_code == 400


def test_a_test_message_is_asked_for(editor: Editor, store: Path) -> None:
    answer = editor.post(f"{URL}/deliveries", {})
    assert answer.status_code == 201
    body = answer.get_json()
    assert (body["kind"], body["status"], body["attempts"]) == ("ping", "queued", 0)
    assert answer.headers["Location"] == f"http://localhost{URL}/deliveries"
    with deliveries.opened(store) as told:
        assert deliveries.get(told, WEBHOOK, body["id"]) is not None


@pytest.mark.parametrize(("status", "become"), [("delivered", "queued"), ("dead", "queued"), ("retrying", "retrying")])
def test_a_message_is_asked_for_once_more(editor: Editor, store: Path, status: str, become: str) -> None:
    with deliveries.opened(store) as told:
        deliveries.record(told, WEBHOOK, DONE._replace(status=status, due=9e9))
        answer = editor.post(f"{URL}/deliveries", {"id": DONE.id})
        assert (answer.status_code, answer.get_json()["status"]) == (201, become)
        found = deliveries.get(told, WEBHOOK, DONE.id)
    assert found is not None
    assert found.status == become
    assert (found.due == 0) is (status == "retrying")


def test_a_message_that_is_not_known_cannot_be_asked_for(editor: Editor) -> None:
    assert faults(editor.post(f"{URL}/deliveries", {"id": "none"})).keys() == {"id"}
    assert faults(editor.post(f"{URL}/deliveries", {"id": 1, "x": 2})).keys() == {"id", "x"}
    assert editor.post("/v1/webhooks/none/deliveries", {}).status_code == 404


def test_a_node_that_only_reads_refuses_and_shows_them(settings: Settings, editor: Editor) -> None:
    client = create_app(replace(settings, read_only=True)).test_client()
    for method, url in (("POST", "/v1/webhooks"), ("PATCH", URL), ("DELETE", URL), ("POST", f"{URL}/deliveries")):
        answer = client.open(url, method=method, json={}, headers=editor.headers)
        assert answer.status_code == 403
        assert "This node is read-only" in answer.get_json()["detail"]


def test_the_operator_may_allow_other_networks(settings: Settings, editor: Editor) -> None:
    assert read({"PLAN_WEBHOOK_PRIVATE": "10.1.0.0/16"}).webhook_networks == networks("10.1.0.0/16")
    with pytest.raises(SettingsError, match="PLAN_WEBHOOK_PRIVATE must list networks"):
        read({"PLAN_WEBHOOK_PRIVATE": "1"})
    own = replace(settings, webhook_networks=networks("10.1.0.0/16"))
    client = create_app(own).test_client()
    for host, status in (("10.1.2.3", 201), ("receiver.internal", 201), ("10.2.0.1", 422)):
        answer = client.post("/v1/webhooks", json={"url": f"http://{host}/"}, headers=editor.headers)
        assert answer.status_code == status, host
    assert answer.get_json()["errors"][0]["allowed"] == ["a public address", "10.1.0.0/16"]


def test_what_is_done_to_webhooks_is_audited(settings: Settings, tmp_path: Path, editor: Editor) -> None:
    path = tmp_path / "audit.log"
    client = create_app(replace(settings, audit=path)).test_client()
    try:
        headers = {**editor.headers, "If-Match": "*", "X-Request-Id": "r-1"}
        key = client.post("/v1/webhooks", json=NEW, headers=headers).get_json()["id"]
        client.patch(f"/v1/webhooks/{key}", json={"state": "paused"}, headers=headers)
        client.post("/v1/webhooks?validate_only=true", json=NEW, headers=headers)
        client.delete(f"/v1/webhooks/{key}", headers=headers)
    finally:
        log.audit(None)
    lines = list(map(json.loads, path.read_text("utf-8").splitlines()))
    assert [(line["request_id"], line["first"], line["last"]) for line in lines] == [("r-1", None, None)] * 3
    assert [line["changes"] for line in lines] == [
        [{"operation": operation, "resource": "webhook", "id": key, "version": version}]
        for version, operation in enumerate(("create", "update", "delete"), 1)
    ]
    assert "whsec_" not in path.read_text()


def test_webhooks_are_no_part_of_what_followers_see(editor: Editor, writer: sqlite3.Connection) -> None:
    before = changes.position(writer)
    assert editor.post("/v1/webhooks", NEW).status_code == 201
    assert changes.position(writer) == before


def test_the_words_of_the_contract_are_those_of_the_store(store: Path) -> None:
    with deliveries.opened(store) as told:
        sql = told.execute("SELECT sql FROM sqlite_master WHERE name = 'delivery'").fetchone()[0]
    for words in (KINDS, STATUSES):
        assert "IN (" + ", ".join(f"'{word}'" for word in words) + ")" in sql
    assert deliveries.STATUSES == STATUSES
    assert set(webhooks.Webhook._fields) | set(Position._fields) == set(WebhookSchema().fields)
