"""The application: every resource, what stands before and after it, and the headers of every answer."""

from collections.abc import Callable
from http import HTTPStatus
from typing import cast

from flask import Flask, Request, Response, request
from werkzeug.exceptions import BadHost, NotFound
from werkzeug.routing import BaseConverter, MapAdapter
from werkzeug.sansio.utils import get_host

from api.front import log, metrics
from api.front.headers import EXPOSED
from api.reply import problems
from api.request import access, readonly, store
from api.settings import Settings, read
from api.views import (
    changes,
    deadlines,
    deliveries,
    diff,
    docs,
    history,
    indicators,
    milestones,
    observations,
    plans,
    search,
    sections,
    service,
    vocabularies,
)
from db import connection
from schema.bodies import DOCUMENT_BYTES

RESOURCES = (
    service,
    plans,
    sections,
    indicators,
    milestones,
    deadlines,
    observations,
    history,
    diff,
    changes,
    deliveries,
    search,
    vocabularies,
)
ALLOWED_HEADERS = "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
POLICY = "default-src 'none'; frame-ancestors 'none'"


class Identifier(BaseConverter):
    """Match an id in a path, but none of the words that are URLs of their own beside ids."""

    regex = r"(?!(?:summary|batch)\Z)[^/]+"
    part_isolating = True


class Service(Flask):
    """Flask, which takes every host that may be one."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Take the host from the request, which may be named as containers are, with underscores (RFC 3986, 3.2.2)."""
        try:
            adapter = super().create_url_adapter(request)
        except BadHost:  # a label that is empty or too long
            cast(Request, request).host = ""
            raise
        if request and not request.host and "_" in (named := request.headers.get("Host", "")):
            plain = get_host(request.scheme, named.replace("_", "-"))
            request.host = named[: len(plain)]
        return adapter


def create_app(given: Settings | None = None) -> Flask:
    """Make the service. Raises SettingsError, and StoreError for a store that it cannot serve."""
    chosen = given or read()
    connection.verify(chosen.database)
    app = Service(__package__, static_folder=None)
    app.config["PLAN"] = chosen
    app.config["MAX_CONTENT_LENGTH"] = DOCUMENT_BYTES
    app.url_map.redirect_defaults = app.url_map.merge_slashes = False
    app.url_map.converters["default"] = Identifier
    app.before_request(_check_address)
    if chosen.quotas:
        from api.front import rate  # noqa: PLC0415  (its library takes a tenth of a second to load)

        rate.register(app)
    readonly.register(app)
    access.register(app)
    store.register(app)
    log.audit(chosen.audit)
    changes.register(app, chosen.waiters)
    app.after_request(_finisher(chosen))
    problems.register(app)
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint, url_prefix="/v1")
    app.register_blueprint(service.root)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(metrics.blueprint)
    return app


def _check_address() -> None:
    """Refuse a host that is none (RFC 9112, 3.2), and slashes before the path, which routing would pass over."""
    environ = request.environ
    named = "HTTP_HOST" in environ or environ["SERVER_PROTOCOL"] == "HTTP/1.0"
    if not named or not request.host:
        faults = [problems.fault("Host", "Must be given and be a valid host.", ["host", "host:port"])]
        raise problems.Problem("malformed-request", "The header Host is not valid.", faults)
    if environ["PATH_INFO"].startswith("//"):
        raise NotFound


def _finisher(chosen: Settings) -> Callable[[Response], Response]:
    """Make what adds to an answer that which depends on the request."""

    def finish(response: Response) -> Response:
        request.environ["plan.route"] = request.url_rule.rule if request.url_rule else None
        response.headers.setdefault("Content-Security-Policy", POLICY)
        allowed = "*" in chosen.cors_origins or _allow(response, chosen.cors_origins)
        if request.method == "OPTIONS" or response.status_code == HTTPStatus.NO_CONTENT:
            response.headers.pop("Content-Type", None)  # there is no content
        if request.method == "OPTIONS" and allowed and "Access-Control-Request-Method" in request.headers:
            _answer_preflight(response)
        return response

    return finish


def _allow(response: Response, origins: tuple[str, ...]) -> bool:
    """Let pages of the allowed origins read the answer (Fetch standard, CORS); tell whether this is one."""
    headers = response.headers
    headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Origin")))
    origin = request.headers.get("Origin")
    if origin not in origins:
        return False
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = EXPOSED
    return True


def _answer_preflight(response: Response) -> None:
    """Say what a page may ask for."""
    headers = response.headers
    headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET")
    headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    headers["Access-Control-Max-Age"] = "86400"
