"""The parameters of the contract: path, query, and shared parameters."""

import json
import re
from collections import defaultdict
from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema
from werkzeug.routing import Rule

from api.reply.problems import PROBLEMS
from schema.fields import ID_LENGTH, ID_PATTERN, PLAN_ID_LENGTH, PLAN_ID_PATTERN
from schema.vocabulary import VOCABULARIES
from spec.components import LINE, VALUE

PREFIX = "#/components/parameters/"
ID = {"type": "string", "minLength": 1, "maxLength": ID_LENGTH, "pattern": ID_PATTERN}
KINDS: dict[str, dict[str, Any]] = {
    "plan_id": {"type": "string", "minLength": 1, "maxLength": PLAN_ID_LENGTH, "pattern": PLAN_ID_PATTERN},
    "problem_name": {"type": "string", "enum": list(PROBLEMS)},
    "vocabulary_name": {"type": "string", "enum": list(VOCABULARIES)},
}
"""Schemas of path parameters that are not item ids."""


def of_path(rule: Rule, url: str) -> list[dict[str, Any]]:
    """Describe the path parameters, with their values in an example URL."""
    matched = re.fullmatch(re.sub(r"<(?:[^:>]+:)?(\w+)>", r"(?P<\1>[^/]+)", rule.rule), url.partition("?")[0])
    assert matched is not None  # noqa: S101  (the example is one of this very rule)
    described = []
    for name, given in matched.groupdict().items():
        choices = re.search(rf"<any\(([^)]*)\):{name}>", rule.rule)
        resource, _, part = name.rpartition("_")
        described.append(
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": f"The {part} of the {resource}." if resource else f"The {name} of the file.",
                "schema": {"type": "string", "enum": choices[1].split(", ")} if choices else KINDS.get(name, ID),
                "example": given,
            }
        )
    return described


def of_query(converter: OpenAPIConverter, schema: Schema) -> list[dict[str, Any]]:
    """Describe the query parameters. Lists are comma-separated."""
    described = []
    for name, field in schema.fields.items():
        kind = converter.field2property(field)
        text = kind.pop("description")
        parameter = {"name": name, "in": "query", "required": field.required, "description": text, "schema": kind}
        if kind["type"] == "array":
            items = kind["items"]
            items.pop("description", None)
            if items.get("pattern") == LINE:
                items["pattern"] = VALUE
            kind["uniqueItems"] = True
            parameter |= {"style": "form", "explode": False}
        described.append(parameter)
    return described


def share(paths: dict[str, Any]) -> dict[str, Any]:
    """Replace equal parameters of several operations by references; return the shared parameters by key.

    The key is the name of the parameter if operations of several tags, or all operations with that parameter, describe
    it alike. Otherwise it is {tag}_{name}.
    """
    uses: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for operation in (each for path in paths.values() for each in path.values()):
        for parameter in operation["parameters"]:
            uses[parameter["name"]][_but_example(parameter)].append(operation)
    shared: dict[str, Any] = {}
    for name, variants in uses.items():
        for text, operations in variants.items():
            if len(operations) == 1:
                continue
            tags = {operation["tags"][0] for operation in operations}
            key = name if len(tags) > 1 or len(variants) == 1 else f"{min(tags).lower()}_{name}"
            if key in shared:
                raise ValueError(f"the parameter {key} is described in two ways")
            for operation in operations:
                place = [_but_example(each) for each in operation["parameters"]].index(text)
                shared.setdefault(key, operation["parameters"][place])
                operation["parameters"][place] = {"$ref": f"{PREFIX}{key}"}
    return dict(sorted(shared.items()))


def _but_example(parameter: dict[str, Any]) -> str:
    """Serialise a parameter without its example, to compare it with others."""
    return json.dumps({name: part for name, part in parameter.items() if name != "example"})
