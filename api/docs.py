"""The contract and the page that renders it, served wholly from this package."""

import json
from functools import cache
from importlib.resources import files

import yaml
from flask import Blueprint, Response

from api.replies import text

blueprint = Blueprint("docs", __name__)

CONTRACT = files("api") / ".." / "openapi.yaml"


@cache
def contract() -> str:
    """Return the committed contract."""
    return CONTRACT.read_text("utf-8")


@cache
def contract_as_json() -> str:
    """Return the committed contract as JSON."""
    return json.dumps(yaml.load(contract(), yaml.CSafeLoader), ensure_ascii=False)


@blueprint.get("/openapi.yaml")
def get_openapi_yaml() -> Response:
    """Get the contract as YAML."""
    return text(contract(), "application/yaml")


@blueprint.get("/openapi.json")
def get_openapi_json() -> Response:
    """Get the contract as JSON."""
    return text(contract_as_json())
