"""One JSON line a request, and nothing secret in it."""

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.server.refusals import refusal
from api.settings import Settings


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def logged(settings: Settings) -> FlaskClient:
    return create_app(replace(settings, log=True)).test_client()


def test_a_request_is_one_line(logged: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    answer = logged.get("/v1/indicators/hunnan-2021.2.2.01", buffered=True, headers={"X-Request-Id": "r-1"})
    (line,) = lines(capsys)
    assert line.pop("at")
    assert 0 < line.pop("ms") < 10_000  # type: ignore[operator]
    assert line == {
        "request_id": "r-1",
        "method": "GET",
        "route": "/v1/indicators/<indicator_id>",
        "path": "/v1/indicators/hunnan-2021.2.2.01",
        "status": 200,
        "bytes": len(answer.get_data()),
    }


def test_the_bytes_of_a_stream_are_counted_as_they_go(logged: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    size = len(logged.get("/v1/indicators.csv", buffered=True).get_data())
    (line,) = lines(capsys)
    assert line["bytes"] == size > 10_000


def test_no_header_and_no_query_is_logged(logged: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    logged.get("/v1/indicators?q=secret", buffered=True, headers={"Authorization": "Bearer secret", "Cookie": "secret"})
    text = capsys.readouterr().out
    assert text.count("\n") == 1
    assert "secret" not in text


def test_a_request_that_finds_no_route_is_logged_too(logged: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    logged.get("/none", buffered=True)
    (line,) = lines(capsys)
    assert (line["route"], line["path"], line["status"]) == (None, "/none", 404)


@pytest.mark.parametrize("character", ["%C2%85", "%E2%80%A8", "%0A", "%22"])
def test_no_path_ends_the_line(logged: FlaskClient, capsys: pytest.CaptureFixture[str], character: str) -> None:
    logged.get(f"/v1/plans/{character}", buffered=True)
    assert [line["status"] for line in lines(capsys)] == [404]


@pytest.mark.parametrize("log", [True, False])
def test_what_gunicorn_refuses_is_one_line_too(
    settings: Settings, capsys: pytest.CaptureFixture[str], *, log: bool
) -> None:
    _, _, body = refusal(414, replace(settings, log=log)).partition(b"\r\n\r\n")
    found = [(line["status"], line["bytes"], f"urn:request:{line['request_id']}") for line in lines(capsys)]
    assert found == ([(414, len(body), json.loads(body)["instance"])] if log else [])
