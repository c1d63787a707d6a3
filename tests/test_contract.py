"""The contract is current, complete, and its examples are what it says."""

import json
import runpy
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Self

import pytest
import yaml
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import spec
from api import reading
from deliver import event
from spec.components import COMPONENTS
from spec.examples import dry_run, example, example_app
from spec.parameters import PREFIX, share

TOP = Path(__file__).parents[1]
CONTRACT: dict[str, Any] = yaml.load((TOP / "openapi.yaml").read_text("utf-8"), yaml.CSafeLoader)
READS: dict[str, dict[str, Any]] = {path: item["get"] for path, item in CONTRACT["paths"].items() if "get" in item}
WRITES: dict[str, dict[str, Any]] = {
    f"{method} {path}": operation
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
    if method != "get"
}
OPERATIONS = READS | WRITES
BOUNDS: dict[str, tuple[set[str], ...]] = {
    "string": ({"maxLength", "pattern"}, {"maxLength", "format"}, {"enum"}),
    "integer": ({"minimum", "maximum", "format"},),
    "number": ({"minimum", "maximum", "format"},),
    "boolean": (set(),),
    "array": ({"minItems", "maxItems", "items"},),
}


@pytest.fixture(scope="module")
def app() -> Flask:
    return example_app()


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference within the contract."""
    found: Any = CONTRACT if "$ref" in part else part
    for step in part.get("$ref", "#").split("/")[1:]:
        found = found[step]
    return dict(found)


def examples() -> Iterator[Any]:
    """List what the contract has JSON examples of."""
    for path, operation in OPERATIONS.items():
        for status, answer in operation["responses"].items():
            for kind, content in resolved(answer).get("content", {}).items():
                if kind in {"application/json", "application/problem+json"}:
                    yield pytest.param(content, id=f"{path} {status}")


@cache
def narrow() -> Registry[Any]:
    """Return the contract as it is for who does not ask for `fields`: every member there, and no other."""
    document = json.loads(json.dumps(CONTRACT))
    for schema in document["components"]["schemas"].values():
        schema["additionalProperties"] = False
    for page in document["components"]["schemas"].values():
        items = page["properties"].get("data", {}).get("items", {})
        if "anyOf" in items:
            page["properties"]["data"]["items"] = items["anyOf"][0]
    return Registry().with_resource("urn:contract", Resource(document, DRAFT202012))


def test_a_webhook_is_described_with_a_message_that_is_as_described() -> None:
    told = CONTRACT["webhooks"]["change"]["post"]
    (content,) = told["requestBody"]["content"].values()
    OAS31Validator({"$ref": f"urn:contract#{content['schema']['$ref'][1:]}"}, registry=narrow()).validate(
        content["example"]
    )
    assert {parameter["name"] for parameter in told["parameters"]} < event.headers(b"whsec_", "a", 0, b"").keys()


def test_the_committed_contract_is_current() -> None:
    committed = (TOP / "openapi.yaml").read_text("utf-8")
    assert committed == spec.dump(spec.build()), "run: make spec"


def test_it_is_the_same_on_any_day(monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(days=400)

    monkeypatch.setattr(reading, "datetime", Later)
    assert (TOP / "openapi.yaml").read_text("utf-8") == spec.dump(spec.build())


def test_it_is_written_together_with_the_form_of_the_plan_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    monkeypatch.setattr(spec, "TOP", tmp_path)
    runpy.run_module("spec", run_name="__main__")
    for name in ("openapi.yaml", "docs/plan-file.schema.json"):
        assert (tmp_path / name).read_bytes() == (TOP / name).read_bytes(), "run: make spec"


def test_every_route_is_in_the_contract_and_the_reverse(app: Flask) -> None:
    routes = {spec.path(rule) for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1")}
    assert routes == set(CONTRACT["paths"])
    for rule in app.url_map.iter_rules():
        for method in {method.lower() for method in rule.methods or ()} - {"head", "options"}:
            assert method in CONTRACT["paths"].get(spec.path(rule), {method: None}), rule


def test_operation_ids_are_unique() -> None:
    ids = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(ids)) == len(ids)


def test_paths_stand_in_the_order_of_the_tags_collections_first() -> None:
    tags = [tag["name"] for tag in CONTRACT["tags"]]
    order = [tags.index(operation["tags"][0]) for operation in READS.values()]
    assert order == sorted(order)
    assert set(order) == set(range(len(tags)))
    assert list(OPERATIONS)[:5] == ["/", "/problems", "/problems/{problem_name}", "/plans", "/plans.{format}"]


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_operation_says_what_it_does_with_an_example(path: str) -> None:
    operation = OPERATIONS[path]
    assert operation["operationId"].isalpha()
    assert operation["summary"]
    assert operation["description"].endswith(".")
    if "204" not in operation["responses"]:
        assert any("example" in content for content in operation["responses"]["200"]["content"].values())
    for content in operation.get("requestBody", {}).get("content", {}).values():
        assert content["example"]


ALWAYS = {"400", "401", "403", "406", "414", "429", "431", "500", "503"}
CHANGES = {"200", "409", "412", "413", "415", "422", "428"}
METHODS = {
    "post": {"200", "201", "409", "412", "413", "415", "422"},
    "patch": CHANGES,
    "put": CHANGES | {"201"},
    "delete": {"204", "409", "412", "422", "428"},
}


@pytest.mark.parametrize("path", READS)
def test_every_read_documents_its_errors(path: str) -> None:
    named = {resolved(parameter)["name"] for parameter in READS[path]["parameters"]}
    more = {"404"} if "{" in path else set()
    past = {"410"} if named & {"as_of", "since", "from"} else set()
    assert set(READS[path]["responses"]) == ALWAYS | {"200", "304"} | more | past


@pytest.mark.parametrize("path", WRITES)
def test_every_write_documents_its_errors_and_its_key(path: str) -> None:
    method = path.partition(" ")[0]
    more = {"404"} if "{" in path else set()
    assert set(WRITES[path]["responses"]) == ALWAYS | METHODS[method] | more | {"507"}
    assert WRITES[path]["security"] == [{"key": []}]
    assert "scope `" in WRITES[path]["description"]


@pytest.mark.parametrize("path", OPERATIONS)
def test_every_parameter_is_described_and_bounded(path: str) -> None:
    for parameter in map(resolved, OPERATIONS[path]["parameters"]):
        kind = parameter["schema"]
        assert parameter["description"].endswith("."), parameter["name"]
        for part in (kind, kind.get("items", kind)):
            assert any(bounds <= set(part) for bounds in BOUNDS[part["type"]]), parameter["name"]


def test_what_several_operations_take_is_described_once() -> None:
    described = [json.dumps(each) for operation in OPERATIONS.values() for each in operation["parameters"]]
    inline = [text for text in described if "$ref" not in text]
    assert len(set(inline)) == len(inline)
    for name in CONTRACT["components"]["parameters"]:
        assert described.count(json.dumps({"$ref": f"{PREFIX}{name}"})) > 1, name


@pytest.mark.parametrize("content", list(examples()))
def test_every_example_has_all_members_and_no_others(content: dict[str, Any]) -> None:
    schema = content["schema"].get("anyOf", [content["schema"]])[0]
    target = {"$ref": schema["$ref"].replace(COMPONENTS, f"urn:contract{COMPONENTS}")}
    validator = OAS31Validator(target, registry=narrow(), format_checker=OAS31Validator.FORMAT_CHECKER)
    validator.validate(content["example"])


@pytest.mark.parametrize("name", CONTRACT["components"]["schemas"])
def test_every_schema_is_described(name: str) -> None:
    assert CONTRACT["components"]["schemas"][name]["description"].endswith(".")


def keyed(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {app.config['EXAMPLE_KEY']}"
    return client


def test_a_write_that_is_refused_is_no_example(app: Flask) -> None:
    with pytest.raises(ValueError, match="POST /v1/webhooks is no example"):
        dry_run(keyed(app), "POST", "/v1/webhooks", {})


def test_an_example_that_is_refused_is_none(app: Flask) -> None:
    with pytest.raises(ValueError, match="/v1/plans/x is no example"):
        example(app.test_client(), "/v1/plans/x")


def test_an_example_of_a_write_that_is_refused_is_none(app: Flask) -> None:
    with pytest.raises(ValueError, match="POST /v1/plans is no example"):
        dry_run(keyed(app), "POST", "/v1/plans", {})


def test_two_things_are_not_shared_under_one_name() -> None:
    ways = [{"name": "at", "description": text} for text in ("One.", "One.", "Other.", "Other.")]
    paths = {f"/{n}": {"get": {"tags": ["Plans"], "parameters": [way]}} for n, way in enumerate(ways)}
    with pytest.raises(ValueError, match="plans_at is described in two ways"):
        share(paths)
