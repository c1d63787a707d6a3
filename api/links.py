"""The URLs that the service writes into its answers."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from flask import current_app, request

from api.settings import Settings


def settings() -> Settings:
    """Return the settings of the running service."""
    found: Settings = current_app.config["PLAN"]
    return found


def root() -> str:
    """Return where the service is reached from outside: PLAN_PUBLIC_URL, or what the request says."""
    if public := settings().public_url:
        return public
    host, script = quote(request.host, ":[]"), quote(request.environ.get("SCRIPT_NAME", ""))
    return f"{request.scheme}://{host}{script}" if host else ""  # what names no host is refused


def link(path: str, **query: Any) -> str:
    """Write an absolute URL of this service."""
    return f"{root()}{path}" + (f"?{urlencode(query)}" if query else "")


def next_page(**cursor: str) -> str:
    """Write the URL of the page after this one: the same request with another cursor (and its date pinned)."""
    given = parse_qsl(request.query_string.decode(), keep_blank_values=True)
    kept = [(name, value) for name, value in given if name not in cursor]
    return f"{link(request.path)}?{urlencode([*kept, *cursor.items()], safe=',:')}"
