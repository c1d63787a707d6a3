"""The URLs that the service writes into its answers."""

from typing import Any
from urllib.parse import urlencode

from flask import current_app, request

from api.settings import Settings


def settings() -> Settings:
    """Return the settings of the running service."""
    found: Settings = current_app.config["PLAN"]
    return found


def root() -> str:
    """Return where the service is reached from outside: PLAN_PUBLIC_URL, or what the request says."""
    return settings().public_url or request.root_url.rstrip("/")


def link(path: str, **query: Any) -> str:
    """Write an absolute URL of this service."""
    return f"{root()}{path}" + (f"?{urlencode(query)}" if query else "")


def next_page(**cursor: str) -> str:
    """Write the URL of the page after this one: the same request with another cursor (and its date pinned)."""
    return link(request.path, **{**request.args.to_dict(), **cursor})
