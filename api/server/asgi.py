"""The service under gunicorn's asgi worker: what is known is answered on its event loop, the rest by threads.

The Flask application stays as it is; this is another door to it. A request is given to a thread once its body is there,
and the answer is taken in pieces, each when the one before has gone out: neither a slow sender nor a slow reader holds
a thread, and no answer piles up.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, nullcontext, suppress
from contextvars import copy_context
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from api.app import create_app
from api.front.log import Application, Environ
from api.server.brief import Brief
from api.server.hot import Shortcut, shortcut
from api.settings import Settings, read, read_server
from db.budget import OverdueError
from schema.bodies import DOCUMENT_BYTES

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

FIRST_BYTES, PIECE_BYTES = 1 << 10, 1 << 18
"""What is taken of a stream at a time, at least: each time costs two changes of threads. Less at first, to be soon."""
SMALL_BYTES = 1 << 16
"""A body up to here may come in at any time; of larger ones, so many at a time, so that memory is bounded."""
AWAITED = {"CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_EXPECT"}
"""What says that a body comes."""
UPLOADS = 8
UPLOAD_SECONDS = 60


class Piece(NamedTuple):
    """Hold a piece of an answer."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    more: bool


class Service:
    """Answer ASGI requests by a WSGI application."""

    def __init__(self, application: Application, settings: Settings, shortcut: Shortcut | None, threads: int) -> None:
        self.settings, self.shortcut = settings, shortcut
        self._application = application
        self._brief = Brief(settings)
        self._threads = ThreadPoolExecutor(threads, "request")
        self._uploads = asyncio.Semaphore(UPLOADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, by a thread."""
        environ = environ_of(scope)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
            small = int(environ.get("CONTENT_LENGTH", DOCUMENT_BYTES)) <= SMALL_BYTES
            async with nullcontext() if small else self._uploads:
                await _take_body(environ, receive)
        await self._in_threads(_pieces(self._application, environ), send)

    def at_once(self, scope: Scope) -> Piece | None:
        """Return the answer to what takes no time, None for what is for a thread: what brings a body, above all."""
        environ = environ_of(scope)
        if not AWAITED.isdisjoint(environ):
            return None
        if self.shortcut and (found := self.shortcut.find(environ)):
            piece = self._whole(environ)
            self.shortcut.learn(scope["plan.asked"], environ, found, (piece.status, piece.headers))
            return piece
        return self._brief.attempt(environ, self._whole)

    def _whole(self, environ: Environ) -> Piece:
        """Answer in one piece; what does not come in one is for a thread."""
        chunks, status, headers = _called(self._application, environ)
        if isinstance(chunks, list):
            return Piece(status, headers, b"".join(chunks), more=False)
        pieces = _taken(chunks, status, headers)
        piece = next(pieces)
        if piece.more:
            pieces.close()
            raise OverdueError
        return piece

    async def _in_threads(self, pieces: Generator[Piece], send: Send) -> None:
        context = copy_context()
        running: Future[Piece] | None = None
        first = more = True
        try:
            while more:
                running = self._threads.submit(context.run, next, pieces)
                piece = await asyncio.wrap_future(running)
                await _tell(piece, send, first=first)
                first, more = False, piece.more
        finally:
            if more and running:  # it failed, or the caller has gone: close what is open, once the thread is done
                running.add_done_callback(lambda _: self._threads.submit(context.run, pieces.close))


def create() -> Service:
    """Make the service for the asgi worker. Raises as `api.app.create_app` does."""
    settings = read()
    app = create_app(settings)
    return Service(app.wsgi_app, settings, shortcut(app), read_server().threads)


def environ_of(scope: Scope) -> Environ:
    """Write an ASGI request (https://asgi.readthedocs.io/en/latest/specs/www.html) as PEP 3333 has it."""
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


def _called(application: Application, environ: Environ) -> tuple[Any, str, list[tuple[str, str]]]:
    begun: list[Any] = []
    chunks = application(environ, lambda *given: begun.extend(given))
    return chunks, begun[0], begun[1]


def _pieces(application: Application, environ: Environ) -> Generator[Piece]:
    """Call the application, once the first piece is asked for, and give its answer in pieces."""
    yield from _taken(*_called(application, environ))


def _taken(chunks: Any, status: str, headers: list[tuple[str, str]]) -> Generator[Piece]:
    """Give an answer in pieces; it is closed before the last one."""
    with ExitStack() as stack:
        stack.callback(getattr(chunks, "close", bool))
        least = sys.maxsize if "Content-Length" in dict(headers) else FIRST_BYTES  # what has a length is there already
        taken: list[bytes] = []
        for chunk in chunks:
            taken.append(chunk)
            if sum(map(len, taken)) >= least:
                yield Piece(status, headers, b"".join(taken), more=True)
                taken, least = [], PIECE_BYTES
    yield Piece(status, headers, b"".join(taken), more=False)  # once the answer is closed


async def _tell(piece: Piece, send: Send, *, first: bool) -> None:
    if first:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in piece.headers]
        await send({"type": "http.response.start", "status": int(piece.status[:3]), "headers": headers})
    await send({"type": "http.response.body", "body": piece.body, "more_body": piece.more})
