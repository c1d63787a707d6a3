"""The URLs that the service writes into its answers."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

from flask import current_app, request

from api.settings import Settings

KEPT = "%&=+,:"
PLAIN = re.compile(rf"[\w.~{KEPT}-]*", re.ASCII)
"""What needs no quotes: most queries, which are spared the call."""
STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})")
"""A percent sign that stands for itself."""


def settings() -> Settings:
    """Return the settings of the running service."""
    found: Settings = current_app.config["PLAN"]
    return found


def root() -> str:
    """Return where the service is reached from outside: PLAN_PUBLIC_URL, or what the request says."""
    if public := settings().public_url:
        return public
    return _root(request.scheme, request.host, request.environ.get("SCRIPT_NAME", ""))


@lru_cache(maxsize=100)
def _root(scheme: str, host: str, script: str) -> str:
    return f"{scheme}://{quote(host, ':[]')}{quote(script)}" if host else ""  # what names no host is refused


def link(path: str, **query: Any) -> str:
    """Write an absolute URL of this service."""
    return f"{root()}{path}" + (f"?{urlencode(query)}" if query else "")


def next_page(**cursor: str) -> str:
    """Write the URL of the page after this one: the same request with another cursor (and its date pinned).

    What a cursor is made of needs no quotes; what callers send may.
    """
    given = request.query_string.decode().split("&")
    kept = [pair for pair in given if pair and unquote_plus(pair.partition("=")[0]) not in cursor]
    query = STRAY.sub("%25", "&".join([*kept, *(f"{name}={value}" for name, value in cursor.items())]))
    return f"{link(request.path)}?{query if PLAIN.fullmatch(query) else quote(query, safe=KEPT)}"
