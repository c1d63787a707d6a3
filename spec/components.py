"""The schemas of the contract: marshmallow schemas as JSON Schema."""

import inspect
import json
import re
from collections.abc import Callable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, fields

from api.version import NAME, VERSION
from schema.answers.change import RECORDS, AnyRecord
from schema.fields import LARGEST, Number, Text
from schema.query import LIMIT_MOST, QueryNumber
from schema.rules import plan_file

COMPONENTS = "#/components/schemas/"
OPENAPI = "3.1.0"
INCLUDED = {"plan", "section", "deadline", "observations"}
NAMES = {
    "Counts": "SectionCounts",
    "Fault": "ProblemFault",
    "Group": "SummaryGroup",
    "Hit": "SearchHit",
    "Latest": "LatestObservation",
    "Match": "SearchMatch",
    "Node": "OutlineSection",
    "Place": "SourcePlace",
    "Search": "SearchPage",
    "Source": "PlanSource",
    "Summary": "IndicatorSummary",
    "Term": "VocabularyTerm",
}
"""Longer names for schemas, because generated clients show them without their module."""
CONTROL = r"\x00-\x1f\x7f-\x9f"
ANY = f"^[^{CONTROL}]*$"
LINE = rf"^[^\s{CONTROL}]([^{CONTROL}]*[^\s{CONTROL}])?$"
VALUE = rf"^[^\s,{CONTROL}]([^,{CONTROL}]*[^\s,{CONTROL}])?$"
"""A line of text that can be in a comma-separated list."""
LINES = r"^\S([\s\S]*\S)?$"


def collection() -> tuple[APISpec, OpenAPIConverter]:
    """Create an empty collection of components, and a converter for the field types of schema/."""
    plugin = MarshmallowPlugin(schema_name_resolver=name)
    spec = APISpec(NAME, VERSION, OPENAPI, plugins=[plugin])
    converter = plugin.converter
    assert converter is not None  # noqa: S101  (APISpec has just set it)
    for field in (Number, QueryNumber):
        converter.map_to_openapi_type(field, "number", None)  # type: ignore[no-untyped-call]
    converter.add_attribute_function(_bounds)  # type: ignore[no-untyped-call]
    return spec, converter


def name(schema: type[Schema] | Schema) -> str:
    """Return the component name of a schema: Indicator for IndicatorSchema."""
    short = (type(schema) if isinstance(schema, Schema) else schema).__name__.removesuffix("Schema")
    return NAMES.get(short, short)


def reference(spec: APISpec, schema: type[Schema]) -> dict[str, Any]:
    """Return a reference to the component of a schema; add the component on first use."""
    if name(schema) not in spec.components.schemas:
        spec.components.schema(name(schema), schema=schema)
    return {"$ref": f"{COMPONENTS}{name(schema)}"}


def sparse(reference: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to a component, or to its sparse variant for the parameter `fields`."""
    return {"anyOf": [reference, {"$ref": reference["$ref"].replace(COMPONENTS, f"{COMPONENTS}Sparse")}]}


def page(spec: APISpec, schema: type[Schema], member: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to the component of a page; add the component on first use."""
    title = f"{name(schema)}Page"
    if title not in spec.components.schemas:
        next_url = {"type": ["string", "null"], "format": "uri", "maxLength": 9000}
        members = {
            "data": {
                "type": "array", "maxItems": LIMIT_MOST, "items": member,
                "description": "Items in sort order; may be empty.",
            },
            "next": {**next_url, "description": "URL of the next page; null on the last."},
            "total": {
                "type": "integer", "format": "int64", "minimum": 0, "maximum": 1_000_000_000,
                "description": "Number of matches on all pages. Only with count=true.", "x-included": True,
            },
        }  # fmt: skip
        text = f"A page of {re.sub('(?<=[a-z])(?=[A-Z])', ' ', name(schema)).lower()}s."
        spec.components.schema(title, {"type": "object", "description": text, "properties": members})
    return {"$ref": f"{COMPONENTS}{title}"}


def finished(spec: APISpec, converter: OpenAPIConverter, used: str) -> dict[str, Any]:
    """Return all components by name; sparse ones only if `used`, the rest of the contract, refers to them."""
    texts = {title: inspect.getdoc(key[0]) for key, title in converter.refs.items()}
    parts = spec.to_dict()["components"]["schemas"]
    schemas = {title: _whole(part, texts.get(title)) for title, part in parts.items()}
    for title in parts:
        if f"{COMPONENTS}Sparse{title}'" in used + str(parts):
            _add_sparse(title, schemas)
    return dict(sorted(schemas.items()))


def _whole(part: dict[str, Any], text: str | None) -> dict[str, Any]:
    """Make every member of an answer required, except related objects that only `include` adds."""
    members = {key: {k: v for k, v in member.items() if k != "default"} for key, member in part["properties"].items()}
    optional = {key for key, member in members.items() if member.pop("x-included", False)}
    described = {"type": "object", "description": part.get("description", text)}
    return {**described, "properties": members, "required": [key for key in members if key not in optional]}


def _add_sparse(title: str, schemas: dict[str, Any]) -> None:
    """Add the sparse variant of a component: any member may be absent, at any depth."""
    members = {}
    for key, member in schemas[title]["properties"].items():
        members[key] = member
        nested = member.get("$ref", "").removeprefix(COMPONENTS)
        if nested and key not in INCLUDED:
            if f"Sparse{nested}" not in schemas:
                _add_sparse(nested, schemas)
            members[key] = {**member, "$ref": f"{COMPONENTS}Sparse{nested}"}
    text = f"{schemas[title]['description']} Has only the members in fields."
    schemas[f"Sparse{title}"] = {"type": "object", "description": text, "properties": members}


def _bounds(self: OpenAPIConverter, field: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ARG001  (apispec binds it)
    """Add the bounds that the class of a field checks, unless its validators already give them."""
    match field:
        case fields.AwareDateTime():
            found: dict[str, Any] = {"format": "date-time", "maxLength": 40}
        case fields.Date():
            found = {"format": "date", "maxLength": 10}
        case AnyRecord():
            records = [{"$ref": f"{COMPONENTS}{name(schema)}"} for schema in RECORDS.values()]
            found = {"anyOf": [*records, {"type": "null"}]}
        case fields.Url():
            found = {"format": "uri", "maxLength": 9000}
        case fields.Integer():
            found = {"format": "int64"}
        case Number() | QueryNumber() | fields.Float():
            found = {"format": "double", "minimum": -LARGEST, "maximum": LARGEST}
        case Text():
            found = {"pattern": LINES if field.lines else LINE}
        case fields.String() if "enum" not in ret:
            found = {"maxLength": 200, "pattern": ANY}
        case _:
            found = {}
    return {key: value for key, value in found.items() if key not in ret}


def sent(spec: APISpec, schema: type[Schema], *, patch: bool) -> dict[str, Any]:
    """Return a reference to the component of a body; add the component on first use."""
    reference(spec, schema)
    return {"$ref": COMPONENTS + (_patched(name(schema)) if patch else _sent(name(schema)))}


def requests(spec: APISpec, converter: OpenAPIConverter, used: str) -> dict[str, Any]:
    """Return the components of bodies and patches that are `used`, by the rest of the contract or by each other.

    Optional members may be absent, and unknown members are refused.
    """
    texts = {title: inspect.getdoc(key[0]) for key, title in converter.refs.items()}
    found = {}
    for title, part in spec.to_dict()["components"]["schemas"].items():
        plain = {"description": texts[title], **part, "additionalProperties": False}
        found[_sent(title)] = json.loads(_renamed(plain, _sent))
        members = {key: _nullable(member) for key, member in plain["properties"].items() if key != "id"}
        patch = {
            **plain,
            "description": f"{texts[title]} As a merge patch: any subset of members.",
            "properties": members,
        }
        patch.pop("required", None)
        found[_patched(title)] = json.loads(_renamed(patch, _patched))
    while unused := [title for title in found if f"{COMPONENTS}{title}'" not in used + str(found)]:
        for title in unused:
            del found[title]
    return found


def _sent(title: str) -> str:
    return title if title.endswith(("Create", "Report", "Batch", "PlanFile")) else f"{title.removesuffix('Facts')}Input"


def _patched(title: str) -> str:
    return f"{title.removesuffix('Facts')}Patch"


def _renamed(part: dict[str, Any], rename: Callable[[str], str]) -> str:
    """Serialise a component with the names in its references changed."""
    return re.sub(rf'"{COMPONENTS}(\w+)"', lambda found: f'"{COMPONENTS}{rename(found[1])}"', json.dumps(part))


def _nullable(member: dict[str, Any]) -> dict[str, Any]:
    """Allow null for a member of a patch; null removes an optional member."""
    member = {key: value for key, value in member.items() if key != "default"}
    if "$ref" in member:
        return {"anyOf": [{"$ref": member.pop("$ref")}, {"type": "null"}], **member}
    kinds = [member["type"]] if isinstance(member["type"], str) else member["type"]
    choices = {"enum": [*member["enum"], None]} if "enum" in member and None not in member["enum"] else {}
    return {**member, "type": list(dict.fromkeys([*kinds, "null"])), **choices}


def plan_file_form() -> dict[str, Any]:
    """Return the JSON Schema of the plan file."""
    spec, _ = collection()
    spec.components.schema("PlanFile", schema=plan_file.PlanFileSchema)
    text = json.dumps(spec.to_dict()["components"]["schemas"]).replace(COMPONENTS, "#/$defs/")
    parts = {title: {**part, "additionalProperties": False} for title, part in sorted(json.loads(text).items())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Plan file",
        "description": "A whole plan, as plan-indicators loads and exports it (format_version 1).",
        "$ref": "#/$defs/PlanFile",
        "$defs": parts,
    }
