"""The web service: Flask, one module a resource; a request goes parse, SQL, reply."""

import re
import time
from uuid import uuid4

from flask import Flask, Response, request

from api import (
    access,
    deadlines,
    docs,
    indicators,
    log,
    milestones,
    observations,
    plans,
    problems,
    search,
    sections,
    service,
    vocabularies,
)
from api.links import settings
from api.settings import Settings, read
from api.version import VERSION
from db import connection
from schema.bodies import DOCUMENT_BYTES

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
RESOURCES = (service, plans, sections, indicators, milestones, deadlines, observations, search, vocabularies)
EXPOSED = (
    "API-Version, Content-Disposition, ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
)
ALLOWED_HEADERS = "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
HEADERS = {
    "API-Version": VERSION,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
POLICY = "default-src 'none'; frame-ancestors 'none'"


def create_app(given: Settings | None = None) -> Flask:
    """Make the service. Raises SettingsError, and StoreError for a store that it cannot serve."""
    chosen = given or read()
    connection.verify(chosen.database)
    app = Flask(__name__, static_folder=None)
    app.config["PLAN"] = chosen
    app.config["MAX_CONTENT_LENGTH"] = DOCUMENT_BYTES
    app.url_map.redirect_defaults = app.url_map.merge_slashes = False
    app.before_request(_begin)
    access.register(app)
    log.register(app, enabled=chosen.log)
    app.after_request(_finish)
    problems.register(app)
    for resource in RESOURCES:
        app.register_blueprint(resource.blueprint, url_prefix="/v1")
    app.register_blueprint(service.root)
    app.register_blueprint(docs.blueprint)
    return app


def _begin() -> None:
    """Take the caller's request id if it is a harmless one, else make one."""
    given = request.headers.get("X-Request-Id", "")
    request.environ["plan.request_id"] = given if REQUEST_ID.fullmatch(given) else uuid4().hex
    request.environ["plan.started"] = time.perf_counter()


def _finish(response: Response) -> Response:
    """Add what every answer carries."""
    headers = response.headers
    headers.extend(HEADERS)
    headers["X-Request-Id"] = request.environ["plan.request_id"]
    if "Content-Security-Policy" not in headers:
        headers["Content-Security-Policy"] = POLICY
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
