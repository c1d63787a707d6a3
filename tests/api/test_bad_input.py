"""For every parameter of every route: what is wrong is refused, by name, with what is allowed; nothing is changed."""

import base64
import json
import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from marshmallow import fields, validate
from werkzeug.routing import Rule

from schema.query import AnyOf
from tests.api.contract import ContractClient
from tests.api.test_http import NEEDED, rules, url_of


def parameters(app: Flask) -> list[tuple[Rule, str, fields.Field]]:  # type: ignore[type-arg]
    found = []
    for rule in rules(app):
        known = getattr(app.view_functions[rule.endpoint], "operation", None)
        if known is not None and known.query is not None:
            found += [(rule, name, field) for name, field in known.query.fields.items()]
    return found


def bad_values(field: fields.Field) -> list[str]:  # type: ignore[type-arg]  # noqa: PLR0911
    """Think of wrong values of every sort for a field: type, range, length, blank."""
    if isinstance(field, AnyOf):
        return ["", ",", *bad_values(field.inner), ",".join(f"{number}" for number in range(10, 61)), "x,x"]
    if any(isinstance(check, validate.OneOf) for check in field.validators):
        return ["", "nonsense", "NULL"]
    if isinstance(field, fields.Boolean):
        return ["", "1", "yes", "True"]
    if isinstance(field, fields.Integer):
        return ["", "0", "-1", "1.5", "1_0", "٣", "999999999999", "x", " 5"]
    if isinstance(field, fields.Date):
        return ["", "2021", "2021-13-01", "2021-02-30", "20210630", "0000-01-01", "today"]
    if isinstance(field, fields.AwareDateTime):
        return ["", "2021-06-30", "2021-06-30T00:00:00", "0001-01-01T00:00:00%2B14:00", "now"]
    if isinstance(field, fields.String):
        return ["", "x" * 5000, "%20", "%20x"]
    return ["", "x", "1e", "NaN", "Infinity", "--1", "1_0", "٣", "9999999999999999", "1e99", "1." + "1" * 30]


def test_a_bad_value_of_any_parameter_of_any_route_is_refused_by_name(app: Flask, client: ContractClient) -> None:
    seen = 0
    for rule, name, field in parameters(app):
        for value in bad_values(field):
            path = url_of(app, rule).partition("?")[0]
            others = [] if NEEDED.get(path, "").startswith(f"{name}=") else [NEEDED.get(path, "")]
            answer = client.get(f"{path}?{'&'.join([f'{name}={value}', *others])}")
            assert answer.status_code == 400, (path, name, value)
            faults = {fault["parameter"]: fault for fault in answer.get_json()["errors"]}
            assert name in faults, (path, name, value)
            assert faults[name]["allowed"], (path, name)
            seen += 1
    assert seen > 1000


def test_a_repeated_parameter_is_refused(app: Flask, client: ContractClient) -> None:
    for rule, name, _ in parameters(app):
        answer = client.get(f"{url_of(app, rule).partition('?')[0]}?{name}=1&{name}=1")
        assert answer.status_code == 400
        assert answer.get_json()["errors"][0]["parameter"] == name
        assert "Must be given once" in answer.get_json()["errors"][0]["detail"]


@pytest.mark.parametrize("character", ["%00", "%0A", "%1F", "%7F", "%C2%85"])
def test_control_characters_are_refused(client: ContractClient, character: str) -> None:
    for query in (f"q=a{character}b", f"q{character}=a"):
        answer = client.get(f"/v1/indicators?{query}")
        assert answer.status_code == 400
        assert answer.get_json()["errors"] == [
            {"parameter": "q", "detail": "Must not contain control characters.", "allowed": []}
        ]


@pytest.mark.parametrize("query", ["q=%FF", "q=%C3%28", "%FF=1", "q=%ED%A0%80"])
def test_bytes_that_are_not_utf_8_are_refused(client: ContractClient, query: str) -> None:
    answer = client.get(f"/v1/indicators?{query}")
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["detail"] == "Must be UTF-8."


def test_a_path_that_is_not_utf_8_is_not_found(client: ContractClient) -> None:
    assert client.get("/v1/indicators/%FF%00").status_code == 404


def test_an_overlong_query_is_refused(client: ContractClient) -> None:
    answer = client.get("/v1/indicators?q=" + "a" * 100_000)
    assert answer.status_code == 414
    assert answer.get_json()["errors"][0]["allowed"] == ["at most 8000 bytes"]


def test_a_parameter_may_be_quoted_in_any_way(client: ContractClient) -> None:
    plain = client.get("/v1/indicators?q=技术").get_json()
    assert plain["data"]
    assert client.get("/v1/indicators?&q=%E6%8A%80%E6%9C%AF&").get_json() == plain
    assert client.get("/v1/indicators?q=+%E6%8A%80").status_code == 400


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "A",
        "WyJ4Il0",
        "e30",
        "W10",
        "bnVsbA",
        "W1tbW1tbW1tbW1tb" * 200,
        "WyJcdWQ4MDAiXQ",
        "MTIz",
    ],
)
def test_a_broken_cursor_is_refused(client: ContractClient, cursor: str) -> None:
    for path in ("/v1/indicators", "/v1/search?q=技术"):
        answer = client.get(f"{path}{'&' if '?' in path else '?'}after={cursor}")
        assert answer.status_code == 400
        assert answer.get_json()["errors"][0]["parameter"] == "after"


def test_a_cursor_of_another_query_is_refused(client: ContractClient) -> None:
    cursor = client.get("/v1/indicators?limit=1&kind=level").get_json()["next"].partition("after=")[2].partition("&")[0]
    assert client.get(f"/v1/indicators?kind=level&after={cursor}").status_code == 200
    for other in ("kind=share", "kind=level&sort=value", "kind=level&q=技术", ""):
        assert client.get(f"/v1/indicators?{other}&after={cursor}").status_code == 400, other
    assert client.get(f"/v1/milestones?after={cursor}").status_code == 400


def test_a_forged_cursor_with_keys_that_no_store_holds_is_refused(client: ContractClient) -> None:
    cursor = client.get("/v1/indicators?limit=1").get_json()["next"].partition("after=")[2].partition("&")[0]
    digest, *keys = json.loads(base64.urlsafe_b64decode(cursor + "=="))
    for forged in (
        [digest, *keys[:-1], {"a": 1}],
        [digest, *keys[:-1], 2**70],
        [digest, *keys[:-1], [1]],
        [digest, *keys[:-1]],
        [digest, *keys, "x"],
        [digest, *keys[:-1], "\ud800"],
        [digest, *keys[:-1], float("nan")],
        [digest, *keys[:-1], float("inf")],
        [digest, *keys[:-1], True],
    ):
        text = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
        assert client.get(f"/v1/indicators?after={text}").status_code == 400, forged
    for odd in (None, 1.5, ""):
        text = base64.urlsafe_b64encode(json.dumps([digest, *keys[:-1], odd]).encode()).rstrip(b"=").decode()
        assert client.get(f"/v1/indicators?after={text}").status_code == 200, odd


@pytest.mark.parametrize(
    ("url", "parameter"),
    [
        ("/v1/plans/none", "plan_id"),
        ("/v1/plans/none/outline", "plan_id"),
        ("/v1/sections/none", "section_id"),
        ("/v1/indicators/none", "indicator_id"),
        ("/v1/indicators/none/observations", "indicator_id"),
        ("/v1/indicators/none/observations.csv", "indicator_id"),
        ("/v1/milestones/none", "milestone_id"),
        ("/v1/deadlines/none", "deadline_id"),
        ("/v1/observations/none", "observation_id"),
        ("/v1/vocabularies/none", "vocabulary_name"),
        ("/v1/problems/none", "problem_name"),
    ],
)
def test_what_is_not_there_is_named(client: ContractClient, url: str, parameter: str) -> None:
    answer = client.get(url)
    assert answer.status_code == 404
    assert answer.get_json()["errors"][0]["parameter"] == parameter


@pytest.mark.parametrize("url", ["/v2", "/v1/none", "/v1/indicators/", "/v1/indicators.pdf", "//v1/plans"])
def test_there_is_nothing_elsewhere(client: ContractClient, url: str) -> None:
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("url", ["//v1/plans", "///metrics", "//v1/plans?fields=id"])
def test_a_path_has_one_slash_in_front(client: ContractClient, url: str) -> None:
    path, _, query = url.partition("?")
    answer = client.get("/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": query})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("plan_service:8000", "plan_service:8000"),
        ("a_b:80", "a_b"),
        ("[::1]:81", "[::1]:81"),
        ("A.example", "A.example"),
    ],
)
def test_a_host_may_be_named_as_containers_are(client: ContractClient, host: str, shown: str) -> None:
    answer = client.get("/v1/indicators?limit=1&fields=id", environ_overrides={"HTTP_HOST": host})
    assert answer.get_json()["next"].startswith(f"http://{shown}/v1/indicators?")


@pytest.mark.parametrize("host", ["", "a b", "a@b/c?d", 'h"><script>', "a:b", "a..b", "a" * 64])
def test_what_names_no_host_is_refused(client: ContractClient, host: str) -> None:
    answer = client.get("/v1/indicators", environ_overrides={"HTTP_HOST": host})
    assert answer.status_code == 400
    assert answer.get_json()["errors"][0]["parameter"] == "Host"
    assert answer.get_json()["type"] == "/v1/problems/malformed-request"


@pytest.mark.parametrize(
    ("url", "end", "begin"),
    [
        ("/v1/indicators?value_min=10&value_max=5", "value_max", "value_min"),
        ("/v1/indicators/summary?by=kind&due_from=2022-01-01&due_to=2021-01-01", "due_to", "due_from"),
        ("/v1/observations.csv?period_from=2022-01-01&period_to=2021-01-01", "period_to", "period_from"),
        ("/v1/deadlines.ics?due_from=2022-01-01&due_to=2021-01-01", "due_to", "due_from"),
    ],
)
def test_a_range_that_ends_before_it_begins_is_refused(client: ContractClient, url: str, end: str, begin: str) -> None:
    (error,) = client.get(url).get_json()["errors"]
    assert (error["parameter"], error["detail"]) == (
        end,
        f"Must not be {'below' if begin.endswith('min') else 'before'} {begin}.",
    )
    assert client.get("/v1/indicators?value_min=5&value_max=5").status_code == 200


def test_a_byte_order_mark_is_for_csv_only(client: ContractClient) -> None:
    answer = client.get("/v1/indicators.xlsx?bom=true")
    assert answer.get_json()["errors"] == [
        {"parameter": "bom", "detail": "Must be false unless the format is CSV.", "allowed": ["false"]}
    ]


def test_every_fault_is_reported_at_once(client: ContractClient) -> None:
    errors = client.get("/v1/indicators?kind=x&limit=0&foo=1").get_json()["errors"]
    assert {error["parameter"] for error in errors} == {"kind", "limit", "foo"}
    assert next(error for error in errors if error["parameter"] == "limit")["allowed"] == ["1 to 1000"]


def test_bad_input_leaves_the_store_as_it_was(client: ContractClient, store: Path) -> None:
    def dump() -> list[str]:
        with sqlite3.connect(store) as connection:
            return list(connection.iterdump())

    before = dump()
    for url in ("/v1/indicators?q='; DROP TABLE plan; --", "/v1/indicators?sort=id;--", '/v1/search?q="*^-OR NEAR('):
        client.get(url)
    assert dump() == before


@pytest.mark.parametrize("words", ['"', "*", "AND", "NEAR(a b)", "name:x", "-x", "^技", "(", "a'b", "%", "_", "\\"])
def test_words_that_mean_something_to_a_query_language_are_only_words(client: ContractClient, words: str) -> None:
    assert client.get("/v1/search", query_string={"q": words}).status_code == 200
