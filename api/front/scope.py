"""What stands before Flask speaks ASGI: its types, and how to read a header.

https://asgi.readthedocs.io/en/latest/specs/www.html. What we add to a scope begins with `plan.`, and goes on to Flask
in the environ of the request: plan.request_id, plan.exceeded. plan.route comes back.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def header(scope: Scope, name: bytes) -> str:
    """Return the value of a header (its name in lower case), those sent several times joined, "" for none."""
    return b",".join([value for each, value in scope["headers"] if each == name]).decode("latin-1")
