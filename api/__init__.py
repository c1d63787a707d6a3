"""The web service: Flask, one module a resource; a request goes parse, SQL, reply."""

from typing import Any

from flask import Flask, Response, request

from api import (
    access,
    cache,
    changes,
    deadlines,
    diff,
    docs,
    history,
    indicators,
    log,
    metrics,
    milestones,
    observations,
    plans,
    problems,
    readonly,
    search,
    sections,
    service,
    store,
    vocabularies,
)
from api.links import settings
from api.settings import Settings, read
from api.version import VERSION
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


def create_app(given: Settings | None = None) -> Flask:
    """Make the service. Raises SettingsError, and StoreError for a store that it cannot serve."""
    chosen = given or read()
    connection.verify(chosen.database)
    app = Flask(__name__, static_folder=None)
    app.config["PLAN"] = chosen
    app.config["MAX_CONTENT_LENGTH"] = DOCUMENT_BYTES
    app.url_map.redirect_defaults = app.url_map.merge_slashes = False
    readonly.register(app)
    access.register(app)
    store.register(app)
    log.audit(chosen.audit)
    changes.register(app, chosen.waiters)
    app.after_request(_finish)
    problems.register(app)
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint, url_prefix="/v1")
    app.register_blueprint(service.root)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(metrics.blueprint)
    inner: Any = cache.front(app.wsgi_app, chosen) if chosen.cache else app.wsgi_app
    app.wsgi_app = log.entrance(metrics.measure(inner), EVERYWHERE, log=chosen.log)  # type: ignore[method-assign,assignment]  # as Flask's documentation says
    return app


def _finish(response: Response) -> Response:
    """Add what depends on the request: the route for the log, the policy, what browsers may read."""
    request.environ["plan.route"] = request.url_rule.rule if request.url_rule else None
    if request.method == "OPTIONS" or response.status_code == 204:  # noqa: PLR2004
        response.headers.pop("Content-Type", None)  # there is no content
    if "Content-Security-Policy" not in response.headers:
        response.headers["Content-Security-Policy"] = POLICY
    _allow_browsers(response)
    return response


def _allow_browsers(response: Response) -> None:
    """Let pages of the allowed origins read the answer (Fetch standard, CORS)."""
    headers = response.headers
    origins = settings().cors_origins
    if "*" in origins:
        headers["Access-Control-Allow-Origin"] = "*"
    else:
        headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Origin")))
        origin = request.headers.get("Origin")
        if origin not in origins:
            return
        headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        headers["Access-Control-Allow-Methods"] = headers.get("Allow", "GET")
        headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
        headers["Access-Control-Max-Age"] = "86400"
