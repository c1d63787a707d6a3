"""gunicorn's asgi worker, with what an open network needs: deadlines, problems, an end without loss.

Deadlines for bodies are in api/server/asgi.py; those for the next head are gunicorn's own (keepalive).
"""

import socket
from asyncio import Transport
from contextlib import suppress
from typing import Any

from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from api.server.refusals import refusal
from api.settings import read

PRIVATE = {
    "_arm_keepalive_timer": "who connects and sends no whole head would hold a connection for ever",
    "_will_close": "an end or a reload would close connections whose answers have not said so: requests would be lost",
    "_send_error_response": "refusals would be plain text, neither logged nor counted, without our headers",
    "_awaiting_request": "an end would wait as long as idle connections are kept, longer than `docker stop` does;"
    " who sends a request and goes on to listen only would get no answer",
}
"""Private names of gunicorn 27.0 (setup.cfg asks for it) that are used here, and the harm done without each.

gasgi.ASGIProtocol, set at the end of this file, is where the worker finds what serves a connection.
"""
STALLED_SECONDS = 60
"""How long a caller may leave lying what is ready for him."""
ENDING_SECONDS = 2
"""How long answers say that the connection ends with them, before idle connections are closed: no request is lost."""


class Protocol(ASGIProtocol):  # type: ignore[misc]  # gunicorn has no annotations
    """Serve a connection."""

    def connection_made(self, transport: Transport) -> None:
        """Give as long for the first head as for the next one; turn away more callers than are allowed."""
        super().connection_made(transport)
        self.worker.connected.add(self)
        if self.worker.nr_conns > self.cfg.worker_connections:
            transport.abort()
        self._arm_keepalive_timer()
        with suppress(OSError):  # only Linux has it, for TCP: the kernel gives up on who takes nothing
            peer = transport.get_extra_info("socket")
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALLED_SECONDS * 1000))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.worker.connected.discard(self)
        super().connection_lost(exc)

    def eof_received(self) -> bool:
        """Stay for who has sent a request, and now only listens (RFC 9112, 9.6)."""
        return not self._awaiting_request

    def _will_close(self, *given: Any) -> bool:
        return self.worker.ending or bool(super()._will_close(*given))

    def close_if_idle(self) -> None:
        """Close the connection if it waits for nothing but another request."""
        if self._awaiting_request:
            self.transport.close()

    def _send_error_response(self, status: int, *_: Any) -> None:
        with suppress(RuntimeError):  # refused and closed already
            self.transport.write(refusal(status, self.worker.settings))


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]
    """Serve connections on one event loop."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.settings = read()
        self.connected: set[Protocol] = set()
        self.ending = False

    def handle_exit_signal(self) -> None:
        """Say with every answer that its connection ends, then end."""
        self.ending = True
        self.loop.call_later(ENDING_SECONDS if self.connected else 0, self.end)

    def end(self) -> None:
        """Close the connections that wait for nothing but another request, and end once the others are done."""
        super().handle_exit_signal()
        for connection in list(self.connected):
            connection.close_if_idle()


gasgi.ASGIProtocol = Protocol
