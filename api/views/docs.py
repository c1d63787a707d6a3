"""The contract and the page that renders it. All files come from this package and from the renderer's."""

import json
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import NamedTuple

from flask import Blueprint, Response, abort, render_template

from api.reply.links import settings
from api.reply.replies import FOR_EVER, text

blueprint = Blueprint("docs", __name__, template_folder="../page")

CONTRACT = files("api") / ".." / "openapi.yaml"
PAGE = files("api") / "page"
RENDERER = files("flask_swagger_ui") / "dist"
SOURCES = {
    "icon.svg": (PAGE, "image/svg+xml"),
    "page.css": (PAGE, "text/css; charset=utf-8"),
    "page.js": (PAGE, "text/javascript; charset=utf-8"),
    "swagger-ui.css": (RENDERER, "text/css; charset=utf-8"),
    "swagger-ui-bundle.js": (RENDERER, "text/javascript; charset=utf-8"),
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:;"  # the icons in the renderer's style sheet
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Asset(NamedTuple):
    """Hold a file that the page loads."""

    body: bytes
    media_type: str


def _server() -> str:
    """Return the base URL of the operations: below PLAN_PUBLIC_URL, which may have a path, or on this host."""
    return f"{settings().public_url or ''}/v1"


@cache
def contract(server: str = "/v1") -> str:
    """Return the committed contract with this server in place of `/v1`."""
    return CONTRACT.read_text("utf-8").replace("- url: /v1\n", f"- url: {server}\n", 1)


@cache
def contract_as_json(server: str = "/v1") -> str:
    """Return the contract as JSON."""
    import yaml  # noqa: PLC0415  (13 ms that the service starts without)

    return json.dumps(yaml.load(contract(server), yaml.CSafeLoader), ensure_ascii=False)


@cache
def assets() -> dict[str, Asset]:
    """Return the files that the page loads."""
    return {name: Asset((room / name).read_bytes(), kind) for name, (room, kind) in SOURCES.items()}


@cache
def addresses() -> dict[str, str]:
    """Return the name in the URL of each file that the page loads: its digest, then its file name."""
    return {name: f"{blake2b(asset.body, digest_size=6).hexdigest()}-{name}" for name, asset in assets().items()}


@cache
def page() -> str:
    """Render the page: its content before the script runs, and the URLs of the files it loads."""
    known = json.loads(contract_as_json())
    return render_template("docs.html", info=known["info"], base=known["servers"][0]["url"], assets=addresses())


@blueprint.get("/openapi.yaml")
def get_openapi_yaml() -> Response:
    """Get the contract as YAML."""
    return text(contract(_server()), "application/yaml")


@blueprint.get("/openapi.json")
def get_openapi_json() -> Response:
    """Get the contract as JSON."""
    return text(contract_as_json(_server()))


@blueprint.get("/docs")
def get_docs() -> Response:
    """Get the page that renders the contract."""
    response = text(page(), "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = POLICY
    return response


@blueprint.get("/docs/<address>")
def get_asset(address: str) -> Response:
    """Get a file that the page loads."""
    _, _, name = address.partition("-")
    if addresses().get(name) != address:
        abort(404)
    return text(*assets()[name], cache=FOR_EVER)
