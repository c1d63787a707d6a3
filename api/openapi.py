"""Write the contract from the code: `make spec`. Routes, schemas and docstrings are its only sources."""

import inspect
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter
from flask import Flask
from flask.testing import FlaskClient
from marshmallow import Schema, fields
from werkzeug.routing import Rule

from api import create_app, operation
from api.formats import MEDIA_TYPES
from api.operation import Operation
from api.problems import PROBLEMS
from api.settings import Settings
from api.version import CONTACT, LICENCE, NAME, VERSION
from db import connection, load
from db.load import BUNDLED
from schema import plan_file
from schema.fields import ID_LENGTH, ID_PATTERN, Date, Number, Timestamp
from schema.query import LIMIT_MOST, QueryNumber
from schema.service import ProblemSchema

TOP = Path(__file__).parent.parent
DESCRIPTION = """\
What a government plan promises, as data: sections, indicators with their targets, milestones and deadlines, with the
progress reported and a status that anyone can recompute.

Every answer has a strong validator (`ETag`): ask again with `If-None-Match`. Every collection is read page by page by
following `next`, or at once as CSV, NDJSON or XLSX. Whatever the service does not know it refuses: a misspelt
parameter is a problem (RFC 9457) that names it and what is allowed.
"""
TAGS = {
    "Service": "What is here, in which edition, within which limits.",
    "Plans": "What is published, for which area and period.",
    "Sections": "The headings of a plan.",
    "Indicators": "Quantities that a plan commits to.",
    "Milestones": "Deliverables without a number.",
    "Deadlines": "Dates that indicators and milestones are due by.",
    "Observations": "Values reported.",
    "Search": "Text search over everything.",
    "Vocabularies": "Codes and what they mean.",
}
FILE_MOST = 2**40
INCLUDED = {"plan", "section", "deadline", "observations"}
COMPONENTS = "#/components/schemas/"
SHORT = {"type": "string", "maxLength": 200, "pattern": "^[ -~]*$"}
HEADERS = {
    "API-Version": ("Version of the contract.", "1.0.0"),
    "X-Request-Id": ("Names this request in the log: the caller's own, or one made for it.", "7d2c9f1e"),
    "Access-Control-Allow-Origin": ("The origins whose pages may read this.", "*"),
}
FRESH = {
    "ETag": ("Strong validator of these bytes: send it back in If-None-Match.", '"5f2c0a1b9d3e"'),
    "Cache-Control": ("How long this may be kept.", "public, no-cache"),
    "Vary": ("The request headers that this depends on.", "Accept, Accept-Encoding"),
}
PAGED = {"Link": ("The next page, rel=next; not there on the last.", '</v1/indicators?after=WyJ4Il0>; rel="next"')}
FILE = {"Content-Disposition": ("A name for the file.", 'attachment; filename="indicators.csv"')}
ANYWHERE = ("invalid-parameter", "not-acceptable", "uri-too-long", "internal-error", "store-unavailable")


def build(app: Flask) -> dict[str, Any]:
    """Return the contract of the service; its examples are the service's own answers."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(NAME, VERSION, "3.1.0", plugins=[plugin])
    converter = plugin.converter
    assert converter is not None  # noqa: S101
    for field, kind in ((Number, "number"), (QueryNumber, "number")):
        converter.map_to_openapi_type(field, kind, None)
    converter.add_attribute_function(_bounds)
    spec.components.schema("Problem", schema=ProblemSchema)
    client = app.test_client()
    paths: dict[str, Any] = {}
    rules = sorted((rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/v1")), key=_reading_order)
    for rule in rules:
        view = app.view_functions[rule.endpoint]
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/v1") or "/"
        paths[path] = {"get": _operation(spec, converter, client, rule, view)}
    texts = {name: inspect.getdoc(key[0]) for key, name in converter.refs.items()}
    parts = spec.to_dict()["components"]["schemas"]
    schemas = {name: _whole(part, texts.get(name)) for name, part in parts.items()}
    for name in [name for name in schemas if f"{COMPONENTS}Sparse{name}" in str(paths) + str(schemas)]:
        _sparse(name, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": NAME,
            "summary": "Indicators, milestones and deadlines of government plans.",
            "description": DESCRIPTION,
            "version": VERSION,
            "contact": CONTACT,
            "license": {"name": "Apache License 2.0", "identifier": LICENCE["name"]},
        },
        "servers": [{"url": "/v1", "description": "This service."}],
        "security": [],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {name: _problem(name) for name in PROBLEMS},
            "headers": {
                name: _header(*text) for name, text in sorted({**HEADERS, **FRESH, **PAGED, **FILE, **RETRY}.items())
            },
        },
    }


RETRY = {"Retry-After": ("Seconds to wait.", "5")}


def example_app() -> Flask:
    """Make a service over a store of its own with the bundled plan, recorded at a fixed moment."""
    store = Path(tempfile.mkdtemp()) / "plans.db"
    connection.create(store)
    writer = connection.open_writer(store)
    load.insert(writer, plan_file.parse(BUNDLED.read_bytes()), "example", at="2021-01-01T00:00:00.000000Z")
    writer.close()
    return create_app(Settings(database=store, public_url="https://plans.example.gov.cn", log=False))


def plan_file_form() -> dict[str, Any]:
    """Return the JSON Schema of the plan file."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec("", "1", "3.1.0", plugins=[plugin])
    assert plugin.converter is not None  # noqa: S101
    for field in (Number, QueryNumber):
        plugin.converter.map_to_openapi_type(field, "number", None)
    plugin.converter.add_attribute_function(_bounds)
    spec.components.schema("PlanFile", schema=plan_file.PlanFileSchema)
    text = json.dumps(spec.to_dict()["components"]["schemas"]).replace(COMPONENTS, "#/$defs/")
    parts = {name: {**part, "additionalProperties": False} for name, part in sorted(json.loads(text).items())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plan file",
        "description": "A whole plan, as plan-indicators loads and exports it; format_version 1.",
        "$ref": "#/$defs/PlanFile",
        "$defs": parts,
    }


def dump(contract: dict[str, Any]) -> str:
    """Write the contract as YAML, members in the order given."""
    return yaml.dump(contract, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Write repeated parts out, and texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def _operation(
    spec: APISpec, converter: OpenAPIConverter, client: FlaskClient, rule: Rule, view: Callable[..., Any]
) -> dict[str, Any]:
    """Describe one operation: its docstring, parameters, answers and a real example."""
    summary, _, description = inspect.getdoc(view).partition("\n\n")  # type: ignore[union-attr]  # a test asks for one
    known = operation.of(view)
    words = view.__name__.split("_")
    failures = [*ANYWHERE, *(["not-found"] if rule.arguments else [])]
    return {
        "operationId": words[0] + "".join(map(str.capitalize, words[1:])),
        "summary": summary.rstrip("."),
        "description": description.replace("\n", " "),
        "tags": [known.tag],
        "parameters": [*_path(rule), *_query(converter, known.query)],
        "responses": {
            "200": _answer(spec, client, known),
            "304": {
                "description": "Not modified since the ETag in If-None-Match.",
                "headers": _headers(HEADERS, FRESH),
            },
            **_failures(failures),
        },
    }


def _path(rule: Rule) -> list[dict[str, Any]]:
    """Describe what stands in the path."""
    described = []
    for name in sorted(rule.arguments):
        choices = re.search(rf"<any\(([^)]*)\):{name}>", rule.rule)
        kind: dict[str, Any] = {"type": "string", "maxLength": ID_LENGTH, "pattern": ID_PATTERN}
        if choices:
            kind = {"type": "string", "enum": choices[1].split(", ")}
        text = "Format of the file." if choices else f"The {name.replace('_', ' ')}."
        described.append({"name": name, "in": "path", "required": True, "description": text, "schema": kind})
    return described


def _query(converter: OpenAPIConverter, schema: Schema) -> list[dict[str, Any]]:
    """Describe the query parameters: lists are comma-separated."""
    described = []
    for name, field in schema.fields.items():
        kind = converter.field2property(field)
        text = kind.pop("description")
        parameter = {"name": name, "in": "query", "required": field.required, "description": text, "schema": kind}
        if kind["type"] == "array":
            kind["items"].pop("description", None)
            kind["uniqueItems"] = True
            parameter |= {"style": "form", "explode": False}
        described.append(parameter)
    return described


def _answer(spec: APISpec, client: FlaskClient, known: Operation) -> dict[str, Any]:
    """Describe the answer of an operation, with what the service really says at its example URL."""
    if known.formats:
        example = client.get(known.example).get_data(as_text=True)
        content = {
            MEDIA_TYPES[name]: {"schema": _file(name), **({"example": example} if name in known.example else {})}
            for name in known.formats
        }
        return {
            "description": "The file.",
            "headers": _headers(HEADERS, FRESH, FILE),
            "content": content,
        }
    example = client.get(known.example).get_json()
    schema = _reference(spec, known.answer)
    if known.sparse:
        schema = {"anyOf": [schema, _reference(spec, known.answer, before="Sparse")]}
    if known.paged:
        schema = {"$ref": f"{COMPONENTS}{_page(spec, known.answer, schema)}"}
    return {
        "description": "The answer.",
        "headers": _headers(HEADERS, FRESH, PAGED if known.paged else {}),
        "content": {MEDIA_TYPES["json"]: {"schema": schema, "example": example}},
    }


def _reference(spec: APISpec, schema: type[Schema], before: str = "") -> dict[str, Any]:
    """Refer to the component of a schema, adding it at its first use."""
    name = _name(schema)
    if name not in spec.components.schemas:
        spec.components.schema(name, schema=schema)
    return {"$ref": f"{COMPONENTS}{before}{name}"}


def _sparse(name: str, schemas: dict[str, Any]) -> None:
    """Add the component of what `fields` leaves of another: any member may be absent, at any depth."""
    members = {}
    for key, member in schemas[name]["properties"].items():
        members[key] = member
        nested = member.get("$ref", "").removeprefix(COMPONENTS)
        if nested and key not in INCLUDED:
            if f"Sparse{nested}" not in schemas:
                _sparse(nested, schemas)
            members[key] = {**member, "$ref": f"{COMPONENTS}Sparse{nested}"}
    text = f"{schemas[name]['description']} Only the members asked for."
    schemas[f"Sparse{name}"] = {"type": "object", "description": text, "properties": members}


def _page(spec: APISpec, schema: type[Schema], member: dict[str, Any]) -> str:
    """Name the component of a page, adding it at its first use."""
    name = f"{schema.__name__.removesuffix('Schema')}Page"
    if name not in spec.components.schemas:
        next_url = {"type": ["string", "null"], "format": "uri", "maxLength": 9000}
        members = {
            "data": {"type": "array", "maxItems": LIMIT_MOST, "items": member},
            "next": {**next_url, "description": "The next page; null on the last."},
            "total": {
                "type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000,
                "description": "All matches, with count=true.", "x-included": True,
            },
        }  # fmt: skip
        spec.components.schema(name, {"type": "object", "description": "A page.", "properties": members})
    return name


def _file(name: str) -> dict[str, Any]:
    if name == "xlsx":
        return {"type": "string", "format": "binary", "maxLength": FILE_MOST}
    return {"type": "string", "maxLength": FILE_MOST}


def _whole(part: dict[str, Any], text: str | None) -> dict[str, Any]:
    """Say of an answer that every member is there, but for what is included or was not asked for."""
    members = {key: {k: v for k, v in member.items() if k != "default"} for key, member in part["properties"].items()}
    optional = {key for key, member in members.items() if member.pop("x-included", False)}
    described = {"type": "object", "description": part.get("description", text)}
    return {**described, "properties": members, "required": [key for key in members if key not in optional]}


def _failures(names: list[str]) -> dict[str, Any]:
    """Refer to each problem by its status."""
    found = {str(PROBLEMS[name].status): {"$ref": f"#/components/responses/{name}"} for name in names}
    return dict(sorted(found.items()))


def _problem(name: str) -> dict[str, Any]:
    kind = PROBLEMS[name]
    example = {
        "type": f"https://plans.example.gov.cn/v1/problems/{name}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.title + ".",
        "instance": "urn:request:7d2c9f1e",
        "errors": [],
    }
    extra = RETRY if kind.status == PROBLEMS["store-unavailable"].status else {}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {
        "description": kind.explanation,
        "headers": _headers(HEADERS, extra),
        "content": {"application/problem+json": content},
    }


def _headers(*groups: dict[str, Any]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for group in groups for name in group}


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": SHORT, "example": example}


def _reading_order(rule: Rule) -> tuple[int, str]:
    """Order paths as the tags are, then by name."""
    return 0, rule.rule


def _name(schema: type[Schema] | Schema) -> str:
    """Name a component after its schema: IndicatorSchema is Indicator."""
    return (type(schema) if isinstance(schema, Schema) else schema).__name__.removesuffix("Schema")


def _bounds(self: OpenAPIConverter, field: fields.Field[Any], **_: Any) -> dict[str, Any]:  # noqa: ARG001, PLR0911
    """Say of each field type what its class checks: formats, lengths, ranges."""
    match field:
        case Timestamp() | fields.AwareDateTime():
            return {"format": "date-time", "maxLength": 40}
        case Date() | fields.Date():
            return {"format": "date", "maxLength": 10}
        case fields.Url():
            return {"format": "uri", "maxLength": 9000}
        case fields.Integer():
            return {"format": "int64"}
        case Number() | QueryNumber() | fields.Float():
            return {"format": "double", "minimum": -999_999_999_999_999, "maximum": 999_999_999_999_999}
        case fields.String() if not field.validators:
            return {"maxLength": 200}
        case _:
            return {}


def write() -> None:
    """Write the contract and the form of the plan file where they are committed."""
    (TOP / "openapi.yaml").write_text(dump(build(example_app())), "utf-8")
    form = json.dumps(plan_file_form(), ensure_ascii=False, indent=2)
    (TOP / "docs" / "plan-file.schema.json").write_text(f"{form}\n", "utf-8")


if __name__ == "__main__":
    write()
