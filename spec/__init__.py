"""Build the contract (OpenAPI) from the code: routes, schemas and docstrings are its only sources."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from werkzeug.routing import Rule

from api import operation
from api.request import access
from api.version import CONTACT, LICENCE, NAME, VERSION
from schema.answers.service import ProblemSchema
from spec import operations, webhooks, writes
from spec.components import OPENAPI, collection, finished, plan_file_form, requests
from spec.examples import HOST, OBSERVED, example, example_app
from spec.parameters import share

__all__ = ["build", "dump", "example_app", "path", "plan_file_form", "write"]

TOP = Path(__file__).parents[1]
DESCRIPTION = """\
Government plans as data: sections, indicators with targets, milestones and deadlines, with reported progress and a
status that anyone can recompute.

**Reading.** Every answer has a strong `ETag`; send it in `If-None-Match` to get 304 if nothing changed. Read a
collection page by page by following `next`, or at once as CSV, NDJSON or XLSX. In CSV, text that a spreadsheet would
run as a formula gets a leading apostrophe. Unknown parameters and members are refused with a problem (RFC 9457) that
lists what is allowed. Every member is present, and null if its value is unknown; `fields` selects fewer members.
Lengths and offsets of text count Unicode code points.

**Writing.** Reading needs no key unless the operator requires one. Writing needs a key with the right scope, sent as
`Authorization: Bearer …`: `report` for observations and milestone states, `edit` for plans and their items, `admin` for
webhooks. Send the `ETag` of the item in `If-Match`, an `Idempotency-Key` to make a retry safe, and `validate_only=true`
to test a request without writing.

**Examples.** They are real answers for the bundled plan. That plan has no reported values, so the observations are
invented, and their notes say so. The small plan shown as a document is also invented.
"""
TAGS = {
    "Service": "Service document, limits and problem types.",
    "Plans": "Plans, with their area and period.",
    "Sections": "Sections of a plan.",
    "Indicators": "Quantities to which a plan commits.",
    "Milestones": "Deliverables without a number.",
    "Deadlines": "Dates by which indicators and milestones are due.",
    "Observations": "Reported values.",
    "Changes": "Feed of changes, for systems that keep a copy.",
    "Webhooks": "Messages about changes, sent to other systems.",
    "Search": "Text search over indicators, milestones and sections.",
    "Vocabularies": "Codes with labels and definitions.",
}
SERVER = {"url": "/v1", "description": "This service, in production.", "x-internal": False}


def build() -> dict[str, Any]:
    """Build the contract of the service. Its examples are real answers of the service."""
    app = example_app()
    reported = example_app(OBSERVED).test_client()
    spec, converter = collection()
    sent, sent_converter = collection()
    spec.components.schema("Problem", schema=ProblemSchema)
    client, keyed = app.test_client(), app.test_client()
    keyed.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {app.config['EXAMPLE_KEY']}"
    sources = writes.Sources(spec, sent, converter, keyed)
    paths: dict[str, Any] = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/v1"):
            view = app.view_functions[rule.endpoint]
            known = operation.of(view)
            asked = reported if known.tag == "Observations" else keyed if known.scope else client
            methods = rule.methods or set()
            if "GET" in methods:
                described = {"get": operations.describe(spec, converter, asked, rule, view)}
            else:
                described = {
                    method.lower(): writes.describe(rule, view, method, sources) for method in methods & access.WRITING
                }
            paths.setdefault(path(rule), {}).update(described)
    told = webhooks.describe(spec, example(client, "/v1/changes?limit=1")["data"][0], f"{HOST}/v1/changes")
    paths = {place: _in_order(item) for place, item in sorted(paths.items(), key=_reading_order)}
    return {
        "openapi": OPENAPI,
        "info": {
            "title": NAME,
            "summary": "Indicators, milestones and deadlines of government plans.",
            "description": DESCRIPTION,
            "version": VERSION,
            "contact": CONTACT,
            "license": {"name": "Apache License 2.0", "identifier": LICENCE["name"]},
        },
        "servers": [SERVER],
        "security": [],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "webhooks": told,
        "components": {
            "schemas": finished(spec, converter, str(paths)) | requests(sent, sent_converter, str(paths)),
            "parameters": share(paths),
            "responses": {name: operations.problem(client, name) for name in operations.met(paths)},
            "headers": operations.headers(),
            "securitySchemes": {"key": writes.SECURITY},
        },
    }


def path(rule: Rule) -> str:
    """Convert a route to a path of the contract."""
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/v1") or "/"


def _reading_order(entry: tuple[str, Any]) -> tuple[int, int, str]:
    """Return the sort key of a path: by tag, then collections before their items."""
    place, item = entry
    return min(list(TAGS).index(operation["tags"][0]) for operation in item.values()), place.count("/"), place


def _in_order(item: dict[str, Any]) -> dict[str, Any]:
    """Order the operations of a path: GET before writes."""
    return {method: item[method] for method in ("get", "put", "post", "patch", "delete") if method in item}


def dump(contract: dict[str, Any]) -> str:
    """Serialise the contract as YAML, with members in the given order."""
    return yaml.dump(contract, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


class _Dumper(yaml.SafeDumper):
    """Write repeated parts in full, and multi-line texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        return True


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def write() -> None:
    """Write openapi.yaml and docs/plan-file.schema.json."""
    (TOP / "openapi.yaml").write_text(dump(build()), "utf-8")
    form = json.dumps(plan_file_form(), ensure_ascii=False, indent=2)
    (TOP / "docs" / "plan-file.schema.json").write_text(f"{form}\n", "utf-8")
