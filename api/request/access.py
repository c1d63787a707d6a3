"""Who may do what: bearer keys and their scopes. A write that says nothing of its scope is for admins only."""

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
"""What anyone may read even where reading is closed: what this is, how it is used, and what its problems mean."""
OF_NO_PLAN = {"webhook_id"}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="plan-indicators"'}
INVALID = {"WWW-Authenticate": 'Bearer realm="plan-indicators", error="invalid_token"'}
WATCHED = {"root.get_health", "root.get_readiness"}
"""What is asked whether the service lives: it must not matter who asks, nor whether the store can be read."""


def register(app: Flask) -> None:
    """Check every request before its view is called; keep what only some may read out of caches that others use.

    Registered before whatever else says how long an answer may be kept: it has the last word.
    """
    app.before_request(check)
    if app.config["PLAN"].read_keys:
        app.after_request(_keep_private)


def check() -> None:
    """Refuse a request without the scope it needs: 401 without a valid key, 403 with one that lacks it.

    A key that is not valid is refused where none is needed too: else who reads with it learns of it from a write.
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
    """Return the name of the key that the request came with."""
    name: str = g.key.name
    return name


def require(needed: str, plans: Iterable[str]) -> None:
    """Refuse with 403 unless the key has the scope for each of the plans."""
    plans = sorted(plans)
    scopes = _scopes()
    if not scope.allow(scopes, needed, plans):
        lacking = [plan for plan in plans if not scope.allow(scopes, needed, [plan])]
        limit = f" for {', '.join(lacking)}" if plans else ""
        limit = " for all plans" if plans == ["*"] else limit
        held = ", ".join(map(str, scopes))
        raise Problem(
            "forbidden",
            f"This needs the scope {needed}{limit}; the key has {held}.",
            [fault("Authorization", f"Lacks the scope {needed}{limit}.", [needed])],
            insufficient(needed),
        )


def insufficient(needed: str) -> dict[str, str]:
    """Write the header that says which scope a key lacks (RFC 6750, 3.1)."""
    return {"WWW-Authenticate": f'{CHALLENGE["WWW-Authenticate"]}, error="insufficient_scope", scope="{needed}"'}


def plan_of(item_id: str) -> str:
    """Return the plan that an id belongs to: every id begins with it."""
    return item_id.partition(".")[0]


def _needed() -> str | None:
    """Return the scope that the request needs, None for none."""
    if request.endpoint is None or request.method == "OPTIONS":
        return None
    operation: Operation | None = getattr(current_app.view_functions[request.endpoint], "operation", None)
    scope = operation.scope if operation else ""
    if request.method in WRITING or scope:
        return scope or "admin"
    return "read" if settings().read_keys and request.blueprint not in OPEN else None


def _identify() -> keys.Key:
    """Return the key in the header Authorization; refuse with 401 what is none."""
    token = _bearer()
    if not token:
        other = "Holds no key." if token == "" else "Is of another scheme than Bearer."
        missing = other if "Authorization" in request.headers else "Is missing."
        raise Problem(
            "unauthorized", "This needs a key.", [fault("Authorization", missing, ["Bearer <key>"])], CHALLENGE
        )
    key = keys.find(store(), token)
    if key is None:
        faults = [fault("Authorization", "Is no key, or one that has been revoked or has expired.", ["Bearer <key>"])]
        raise Problem("unauthorized", "The key is not valid.", faults, INVALID)
    if not settings().read_only:
        keys.used(writer(settings().database), key)
    return key


def _bearer() -> str | None:
    """Return what stands in Authorization as a key; None where it is missing or of another scheme."""
    kind, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def _keep_private(response: Response) -> Response:
    headers = response.headers
    headers["Cache-Control"] = headers.get("Cache-Control", "").replace("public", "private")
    headers["Vary"] = ", ".join(filter(None, (headers.get("Vary"), "Authorization")))
    return response


def _scopes() -> list[Scope]:
    return [scope.parse(text) for text in g.key.scopes]


def _require_filter() -> None:
    """Let a key that is limited to plans read a collection only of those, named by the filter `plan`."""
    view: Any = current_app.view_functions[request.endpoint or ""]
    query: Schema | None = getattr(getattr(view, "operation", None), "query", None)
    if query is None or "plan" not in query.fields or scope.unlimited(_scopes(), "read"):
        return
    named = request.args.get("plan", "")
    if not named:
        faults = [
            fault("plan", "Is required: the key is limited to plans.", sorted({p for s in _scopes() for p in s.plans}))
        ]
        raise Problem("forbidden", "The key may read these plans only.", faults, insufficient("read"))
    require("read", set(named.split(",")))
