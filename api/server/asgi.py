"""The door: an ASGI request is given to Flask, a WSGI application, on a thread.

It is given to a thread once its body is there, and the answer is taken in pieces, each when the one before has gone
out: neither a slow sender nor a slow reader holds a thread, and no answer piles up. What stands before Flask is put
before the door here.
"""

import asyncio
import sys
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext, suppress
from contextvars import copy_context
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from api.app import create_app
from api.front import cache, entrance
from api.front.scope import Application, Message, Receive, Scope, Send
from api.settings import Settings, read, read_server
from schema.bodies import DOCUMENT_BYTES

Environ = dict[str, Any]
WSGI = Callable[[Environ, Any], Iterable[bytes]]

FIRST_BYTES, PIECE_BYTES = 1 << 10, 1 << 18
"""What is taken of a stream at a time, at least: each time costs two changes of threads. Less at first, to be soon."""
SMALL_BYTES = 1 << 16
"""A body up to here may come in at any time; of larger ones, so many at a time, so that memory is bounded."""
UPLOADS = 8
UPLOAD_SECONDS = 60


def create() -> Application:
    """Make the service for the asgi worker. Raises as `api.app.create_app` does."""
    settings = read()
    return front(create_app(settings).wsgi_app, settings, ThreadPoolExecutor(read_server().threads, "request"))


def front(application: WSGI, settings: Settings, threads: ThreadPoolExecutor) -> Application:
    """Put what stands before Flask before it: ids and logs, then rate limits, then finished answers."""
    inner = plain = door(application, threads)
    if settings.cache:
        inner = cache.remember(inner, settings)
    if settings.quotas:
        from api.front import rate  # noqa: PLC0415  (its library takes a tenth of a second to load)

        inner = rate.limit(inner, plain, settings)
    return entrance.entrance(inner, settings)


def door(application: WSGI, threads: ThreadPoolExecutor) -> Application:
    """Return an ASGI application that lets these threads answer by a WSGI application."""
    uploads = asyncio.Semaphore(UPLOADS)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            small = int(environ.get("CONTENT_LENGTH", DOCUMENT_BYTES)) <= SMALL_BYTES
            async with nullcontext() if small else uploads:
                await _take_body(environ, receive)
        context, pieces = copy_context(), _pieces(application, environ)
        running: Future[list[Message]] | None = None
        more = True
        try:
            while more:
                running = threads.submit(context.run, next, pieces)
                messages = await asyncio.wrap_future(running)
                scope["plan.route"] = environ.get("plan.route")
                for message in messages:
                    await send(message)
                more = messages[-1]["more_body"]
        finally:
            if more and running:  # it failed, or the caller has gone: close what is open, once the thread is done
                running.add_done_callback(lambda _: threads.submit(context.run, pieces.close))

    return answer


def environ_of(scope: Scope) -> Environ:
    """Write an ASGI request as PEP 3333 has it."""
    target: bytes = scope["raw_path"]
    host = b""
    if not target.startswith((b"/", b"*")):  # the whole URL, as to a proxy, with the host in it (RFC 9112, 3.2.2)
        url = urlsplit(target)
        target, host = url.path, url.netloc
    server, client = scope["server"] or ("", 0), scope["client"] or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope["root_path"],
        "PATH_INFO": unquote_to_bytes(target or b"/").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": str(client[0]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **{name: value for name, value in scope.items() if name.startswith("plan.")},
    }
    for name, value in scope["headers"]:
        key = name.decode("latin-1").upper().replace("-", "_")
        key = key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
        text = value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    if host:
        environ["HTTP_HOST"] = host.decode("latin-1")
    return environ


async def _take_body(environ: Environ, receive: Receive) -> None:
    """Wait for the body; one that is too large is not read, and of one that does not come the length says so."""
    announced = int(environ.get("CONTENT_LENGTH", 0))
    body, more = bytearray(), True
    with suppress(TimeoutError):
        async with asyncio.timeout(UPLOAD_SECONDS):
            while more and max(announced, len(body)) <= DOCUMENT_BYTES:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                body += message["body"]
                more = message["more_body"]
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(max(announced, len(body) + 1) if more else len(body))


def _pieces(application: WSGI, environ: Environ) -> Generator[list[Message]]:
    """Call the application, once the first piece is asked for, and give its answer piece by piece as ASGI messages.

    It is closed before the last one.
    """
    begun: list[Any] = []
    chunks: Any = application(environ, lambda *given: begun.extend(given))
    with ExitStack() as stack:
        stack.callback(getattr(chunks, "close", bool))
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in begun[1]]
        messages = [{"type": "http.response.start", "status": int(begun[0][:3]), "headers": headers}]
        least = sys.maxsize if "Content-Length" in dict(begun[1]) else FIRST_BYTES  # what has a length is there already
        taken: list[bytes] = []
        for chunk in chunks:
            taken.append(chunk)
            if sum(map(len, taken)) >= least:
                yield [*messages, _body(taken, more=True)]
                messages, taken, least = [], [], PIECE_BYTES
    yield [*messages, _body(taken, more=False)]


def _body(chunks: list[bytes], *, more: bool) -> Message:
    return {"type": "http.response.body", "body": b"".join(chunks), "more_body": more}
