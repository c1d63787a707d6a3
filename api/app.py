"""The application: every resource, what stands before and after it, and the headers of every answer."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import NotFound
from werkzeug.routing import BaseConverter, MapAdapter, Rule
from werkzeug.sansio.utils import get_host

from api.front import cache, log, metrics
from api.reply import problems
from api.request import access, readonly, store
from api.settings import Settings, read
from api.version import VERSION
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
EXPOSED = (
    "API-Version, Change-Cursor, Content-Disposition, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After,"
    " X-Request-Id"
)
ALLOWED_HEADERS = "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
EVERYWHERE = [
    ("API-Version", VERSION),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
]
"""What every answer carries."""
POLICY = "default-src 'none'; frame-ancestors 'none'"


class Identifier(BaseConverter):
    """Match an id in a path, but none of the words that are URLs of their own beside ids."""

    regex = r"(?!(?:summary|batch)\Z)[^/]+"
    part_isolating = True


class Route(Rule):
    """A rule that compiles what builds its URLs when one is built: none is here, and it takes 30 ms of every start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(_: Rule, **values: Any) -> tuple[str, str]:
            return super(Route, self)._compile_builder(append_unknown)(self, **values)

        return build


class Sessionless(SessionInterface):
    """Give every request the same session, which holds nothing: to make one each costs 4 µs."""

    nothing = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002  # Flask's signature
        """Return it."""
        return self.nothing


class Service(Flask):
    """Flask whose views and hooks are plain functions: to look at each for a coroutine costs 8 µs a request."""

    url_rule_class = Route
    session_interface = Sessionless()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Take the host from the request, which may be named as containers are, with underscores (RFC 3986, 3.2.2)."""
        adapter = super().create_url_adapter(request)
        if request and not request.host and "_" in (named := request.headers.get("Host", "")):
            plain = get_host(request.scheme, named.replace("_", "-"))
            request.host = named[: len(plain)]
        return adapter

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function as it is."""
        return func


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
    inner: Any = app.wsgi_app
    if chosen.cache:
        app.extensions[cache.MEMORY] = cache.Memory(chosen)
        inner = cache.front(inner, app.extensions[cache.MEMORY])
    if chosen.quotas:
        inner = rate.front(inner, app.wsgi_app, chosen)
    app.wsgi_app = log.entrance(metrics.measure(inner), _everywhere(chosen), log=chosen.log)  # type: ignore[method-assign,assignment]  # as Flask's documentation says
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


def _everywhere(chosen: Settings) -> list[tuple[str, str]]:
    """Return what every answer carries, whoever asks."""
    anyone = [("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED)]
    return [*EVERYWHERE, *anyone] if "*" in chosen.cors_origins else EVERYWHERE


def _finisher(chosen: Settings) -> Callable[[Response], Response]:
    """Make what adds to an answer that which depends on the request."""

    def finish(response: Response) -> Response:
        asked = request._get_current_object()  # type: ignore[attr-defined]  # one look through the proxy, not four
        asked.environ["plan.route"] = asked.url_rule.rule if asked.url_rule else None
        response.headers.setdefault("Content-Security-Policy", POLICY)
        allowed = "*" in chosen.cors_origins or _allow(response, chosen.cors_origins)
        if asked.method == "OPTIONS" or response.status_code == 204:  # noqa: PLR2004
            response.headers.pop("Content-Type", None)  # there is no content
        if asked.method == "OPTIONS" and allowed and "Access-Control-Request-Method" in asked.headers:
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
