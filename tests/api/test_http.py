"""What every route does alike: enumerated from the URL map, so that a new route cannot be forgotten."""

import gzip
import re
from dataclasses import replace
from typing import Any

import brotli
import pytest
from flask import Flask
from werkzeug.routing import Rule

from api.app import create_app
from api.settings import Settings
from tests.api.contract import ContractClient, contract
from tests.conftest import WEBHOOK

VALUES = {
    "plan_id": "hunnan-2021",
    "section_id": "hunnan-2021.2.2",
    "indicator_id": "hunnan-2021.2.2.01",
    "milestone_id": "hunnan-2021.2.2.m01",
    "deadline_id": "hunnan-2021.due-2021-12-31",
    "vocabulary_name": "units",
    "problem_name": "not-found",
    "webhook_id": WEBHOOK,
}
NEEDED = {
    "/v1/search": "q=技术",
    "/v1/indicators/summary": "by=kind",
    "/v1/plans/hunnan-2021/diff": "from=2021-01-01T00:00:00Z",
}
WITHOUT_QUERY = {"/docs", "/openapi.json", "/openapi.yaml", "/healthz", "/readyz", "/.well-known/api-catalog"}
ELSEWHERE = {
    "observations.get_observation", "history.list_observation_history", "history.export_observation_history",
    "docs.get_asset", "metrics.get_metrics", "root.get_root",
    "webhooks.list_webhooks", "webhooks.get_webhook", "webhooks.list_webhook_deliveries",
}  # fmt: skip
"""The bundled plan has no observation (test_lists, test_history); the assets of the page are in test_docs;
webhooks are not for everyone (test_webhooks)."""


def rules(app: Flask) -> list[Rule]:
    """List the routes: all but those that have a test of their own, named here."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in ELSEWHERE and "GET" in rule.methods]


def methods(app: Flask, url: str) -> set[str]:
    """List what a URL takes."""
    adapter = app.url_map.bind("localhost")
    return set(adapter.allowed_methods(url.partition("?")[0]))


def url_of(app: Flask, rule: Rule, **more: str) -> str:
    values = {name: {"format": "csv"}.get(name) or VALUES[name] for name in rule.arguments}
    path = app.url_map.bind("localhost").build(rule.endpoint, values)
    query = "&".join(filter(None, [NEEDED.get(path, ""), *(f"{name}={value}" for name, value in more.items())]))
    return f"{path}?{query}" if query else path


def each(app: Flask) -> list[str]:
    return [url_of(app, rule) for rule in rules(app)]


def test_every_route_answers(app: Flask, client: ContractClient) -> None:
    assert len(each(app)) > 25
    for url in each(app):
        assert client.get(url).status_code == 200, url


def test_every_route_says_the_same_with_head_but_no_body(app: Flask, client: ContractClient) -> None:
    for url in each(app):
        got, head = client.get(url), client.head(url)
        assert head.status_code == 200, url
        assert not head.get_data(), url
        for header in ("ETag", "Content-Type", "Cache-Control"):
            assert head.headers.get(header) == got.headers.get(header), url


def test_every_route_tells_its_methods(app: Flask, client: ContractClient) -> None:
    for url in each(app):
        assert set(client.options(url).headers["Allow"].split(", ")) == methods(app, url), url


def test_every_path_of_the_contract_takes_the_methods_that_it_names_and_no_others(client: ContractClient) -> None:
    ids = {
        f"{{{name}}}": value for name, value in {**VALUES, "observation_id": "hunnan-2021.x", "format": "csv"}.items()
    }
    for path, item in contract()["paths"].items():
        url = re.sub(r"{\w+}", lambda found: ids[found[0]], f"/v1{path}")
        documented = {method.upper() for method in item}
        told = set(client.options(url).headers["Allow"].split(", "))
        assert told - {"HEAD", "OPTIONS"} == documented, path


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_every_route_refuses_other_methods_with_a_problem(app: Flask, client: ContractClient, method: str) -> None:
    for url in each(app):
        if method in methods(app, url):
            continue
        answer = client.open(url, method=method)
        assert answer.status_code == 405, url
        assert set(answer.headers["Allow"].split(", ")) == methods(app, url)
        assert answer.get_json()["type"].endswith("/v1/problems/method-not-allowed")


def test_every_route_revalidates(app: Flask, client: ContractClient) -> None:
    for url in each(app):
        first = client.get(url)
        if first.headers["Cache-Control"] == "no-store":
            continue
        again = client.get(url, headers={"If-None-Match": f'"x", {first.headers["ETag"]}'})
        assert again.status_code == 304, url
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Vary"] == first.headers["Vary"]
        assert client.get(url, headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize(("coding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_every_route_compresses_what_is_worth_it(app: Flask, client: ContractClient, coding: str, unpack: Any) -> None:
    for url in each(app):
        plain = client.get(url)
        packed = client.get(url, headers={"Accept-Encoding": coding})
        if "Content-Encoding" not in packed.headers:
            assert len(plain.get_data()) < 500, url
            continue
        assert packed.headers["Content-Encoding"] == coding, url
        assert unpack(packed.get_data()) == plain.get_data(), url
        assert packed.headers["ETag"] != plain.headers["ETag"], url
        again = client.get(url, headers={"Accept-Encoding": coding, "If-None-Match": packed.headers["ETag"]})
        assert again.status_code == 304, url


def test_a_coding_that_the_caller_refuses_is_not_used(client: ContractClient) -> None:
    answer = client.get("/v1/indicators", headers={"Accept-Encoding": "gzip;q=0, br;q=0"})
    assert "Content-Encoding" not in answer.headers


def test_an_unknown_parameter_is_refused_by_every_route_with_what_it_knows(app: Flask, client: ContractClient) -> None:
    for rule in rules(app):
        if rule.rule in WITHOUT_QUERY:
            continue
        answer = client.get(url_of(app, rule, lmit="3"))
        assert answer.status_code == 400, rule
        fault = answer.get_json()["errors"][0]
        assert fault["parameter"] == "lmit"
        assert fault["detail"] == "Is not a parameter of this URL."


def test_every_json_route_refuses_a_caller_who_takes_no_format_of_it(app: Flask, client: ContractClient) -> None:
    for rule in rules(app):
        if rule.rule in WITHOUT_QUERY or "format" in rule.arguments or rule.rule.endswith(".ics"):
            continue
        answer = client.get(url_of(app, rule), headers={"Accept": "image/png"})
        assert answer.status_code == 406, rule
        assert "application/json" in answer.get_json()["errors"][0]["allowed"]


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("text/csv", "text/csv"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/html, text/csv;q=0.9, */*;q=0.1", "text/csv"),
        ("text/html, */*;q=0.8", "application/json"),
        ("application/*", "application/json"),
        ("application/json; charset=utf-8", "application/json"),
        ("text/csv;charset=UTF-8", "text/csv"),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/json"),
        ("", "application/json"),
        ("*", "application/json"),
        ("application/json;q=2", "application/json"),
        ("application/json;q=x", "application/json"),
        ("application/json;q=0.1, text/csv;q=0.2", "text/csv"),
    ],
)
def test_accept_chooses_the_format(client: ContractClient, accept: str, mimetype: str) -> None:
    assert client.get("/v1/indicators", headers={"Accept": accept}).mimetype == mimetype


def test_deadlines_are_a_calendar_to_a_caller_who_takes_that(client: ContractClient) -> None:
    assert client.get("/v1/deadlines", headers={"Accept": "text/calendar"}).mimetype == "text/calendar"


def test_the_request_id_of_the_caller_comes_back(client: ContractClient) -> None:
    assert client.get("/v1", headers={"X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "ü", "{}"])
def test_a_harmful_request_id_is_replaced(client: ContractClient, given: str) -> None:
    made = client.get("/v1", headers={"X-Request-Id": given.encode().decode("latin1")}).headers["X-Request-Id"]
    assert made != given
    assert len(made) == 32


def test_any_page_may_read_the_api_by_default(client: ContractClient) -> None:
    answer = client.get("/v1", headers={"Origin": "https://a.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    refused = client.get("/v1/none", headers={"Origin": "https://a.example"})
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_a_browser_is_told_before_it_asks(client: ContractClient) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    answer = client.options("/v1/indicators", headers=asked)
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]
    assert int(answer.headers["Access-Control-Max-Age"]) > 0


def test_only_the_origins_configured_may_read_it(settings: Settings) -> None:
    client = create_app(replace(settings, cors_origins=("https://a.example",))).test_client()
    allowed = client.get("/v1", headers={"Origin": "https://a.example"})
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://a.example"
    assert "Origin" in allowed.headers["Vary"]
    for headers in ({"Origin": "https://b.example"}, {}):
        other = client.get("/v1", headers=headers)
        assert "Access-Control-Allow-Origin" not in other.headers
        assert "Origin" in other.headers["Vary"]


def test_answers_cannot_be_framed_sniffed_or_run(client: ContractClient) -> None:
    headers = client.get("/v1").headers
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_a_validator_does_not_depend_on_who_asks(client: ContractClient) -> None:
    tags = {client.get("/v1/plans", headers={"User-Agent": agent}).headers["ETag"] for agent in ("a", "b")}
    assert len(tags) == 1


def test_the_host_alone_leads_to_the_documentation(client: ContractClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "http://localhost/docs"


def test_options_has_no_body_and_no_type(client: ContractClient) -> None:
    answer = client.options("/v1/plans")
    assert "Content-Type" not in answer.headers
    assert not answer.get_data()
