"""The operations of the contract, from the routes, the docstrings of views, and api.operation."""

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from api import operation
from api.operation import Operation
from api.reply.formats import MEDIA_TYPES
from api.reply.problems import MEDIA_TYPE, PROBLEMS, RETRY_AFTER
from api.request import access, bodies
from api.version import VERSION
from spec import examples, parameters
from spec.components import page, reference, sparse

RESPONSES = "#/components/responses/"
FILE_MOST = 2**40
FILE_TEXT = r"^[^\x00-\x08]*$"
HEADERS = {
    "API-Version": ("Version of the API contract.", VERSION),
    "X-Request-Id": ("Id of the request in the log: the one sent by the caller, or a new one.", "7d2c9f1e"),
    "RateLimit-Policy": (
        "Allowed requests (q) in a number of seconds (w). Present if a limit is set.",
        '"address";q=600;w=60',
    ),
    "RateLimit": ("Requests left (r) for a number of seconds (t). Present if a limit is set.", '"address";r=599;t=60'),
    "Access-Control-Allow-Origin": ("Origins whose pages may read the answer.", "*"),
}
FRESH = {
    "ETag": (
        "Strong ETag of the answer. Send it in If-None-Match, or in If-Match to change the item.",
        '"5f2c0a1b9d3e"',
    ),
    "Cache-Control": ("How long the answer may be cached.", "public, no-cache"),
    "Vary": ("Request headers on which the answer depends.", "Accept, Accept-Encoding"),
}
SYNCED = {
    "Change-Cursor": ("Cursor of the state that the answer shows. Use it as since in /v1/changes.", "5f2c0a1b-158")
}
PLACE = {"Location": ("URL of the new item.", "https://plans.gov.example/v1/sections/hunnan-2021.2.4")}
PAGED = {
    "Link": ("URL of the next page (rel=next); absent on the last page.", '</v1/indicators?after=WyJ4Il0>; rel="next"')
}
FILE = {"Content-Disposition": ("Suggested file name.", 'attachment; filename="indicators.csv"')}
CHALLENGE = {
    "WWW-Authenticate": (
        "Required authentication; with a key, what is wrong with it (RFC 6750, 3).",
        access.CHALLENGE["WWW-Authenticate"],
    )
}
RETRY = {"Retry-After": ("Seconds to wait.", RETRY_AFTER)}
CODING = {
    "Accept-Encoding": (
        "Allowed content coding of a body. Present if the coding was wrong.",
        bodies.UNCODED["Accept-Encoding"],
    )
}
OF_PROBLEMS = {
    "store-unavailable": RETRY,
    "quota-exceeded": RETRY,
    "unauthorized": CHALLENGE,
    "forbidden": CHALLENGE,
    "unsupported-media-type": CODING,
}
"""Extra headers of problems."""
NEEDS = " Needs a key with the scope `{}`."
ANYWHERE = (
    "invalid-parameter",
    "not-acceptable",
    "unauthorized",
    "forbidden",
    "uri-too-long",
    "quota-exceeded",
    "headers-too-large",
    "internal-error",
    "store-unavailable",
)


def describe(
    spec: APISpec, converter: OpenAPIConverter, client: FlaskClient, rule: Rule, view: Callable[..., Any]
) -> dict[str, Any]:
    """Describe an operation that reads: summary, parameters, answers and a real example."""
    summary, _, description = (inspect.getdoc(view) or "").partition("\n\n")
    known = operation.of(view)
    url = known.example
    asked = parameters.of_query(converter, known.query) if known.query else []
    dated = known.query is not None and "as_of" in known.query.fields
    failures = [*ANYWHERE, *(["not-found"] if rule.arguments else []), *(["gone"] if dated else []), *known.failures]
    return {
        "operationId": name_of(view),
        "summary": summary.rstrip("."),
        "description": (description + NEEDS.format(known.scope) * bool(known.scope)).replace("\n", " "),
        "tags": [known.tag],
        **({"security": [{"key": []}]} if known.scope else {}),
        "parameters": [*parameters.of_path(rule, url), *asked],
        "responses": {
            "200": _file(client, known, url) if known.formats else _document(spec, client, known, url),
            "304": {
                "description": "Not changed since the ETag in If-None-Match.",
                "headers": refer(HEADERS, FRESH),
            },
            **refusals(failures),
        },
    }


def name_of(view: Callable[..., Any]) -> str:
    """Return the operationId of a view: listPlans for list_plans."""
    words = view.__name__.split("_")
    return words[0] + "".join(map(str.capitalize, words[1:]))


def refusals(failures: Iterable[str]) -> dict[str, Any]:
    """Return references to the problems of an operation, by status."""
    return {
        str(PROBLEMS[name].status): {"$ref": f"{RESPONSES}{name}"}
        for name in sorted(failures, key=lambda name: PROBLEMS[name].status)
    }


def _file(client: FlaskClient, known: Operation, url: str) -> dict[str, Any]:
    """Describe the answer of an operation that returns files, with an example."""
    content = {MEDIA_TYPES[name]: _content(name) for name in known.formats}
    shown = next(name for name in known.formats if f".{name}" in url)
    content[MEDIA_TYPES[shown]]["example"] = examples.example(client, url)
    return {
        "description": f"The file. Example: {url}",
        "headers": refer(HEADERS, FRESH, SYNCED, FILE),
        "content": content,
    }


def _document(spec: APISpec, client: FlaskClient, known: Operation, url: str) -> dict[str, Any]:
    """Describe the answer of an operation that returns JSON, and the other formats that Accept can select."""
    schema = known.document or reference(spec, known.answer)
    if known.sparse:
        schema = sparse(schema)
    if known.paged:
        schema = page(spec, known.answer, schema)
    content = {MEDIA_TYPES["json"]: {"schema": schema, "example": examples.example(client, url)}}
    paged = known.paged or known.tag in {"Search", "Changes"}
    synced = SYNCED if known.paged else {}
    others = [name for name in MEDIA_TYPES if name != "json" and _offered(client, url, name)]
    content |= {MEDIA_TYPES[name]: _content(name) for name in others}
    return {
        "description": f"{'A page' if paged else 'The answer'}. Example: {url}",
        "headers": refer(HEADERS, FRESH, synced, PAGED if paged else {}, FILE if others else {}),
        "content": content,
    }


def _offered(client: FlaskClient, url: str, name: str) -> bool:
    """Return whether the service offers this format at a URL."""
    not_acceptable = PROBLEMS["not-acceptable"].status
    return client.get(url, headers={"Accept": MEDIA_TYPES[name]}).status_code != not_acceptable


def _content(name: str) -> dict[str, Any]:
    """Describe a file."""
    restriction = {"format": "binary"} if name == "xlsx" else {"pattern": FILE_TEXT}
    return {"schema": {"type": "string", "maxLength": FILE_MOST, **restriction}}


def met(paths: dict[str, Any]) -> list[str]:
    """List the problems to which operations refer."""
    ways = [operation for way in paths.values() for operation in way.values()]
    answers = [answer for operation in ways for answer in operation["responses"].values()]
    return [name for name in PROBLEMS if {"$ref": f"{RESPONSES}{name}"} in answers]


def problem(client: FlaskClient, name: str) -> dict[str, Any]:
    """Describe the response for a problem."""
    extra = OF_PROBLEMS.get(name, {})
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": PROBLEMS[name].explanation,
        "headers": refer(HEADERS, extra),
        "content": {MEDIA_TYPE: {"schema": schema, "example": examples.problem(client, name)}},
    }


def headers() -> dict[str, Any]:
    """Describe all headers. Headers with a URL may be as long as a URL."""
    long = {"Link", "Location"}
    return {
        name: {
            "description": text,
            "schema": {"type": "string", "maxLength": 9100 if name in long else 200, "pattern": "^[ -~]*$"},
            "example": example,
        }
        for name, (text, example) in sorted(
            {**HEADERS, **FRESH, **SYNCED, **PAGED, **FILE, **RETRY, **CHALLENGE, **CODING, **PLACE}.items()
        )
    }


def refer(*groups: dict[str, Any]) -> dict[str, Any]:
    """Return references to headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for group in groups for name in group}
