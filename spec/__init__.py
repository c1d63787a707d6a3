"""The contract, from the code: routes, schemas and docstrings are its only sources."""

import json
import re
from pathlib import Path
from typing import Any

import yaml
from werkzeug.routing import Rule

from api import operation
from api.request import access
from api.version import CONTACT, LICENCE, NAME, VERSION
from schema.service import ProblemSchema
from spec import operations, webhooks, writes
from spec.components import OPENAPI, collection, finished, plan_file_form, requests
from spec.examples import HOST, OBSERVED, example, example_app
from spec.parameters import share

__all__ = ["build", "dump", "example_app", "path", "plan_file_form", "write"]

TOP = Path(__file__).parents[1]
DESCRIPTION = """\
What a government plan promises, as data: sections, indicators with their targets, milestones and deadlines, with the
progress reported and a status that anyone can recompute.

Every answer has a strong validator (`ETag`): ask again with `If-None-Match`. Every collection is read page by page by
following `next`, or at once as CSV, NDJSON or XLSX; in CSV a text that a spreadsheet would run as a formula begins with
an apostrophe, in other formats every text is as it is. Whatever the service does not know it refuses: a misspelt
parameter is a problem (RFC 9457) that names it and what is allowed. A member whose value is not known is null; none is
ever left out, unless `fields` asks for less.

Reading needs no key unless the operator closes it. Writing needs one with the right scope (`report`: observations and
the state of milestones; `edit`: plans and their parts; `admin`: webhooks), sent as `Authorization: Bearer …`. A change
names the state that it was made for (`If-Match`); a request can be sent again without being done again
(`Idempotency-Key`), and tried without being done at all (`validate_only=true`).

The examples are the service's own answers over the plan that comes with it; only the observations are invented, for
that plan has none reported, and say so; and so is the small plan that is shown as a whole document.
"""
TAGS = {
    "Service": "What is here, in which edition, within which limits.",
    "Plans": "What is published, for which area and period.",
    "Sections": "The headings of a plan.",
    "Indicators": "Quantities that a plan commits to.",
    "Milestones": "Deliverables without a number.",
    "Deadlines": "Dates that indicators and milestones are due by.",
    "Observations": "Values reported.",
    "Changes": "What happened, for systems that follow.",
    "Webhooks": "Other systems told of changes.",
    "Search": "Text search over everything.",
    "Vocabularies": "Codes and what they mean.",
}
SERVER = {"url": "/v1", "description": "This service, in production.", "x-internal": False}


def build() -> dict[str, Any]:
    """Return the contract of the service; its examples are the service's own answers."""
    app = example_app()
    reported = example_app(OBSERVED).test_client()
    spec, converter = collection()
    sent, sent_converter = collection()
    spec.components.schema("Problem", schema=ProblemSchema)
    client, keyed = app.test_client(), app.test_client()
    keyed.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {app.config['EXAMPLE_KEY']}"
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
                sources = writes.Sources(spec, sent, converter, client, app.config["EXAMPLE_KEY"])
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
    """Return the path of the contract that a route is."""
    return re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/v1") or "/"


def _reading_order(entry: tuple[str, Any]) -> tuple[int, int, str]:
    """Order paths as the tags are, a collection before what is in it."""
    place, item = entry
    return min(list(TAGS).index(operation["tags"][0]) for operation in item.values()), place.count("/"), place


def _in_order(item: dict[str, Any]) -> dict[str, Any]:
    """Order the operations of a path: reading before writing."""
    return {method: item[method] for method in ("get", "put", "post", "patch", "delete") if method in item}


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


def write() -> None:
    """Write the contract and the form of the plan file where they are committed."""
    (TOP / "openapi.yaml").write_text(dump(build()), "utf-8")
    form = json.dumps(plan_file_form(), ensure_ascii=False, indent=2)
    (TOP / "docs" / "plan-file.schema.json").write_text(f"{form}\n", "utf-8")
