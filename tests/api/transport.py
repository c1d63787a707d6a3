"""The way of a request in tests: Flask's test client calls the service through what stands before Flask, as ASGI."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import Flask

from api.front.scope import Application, Message, Scope
from api.server import asgi

THREADS = 8


@cache
def loop() -> asyncio.AbstractEventLoop:
    """Return an event loop that runs as long as the tests do."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, daemon=True).start()
    return made


def threads(app: Flask) -> ThreadPoolExecutor:
    """Return the threads that answer for a Flask application."""
    made: ThreadPoolExecutor = app.extensions.setdefault("threads", ThreadPoolExecutor(THREADS))
    return made


def front(app: Flask) -> Application:
    """Return what stands before a Flask application, made once."""
    if "front" not in app.extensions:
        app.extensions["front"] = asgi.front(app.wsgi_app, app.config["PLAN"], threads(app))
    made: Application = app.extensions["front"]
    return made


def call(app: Flask, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """Answer a WSGI request by the ASGI application; what is not taken is waited for, and given up when closed."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    messages: asyncio.Queue[Message | BaseException] = asyncio.Queue()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        messages.put_nowait(message)
        if message.get("more_body"):
            await messages.join()

    async def answer() -> None:
        try:
            await front(app)(scope_of(environ), receive, send)
        except Exception as error:
            messages.put_nowait(error)

    def take() -> Message:
        message = asyncio.run_coroutine_threadsafe(messages.get(), loop()).result()
        if isinstance(message, BaseException):
            raise message
        return message

    def chunks() -> Iterator[bytes]:
        try:
            more = True
            while more:
                message = take()
                more = message["more_body"]
                yield message["body"]
                loop().call_soon_threadsafe(messages.task_done)
            running.result()
        finally:
            running.cancel()

    running = asyncio.run_coroutine_threadsafe(answer(), loop())
    start = take()
    loop().call_soon_threadsafe(messages.task_done)
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    start_response(f"{start['status']} {HTTPStatus(start['status']).phrase}", headers)
    return chunks()


def scope_of(environ: dict[str, Any]) -> Scope:
    """Write a request of Flask's test client as ASGI has it."""
    path = environ["PATH_INFO"].encode("latin-1")
    headers = [
        (name.removeprefix("HTTP_").lower().replace("_", "-").encode(), value.encode("latin-1"))
        for name, value in environ.items()
        if (name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")) and (name, value) != EMPTY
    ]
    return {
        "type": "http",
        "http_version": environ["SERVER_PROTOCOL"].removeprefix("HTTP/"),
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "path": path.decode("utf-8", "replace"),
        "raw_path": quote(path).encode(),
        "query_string": environ["QUERY_STRING"].encode("latin-1"),
        "root_path": environ["SCRIPT_NAME"],
        "headers": headers,
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
        "client": (environ["REMOTE_ADDR"], 0) if "REMOTE_ADDR" in environ else None,
    }


EMPTY = ("CONTENT_LENGTH", "0")
"""What Werkzeug's client says of a request without a body, and others leave out."""
