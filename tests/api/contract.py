"""A test client that validates every answer against openapi.yaml, closed to members that the contract does not know."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from werkzeug.routing import Map
from werkzeug.test import TestResponse

TOP = Path(__file__).parents[2]


@cache
def contract() -> dict[str, Any]:
    """Return openapi.yaml with every object schema closed: the published one stays open to additions."""
    document: dict[str, Any] = yaml.load((TOP / "openapi.yaml").read_text("utf-8"), yaml.CSafeLoader)
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return document


@cache
def _registry() -> Registry[Any]:
    resource = Resource(contract(), DRAFT202012)
    return Registry().with_resource("urn:contract", resource)


@cache
def validator(pointer: str) -> OAS31Validator:
    """Return the validator of one schema of the contract."""
    return OAS31Validator(
        {"$ref": f"urn:contract#{pointer}"}, registry=_registry(), format_checker=OAS31Validator.FORMAT_CHECKER
    )


def template(path: str, url_map: Map, method: str = "GET") -> str | None:
    """Return the path of the contract that a URL belongs to, None for one outside it."""
    paths = contract()["paths"]
    adapter = url_map.bind("localhost")
    rule, _ = adapter.match(path, method=method, return_rule=True)
    name = rule.rule.removeprefix("/v1") or "/"
    for piece in rule.arguments:
        start = name.rindex("<", 0, name.index(f"{piece}>"))
        name = name[:start] + f"{{{piece}}}" + name[name.index(">", start) + 1 :]
    return name if name in paths and path.startswith("/v1") else None


class ContractClient(FlaskClient):
    """Hold each answer against the contract: status documented, headers there, media type and body as described."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        check(response, self.application.url_map)
        return response


def check(response: TestResponse, url_map: Map) -> None:
    """Raise AssertionError where an answer is not what the contract says."""
    for header in ("API-Version", "X-Request-Id", "X-Content-Type-Options"):
        assert header in response.headers, f"{header} is missing"
    path, method = response.request.path, response.request.method
    if response.status_code >= 400:
        assert response.mimetype == "application/problem+json"
        assert response.headers["Cache-Control"] == "no-store"
        if response.status_code == 401:
            assert response.headers["WWW-Authenticate"].startswith("Bearer ")
        if method != "HEAD":
            validator("/components/schemas/Problem").validate(response.get_json(force=True))
            assert response.get_json(force=True)["status"] == response.status_code
    if response.status_code in {404, 405} or method == "OPTIONS":
        return
    asked = "GET" if method == "HEAD" else method
    name = template(path, url_map, asked)
    if name is None:
        return
    answers = contract()["paths"][name][asked.lower()]["responses"]
    assert str(response.status_code) in answers, f"{response.status_code} is not documented for {name}"
    if response.status_code >= 400:
        return
    if asked != "GET":
        written(response, name, answers)
        return
    assert response.headers["ETag"].startswith('"'), "no strong validator"
    assert "Cache-Control" in response.headers
    assert "Vary" in response.headers
    if response.status_code == 304:
        assert not response.get_data()
        return
    content = answers["200"]["content"]
    assert response.mimetype in content, f"{response.mimetype} is not documented for {name}"
    if method == "GET" and response.mimetype == "application/json" and "Content-Encoding" not in response.headers:
        escaped = name.replace("~", "~0").replace("/", "~1")
        pointer = f"/paths/{escaped}/get/responses/200/content/application~1json/schema"
        validator(pointer).validate(json.loads(response.get_data()))


def written(response: TestResponse, name: str, answers: dict[str, Any]) -> None:
    """Hold the answer to a write against the contract."""
    if response.status_code == 204:
        assert not response.get_data()
        assert "Content-Type" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"
        return
    assert "200" in answers or "201" in answers
    if response.status_code == 201 and "Location" in response.headers:
        assert response.headers["Location"].startswith("http")
    status, method = response.status_code, response.request.method.lower()
    escaped = name.replace("~", "~0").replace("/", "~1")
    pointer = f"/paths/{escaped}/{method}/responses/{status}/content/application~1json/schema"
    validator(pointer).validate(response.get_json())
