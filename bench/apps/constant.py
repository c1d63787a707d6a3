"""Answer every request with the same bytes: what the server itself allows, as WSGI and as ASGI application."""

import json
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["BENCH_BODIES"])
BODIES = {f"/{path.name}": path.read_bytes() for path in FOLDER.iterdir() if not path.suffix}
TYPE = ("Content-Type", "application/json")
HEADERS = {path: [TYPE, ("Content-Length", str(len(body)))] for path, body in BODIES.items()}
BODIES["/item-with-our-headers"] = BODIES["/item"]
HEADERS["/item-with-our-headers"] = [(name, value) for name, value in json.loads((FOLDER / "item.headers").read_text())]
ASGI_HEADERS = {
    path: [(name.lower().encode(), value.encode()) for name, value in headers] for path, headers in HEADERS.items()
}


def application(environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    start_response("200 OK", HEADERS[path])
    return [BODIES[path]]


async def asgi(scope: dict[str, Any], _: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    path = scope["path"]
    await send({"type": "http.response.start", "status": 200, "headers": ASGI_HEADERS[path]})
    await send({"type": "http.response.body", "body": BODIES[path]})
