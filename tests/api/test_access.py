"""Keys and scopes: every route and method, so that no write is ever forgotten."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.operation import of
from api.request.access import WRITING
from api.settings import Settings
from db import connection
from db.clients import keys
from schema.scope import SCOPES
from tests.api.contract import ContractClient
from tests.api.editor import INDICATOR, PLAN, SECTION, dump, faults
from tests.api.test_http import VALUES, each

Grant = Callable[..., dict[str, str]]


def writes(app: Flask) -> list[tuple[str, str, str]]:
    """List (method, URL, scope) of everything that writes."""
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & WRITING:
            url = adapter.build(rule.endpoint, {name: VALUES[name] for name in rule.arguments}, method=method)
            found.append((method, url, of(app.view_functions[rule.endpoint]).scope))
    return found


def test_every_write_names_its_scope(app: Flask) -> None:
    assert len(writes(app)) == 23
    assert {scope for _, _, scope in writes(app)} <= set(SCOPES) - {"read"}


def test_no_write_passes_without_a_key(app: Flask, client: ContractClient, store: Path) -> None:
    before = dump(store)
    for method, url, _ in writes(app):
        for headers, words in (
            ({}, "Is required."),
            ({"Authorization": "Basic eDp5"}, "Must have the scheme Bearer."),
            ({"Authorization": "Bearer "}, "Must contain a key."),
            ({"Authorization": "Bearer"}, "Must contain a key."),
        ):
            answer = client.open(url, method=method, json={}, headers={"If-Match": "*", **headers})
            assert faults(answer, 401) == {"Authorization": words}, (method, url)
            assert answer.headers["WWW-Authenticate"] == 'Bearer realm="plan-indicators"'
    assert dump(store) == before


def test_no_write_passes_with_what_is_no_key(app: Flask, client: ContractClient, grant: Grant) -> None:
    good = grant("admin")["Authorization"]
    for token in ("Bearer x", "Bearer plan_x_y", good[:-1], good.replace("plan_", "plam_"), f"{good}x"):
        for method, url, _ in writes(app):
            answer = client.open(url, method=method, json={}, headers={"Authorization": token})
            assert answer.status_code == 401, (method, url, token)
            assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_no_write_passes_with_a_lesser_scope(app: Flask, client: ContractClient, grant: Grant, store: Path) -> None:
    held = {scope: grant(scope) for scope in SCOPES}
    before = dump(store)
    for method, url, scope in writes(app):
        for lesser in SCOPES[: SCOPES.index(scope)]:
            answer = client.open(url, method=method, json={}, headers={"If-Match": "*", **held[lesser]})
            assert answer.status_code == 403, (method, url, lesser)
            assert answer.get_json()["errors"][0]["allowed"] == [scope]
            challenge = f'Bearer realm="plan-indicators", error="insufficient_scope", scope="{scope}"'
            assert answer.headers["WWW-Authenticate"] == challenge
            assert f"the scope {scope}" in answer.get_json()["detail"]
    assert dump(store) == before


def test_a_write_within_its_scope_is_not_refused_for_it(app: Flask, client: ContractClient, grant: Grant) -> None:
    for method, url, scope in writes(app):
        key = grant(scope)
        answer = client.open(f"{url}?validate_only=true", method=method, json={}, headers={"If-Match": "*", **key})
        assert answer.status_code not in {401, 403}, (method, url)


def test_no_write_passes_with_a_key_for_another_plan(app: Flask, client: ContractClient, grant: Grant) -> None:
    key = {"If-Match": "*", **grant("admin plan:other-2021")}
    bodies = {
        "/v1/plans": {"id": PLAN},
        "/v1/sections": {"plan_id": PLAN},
        "/v1/deadlines": {"plan_id": PLAN},
        "/v1/indicators": {"section_id": SECTION},
        "/v1/milestones": {"section_id": SECTION},
        "/v1/observations": {"indicator_id": INDICATOR},
        "/v1/observations/batch": {"data": [{"indicator_id": INDICATOR}]},
    }
    for method, url, scope in writes(app):
        if "other" not in url:
            answer = client.open(url, method=method, json=bodies.get(url, {}), headers=key)
            limit = "all plans" if "webhooks" in url else PLAN
            assert f"The key lacks the scope {scope} for {limit}." == faults(answer, 403)["Authorization"], (
                method,
                url,
            )


def test_the_plans_that_a_key_lacks_are_named_and_no_others(
    client: ContractClient, grant: Grant, second: None, store: Path
) -> None:
    key, other = (
        grant(f"report plan:{PLAN}"),
        client.get("/v1/indicators?plan=testcity-2025").get_json()["data"][0]["id"],
    )
    before = dump(store)
    data = [{"indicator_id": indicator, "time_period": "2021-01", "value": 1} for indicator in (INDICATOR, other)]
    answer = client.post("/v1/observations/batch", json={"data": data}, headers=key)
    assert faults(answer, 403) == {"Authorization": "The key lacks the scope report for testcity-2025."}
    assert dump(store) == before


def test_a_key_for_a_plan_writes_that_plan(client: ContractClient, grant: Grant) -> None:
    key = grant(f"report plan:other-2021 plan:{PLAN}")
    url = f"/v1/indicators/{INDICATOR}/observations"
    assert client.post(url, json={"time_period": "2021-Q1", "value": 1}, headers=key).status_code == 201


def test_a_view_that_says_nothing_of_its_scope_is_for_admins(app: Flask, grant: Grant) -> None:
    app.add_url_rule("/forgotten", view_func=lambda: "", methods=["POST"])
    app.test_client_class = FlaskClient
    plain = app.test_client()
    assert plain.post("/forgotten", headers=grant("edit")).status_code == 403
    assert plain.post("/forgotten", headers=grant("admin")).status_code == 200


RECORDED = {"POST": "create", "PATCH": "update", "PUT": "create", "DELETE": "delete"}


def test_every_write_is_recorded_with_who_when_and_what(app: Flask, client: ContractClient, store: Path) -> None:
    with closing(connection.open_writer(store)) as writer:
        key = {"Authorization": f"Bearer {keys.create(writer, '区统计局', ('edit',), None)}"}
    operations = [  # webhooks are no part of a plan: the audit log has them (test_webhooks)
        (method, of(app.view_functions[rule.endpoint]))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & WRITING
        if "webhook" not in rule.rule
    ]
    made: dict[str, str] = {}
    in_order = sorted(operations, key=lambda each: list(RECORDED).index(each[0]))
    for number, (method, known) in enumerate(in_order):
        url = known.example.partition("?")[0]
        collection = url.split("/")[2]
        if method == "DELETE":
            url = made[collection]
        state = {"If-None-Match": "*"} if method == "PUT" else {} if method == "POST" else {"If-Match": "*"}
        body = json.loads(json.dumps(known.sent).replace("2021-Q3", f"2021-{number + 1:02}"))
        since = client.get("/v1/observations").headers["Change-Cursor"]
        began = connection.now()
        answer = client.open(url, method=method, json=body, headers={**key, **state})
        assert answer.status_code < 300, (method, url, answer.get_data(as_text=True))
        made.setdefault(collection, answer.headers.get("Location", "").removeprefix("http://localhost"))
        changes = client.get(f"/v1/changes?since={since}").get_json()["data"]
        assert changes, (method, url)
        for change in changes:
            assert (change["actor"], change["operation"]) == ("区统计局", RECORDED[method])
            assert began <= change["at"] <= connection.now()
            assert (change["after"] is None) == (method == "DELETE")
            history = client.get(f"/v1/{change['resource']}s/{change['id']}/history?limit=1").get_json()["data"][0]
            assert (history["seq"], history["after"]) == (change["seq"], change["after"])
            assert (history["before"] is None) == (RECORDED[method] == "create")
    assert len(operations) == 19


def test_an_expired_or_revoked_key_is_refused(client: ContractClient, grant: Grant, store: Path) -> None:
    late, soon, revoked = grant("edit", expires="2020-01-01"), grant("edit", expires="2999-01-01"), grant("edit")
    writer = connection.open_writer(store)
    assert keys.revoke(writer, revoked["Authorization"].split("_")[1])
    assert not keys.revoke(writer, "none")
    writer.close()
    status = [client.post("/v1/sections", json={}, headers=key).status_code for key in (late, revoked, soon)]
    assert status == [401, 401, 422]


def test_the_last_use_is_written_down_once_in_a_while(
    client: ContractClient, grant: Grant, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def used() -> str | None:
        return last_use(store)

    key = grant("edit")
    assert used() is None
    client.post("/v1/sections", json={}, headers=key)
    first = used()
    assert first is not None
    client.post("/v1/sections", json={}, headers=key)
    assert used() == first
    monkeypatch.setattr(keys, "USE_KNOWN_TO", timedelta(0))
    client.post("/v1/sections", json={}, headers=key)
    assert used() > first  # type: ignore[operator]


def last_use(store: Path) -> str | None:
    """Return when the first key was last used."""
    with closing(connection.open_writer(store)) as writer:
        return keys.every(writer)[0].last_used_at


def test_a_store_that_takes_no_change_is_read_with_a_key_all_the_same(
    closed: ContractClient, grant: Grant, store: Path
) -> None:
    key = grant("read")
    with closing(connection.open_writer(store)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert closed.get("/v1/plans", headers=key).status_code == 200
        holder.execute("ROLLBACK")
    assert last_use(store) is None
    assert closed.get("/v1/plans", headers=key).status_code == 200
    assert last_use(store) is not None


def test_a_node_that_only_reads_writes_no_last_use_and_keeps_no_connection(
    settings: Settings, grant: Grant, store: Path
) -> None:
    key = grant("read")
    made = create_app(replace(settings, read_keys=True, read_only=True, cache=0))
    made.test_client_class = ContractClient
    client = made.test_client()
    assert client.get("/v1/plans", headers=key).status_code == 200
    with closing(connection.open_writer(store)) as alone:
        alone.execute("PRAGMA locking_mode = EXCLUSIVE")
        alone.execute("BEGIN EXCLUSIVE")  # only who is alone may
        alone.execute("ROLLBACK")
    assert last_use(store) is None


def test_the_past_is_private_too_where_reading_is_closed(closed: ContractClient, grant: Grant) -> None:
    plain = closed.get("/v1/plans?as_of=2020-01-01T00:00:00Z", headers=grant("read"))
    assert plain.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Authorization" in plain.headers["Vary"]


def test_the_secret_is_not_in_the_store(grant: Grant, store: Path) -> None:
    secret = grant("edit")["Authorization"].split("_", 2)[2]
    assert len(secret) >= 43
    assert not any(secret.encode() in path.read_bytes() for path in store.parent.glob("plans.db*"))


@pytest.fixture
def closed(settings: Settings) -> ContractClient:
    made = create_app(replace(settings, read_keys=True))
    made.test_client_class = ContractClient
    return made.test_client()  # type: ignore[return-value]


def test_a_key_that_is_none_is_refused_where_none_is_needed(
    app: Flask, client: ContractClient, grant: Grant, store: Path
) -> None:
    late, revoked, good = grant("edit", expires="2020-01-01"), grant("edit"), grant("read")
    with closing(connection.open_writer(store)) as writer:
        keys.revoke(writer, revoked["Authorization"].split("_")[1])
    urls = [*each(app), "/metrics", "/"]
    assert len(urls) > 40
    for url in urls:
        known = client.get(url)
        assert client.get(url, headers=good).status_code == known.status_code, url
        assert client.get(url, headers={"Authorization": "Basic eDp5"}).status_code == known.status_code, url
        for bad in (late, revoked, {"Authorization": "Bearer plan_0_x"}, {"Authorization": "bearer x"}):
            answer = client.get(url, headers=bad)
            if url in {"/healthz", "/readyz"}:
                assert answer.status_code == 200, url
            else:
                assert answer.status_code == 401, url
                assert answer.headers["WWW-Authenticate"] == 'Bearer realm="plan-indicators", error="invalid_token"'
            assert client.options(url, headers=bad).status_code == 200
    assert client.get("/v1/none", headers=late).status_code == 404


def test_who_reads_with_a_key_uses_it(client: ContractClient, grant: Grant, store: Path) -> None:
    key = grant("edit")
    assert client.get("/v1/plans").status_code == 200
    assert last_use(store) is None
    assert client.get("/v1/plans", headers=key).status_code == 200
    assert last_use(store) is not None


OPEN = {"/v1", "/docs", "/openapi.json", "/openapi.yaml", "/healthz", "/readyz", "/.well-known/api-catalog"}


def test_reading_may_be_closed(app: Flask, closed: ContractClient, grant: Grant) -> None:
    key = grant("read")
    for url in each(app):
        if url in OPEN or url.startswith("/v1/problems"):
            assert closed.get(url).status_code == 200, url
        else:
            assert closed.get(url).status_code == 401, url
            answer = closed.get(url, headers=key)
            assert answer.status_code == 200, url
            assert answer.headers["Cache-Control"].startswith("private"), url
            assert "Authorization" in answer.headers["Vary"]
        assert closed.options(url).status_code == 200


def test_an_answer_about_the_past_that_only_some_may_read_is_kept_for_good_by_them_alone(
    closed: ContractClient, grant: Grant
) -> None:
    answer = closed.get("/v1/plans?as_of=2020-01-01T00:00:00Z", headers=grant("read"))
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_an_answer_got_with_a_key_is_not_given_to_who_has_none(closed: ContractClient, grant: Grant) -> None:
    assert closed.get("/v1/plans", headers=grant("read")).status_code == 200
    assert closed.get("/v1/plans").status_code == 401


def test_a_key_for_a_plan_reads_that_plan_only(closed: ContractClient, grant: Grant, second: None) -> None:
    key = grant(f"read plan:{PLAN}")
    for url in ("/v1/plans/testcity-2025", "/v1/indicators?plan=testcity-2025", f"/v1/plans?plan={PLAN},testcity-2025"):
        assert "The key lacks the scope read for" in faults(closed.get(url, headers=key), 403)["Authorization"]
    whole = closed.get("/v1/indicators.csv", headers=key)
    assert faults(whole, 403) == {"plan": "Is required, because the key is limited to plans."}
    assert 'error="insufficient_scope", scope="read"' in whole.headers["WWW-Authenticate"]
    for url in (f"/v1/indicators?plan={PLAN}", f"/v1/sections/{SECTION}", "/v1/vocabularies"):
        assert closed.get(url, headers=key).status_code == 200, url
