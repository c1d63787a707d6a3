"""gunicorn's gthread worker, whose loop answers what is known by its bytes itself: no thread, and nothing parsed.

What is overridden here has these names in gunicorn 27, which setup.cfg asks for; tests hold each of them. Where the
shortcut is not taken, the request goes the ordinary way, through a thread.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property, lru_cache
from threading import local
from typing import Any

from gunicorn import SERVER
from gunicorn.util import http_date
from gunicorn.workers import gthread

from api.front.log import Application, Environ
from api.server import hot
from api.server.hot import Asked, Shortcut

PACKET_BYTES = 8192
"""As many as gunicorn takes at a time."""


class Connection(gthread.TConn):  # type: ignore[misc]  # gunicorn has no annotations
    """Hold a connection."""

    asked: Asked | None = None  # what has come, until a thread answers it
    left = b""  # what of an answer the caller has not taken yet

    def wait_for_data(self, timeout: float) -> bool:  # noqa: ARG002  # gunicorn's signature
        """Tell whether bytes have come: who has only connected is waited for by the loop, not by a thread."""
        return bool(super().wait_for_data(0))

    @cached_property
    def believed(self) -> bool:
        """Tell whether this is a proxy that is believed, once a request has been read."""
        return bool(self.parser.mesg._peer_trusted_for_forwarded()[0])


class Worker(gthread.ThreadWorker):  # type: ignore[misc]
    """Wait for requests on one loop, and answer them by threads."""

    wsgi: Any

    def load_wsgi(self) -> None:
        """Load the application, and learn from it."""
        super().load_wsgi()
        self._here = local()
        self.shortcut = None if self.cfg.is_ssl else hot.shortcut(self.wsgi)  # TLS wants what is left once more
        if self.shortcut:
            self.wsgi = self._learning(self.wsgi, self.shortcut)

    def _learning(self, application: Application, shortcut: Shortcut) -> Application:
        def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
            found = shortcut.find(environ) if self._here.asked else None
            if not found:
                return application(environ, start_response)
            given: list[Any] = []

            def begin(*begun: Any) -> Any:
                given.extend(begun)
                return start_response(*begun)

            chunks = application(environ, begin)
            shortcut.learn(self._here.asked, environ, found, (given[0], given[1]))
            return chunks

        return answer

    def on_client_socket_readable(self, conn: Connection, client: Any) -> None:
        """Take the shortcut for a whole request that is known, and the ordinary way for everything else."""
        if not (self.shortcut and self.alive and self._take_shortcut(conn, self.shortcut)):
            super().on_client_socket_readable(conn, client)

    def _take_shortcut(self, conn: Connection, shortcut: Shortcut) -> bool:
        """Return whether nothing is left for a thread to do."""
        try:
            sent = conn.sock.recv(PACKET_BYTES)
        except OSError:  # the thread will meet it again
            sent = b""
        asked, answer = hot.asked(sent, believed=conn.believed), None
        if asked:
            with suppress(Exception):  # the same, and the loop must go on
                answer = shortcut.answer(asked, _last(int(time.time())))
        if answer is None:
            conn.asked = asked
            conn.parser.unreader.unread(sent)
            return False
        self.keepalived_conns.remove(conn)  # they stand in the order of their deadlines
        conn.set_timeout()
        self.keepalived_conns.append(conn)
        try:
            conn.left = answer[conn.sock.send(answer) :]
        except OSError:
            conn.left = answer
        return not conn.left

    def handle(self, conn: Connection) -> Any:
        """Answer a request, or wait for the caller to take the rest of an answer. Raises OSError if he has gone."""
        if not conn.left:
            return super().handle(conn)
        conn.sock.setblocking(True)
        conn.sock.sendall(conn.left)
        conn.left = b""
        return True  # the connection stays

    def handle_request(self, req: Any, conn: Connection) -> bool:
        """Answer a request; what came is its own once. Who lists `close` among others means it (RFC 9110, 7.6.1)."""
        self._here.asked, conn.asked = conn.asked, None
        listed = ",".join(value for name, value in req.headers if name == "CONNECTION").lower().split(",")
        if "close" in map(str.strip, listed):
            req.force_close()
        return bool(super().handle_request(req, conn))


@lru_cache(maxsize=1)
def _last(second: int) -> bytes:
    """End a head as gunicorn would have begun it."""
    return f"\r\nServer: {SERVER}\r\nDate: {http_date(second)}\r\nConnection: keep-alive\r\n\r\n".encode()


gthread.TConn = Connection
