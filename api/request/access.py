"""Access control: bearer keys and their scopes. A write without a declared scope needs admin."""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Response, current_app, g, request
from marshmallow import Schema

from api.operation import Operation
from api.reply.links import settings
from api.reply.problems import Problem, fault
from api.request.store import store
from db.clients import keys
from db.connection import writer
from schema import scope
from schema.scope import Scope

WRITING = {"POST", "PUT", "PATCH", "DELETE"}
OPEN = {"service", "root", "docs"}
"""Blueprints that anyone may read even if reading is closed: service document, problem types, documentation."""
OF_NO_PLAN = {"webhook_id"}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="plan-indicators"'}
INVALID = {"WWW-Authenticate": 'Bearer realm="plan-indicators", error="invalid_token"'}
WATCHED = {"root.get_health", "root.get_readiness"}
"""Endpoints of health checks. They ignore keys, because they must work when the store cannot be read."""


def register(app: Flask) -> None:
    """Check every request before its view is called. If reading is closed, make answers private to their caller.

    Register this before other functions that set Cache-Control: Flask calls after_request in reverse, so this is last.
    """
    app.before_request(check)
    if app.config["PLAN"].read_keys:
        app.after_request(_keep_private)


def check() -> None:
    """Raise Problem for a request without the scope it needs: 401 without a valid key, 403 if the key lacks the scope.

    An invalid key is refused even if none is needed. Otherwise a reader would notice only at the first write.
    """
    needed = _needed()
    if needed is None:
        if _bearer() is not None and request.endpoint not in {None, *WATCHED} and request.method != "OPTIONS":
            _identify()
        return
    g.key = _identify()
    ids = [
        value for name, value in (request.view_args or {}).items() if name.endswith("_id") and name not in OF_NO_PLAN
    ]
    plans = {plan_of(value) for value in ids}
    require(needed, plans)
    if needed == "read" and not plans:
        _require_filter()


def actor() -> str:
    """Return the name of the key of the request."""
    name: str = g.key.name
    return name


def require(needed: str, plans: Iterable[str]) -> None:
    """Raise Problem (403) unless the key has the scope for each of the plans."""
    plans = sorted(plans)
    scopes = _scopes()
    if not scope.allow(scopes, needed, plans):
        lacking = [plan for plan in plans if not scope.allow(scopes, needed, [plan])]
        limit = f" for {', '.join(lacking)}" if plans else ""
        limit = " for all plans" if plans == ["*"] else limit
        held = ", ".join(map(str, scopes))
        raise Problem(
            "forbidden",
            f"This request needs the scope {needed}{limit}. The key has: {held}.",
            [fault("Authorization", f"The key lacks the scope {needed}{limit}.", [needed])],
            insufficient(needed),
        )


def insufficient(needed: str) -> dict[str, str]:
    """Return the WWW-Authenticate header for a missing scope (RFC 6750, 3.1)."""
    return {"WWW-Authenticate": f'{CHALLENGE["WWW-Authenticate"]}, error="insufficient_scope", scope="{needed}"'}


def plan_of(item_id: str) -> str:
    """Return the plan id of an item id: the part before the first dot."""
    return item_id.partition(".")[0]


def _needed() -> str | None:
    """Return the scope that the request needs; None if it needs no key."""
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    operation: Operation | None = getattr(current_app.view_functions[request.endpoint], "operation", None)
    scope = operation.scope if operation else ""
    if request.method in WRITING or scope:
        return scope or "admin"
    return "read" if settings().read_keys and request.blueprint not in OPEN else None


def _identify() -> keys.Key:
    """Return the key in the header Authorization. Raises Problem (401) if there is no valid key."""
    token = _bearer()
    if not token:
        other = "Must contain a key." if token == "" else "Must have the scheme Bearer."
        missing = other if "Authorization" in request.headers else "Is required."
        raise Problem(
            "unauthorized", "This request needs a key.", [fault("Authorization", missing, ["Bearer <key>"])], CHALLENGE
        )
    key = keys.find(store(), token)
    if key is None:
        faults = [fault("Authorization", "The key is unknown, revoked or expired.", ["Bearer <key>"])]
        raise Problem("unauthorized", "The key is not valid.", faults, INVALID)
    if not settings().read_only:
        keys.used(writer(settings().database), key)
    return key


def _bearer() -> str | None:
    return bearer(request.environ.get("HTTP_AUTHORIZATION", ""))


def bearer(authorization: str) -> str | None:
    """Return the token in the header Authorization; None if it is missing or has another scheme."""
    kind, _, token = authorization.partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _keep_private(response: Response) -> Response:
    headers = response.headers
    headers["Cache-Control"] = headers.get("Cache-Control", "").replace("public", "private")
    headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Authorization")))
    return response


def _scopes() -> list[Scope]:
    return [scope.parse(text) for text in g.key.scopes]


def _require_filter() -> None:
    """Raise Problem (403) if a key limited to plans reads a collection without the filter `plan` for those plans."""
    view: Any = current_app.view_functions[request.endpoint or ""]
    query: Schema | None = getattr(getattr(view, "operation", None), "query", None)
    if query is None or "plan" not in query.fields or scope.unlimited(_scopes(), "read"):
        return
    named = request.args.get("plan", "")
    if not named:
        faults = [
            fault(
                "plan",
                "Is required, because the key is limited to plans.",
                sorted({p for s in _scopes() for p in s.plans}),
            )
        ]
        raise Problem(
            "forbidden", "The key is limited to plans. Name them in the parameter plan.", faults, insufficient("read")
        )
    require("read", set(named.split(",")))
