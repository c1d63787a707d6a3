"""gunicorn's asgi worker, with what a service on the open net needs: deadlines, problems, an end without loss.

What is overridden here has these names in gunicorn 27, which setup.cfg asks for; tests hold each of them. Where the
shortcut is not taken, the request goes the ordinary way, through api/server/asgi.py.
"""

import asyncio
from asyncio import TimerHandle, Transport
from http import HTTPStatus
from typing import Any

from gunicorn.asgi import protocol
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from api.server import hot
from api.server.asgi import Piece
from api.server.hot import Asked
from api.server.refusals import refusal

CLOSING = b"Connection: close\r\n"
STALLED_SECONDS = 60
"""How long a caller may leave lying what is ready for him."""
ENDING_SECONDS = 2
"""How long answers say that the connection ends with them, before those left over are closed: no request is lost."""

protocol._REASON_PHRASES.update({status.value: status.phrase for status in HTTPStatus})  # it knows but a few


class Protocol(ASGIProtocol):  # type: ignore[misc]  # gunicorn has no annotations
    """Serve a connection."""

    asked: Asked | None = None
    begun = False  # the bytes of a request have begun to come
    answered = 0.0  # when the shortcut was last taken
    stalled: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:
        """Give as long for the first request as for the next one; turn away more callers than are allowed."""
        super().connection_made(transport)
        self._arm_keepalive_timer()
        self.worker.connected.add(self)
        if len(self.worker.connected) > self.cfg.worker_connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of everything that waits for the caller."""
        self.worker.connected.discard(self)
        self.resume_writing()
        super().connection_lost(exc)

    def eof_received(self) -> bool:
        """Stay for who has sent a whole request, and now only listens (RFC 9112, 9.6)."""
        return not self.idle() and bool(self._body_receiver and self._body_receiver._complete)

    def data_received(self, data: bytes) -> None:
        """Take the shortcut for a whole request that is known, and the ordinary way for everything else."""
        self.asked = None
        trust = self._forwarded_trust  # whether this is a proxy: found out by the first request of a connection
        if trust and self.idle():
            self.asked = hot.asked(data, believed=bool(trust[0]))
            if self.asked and self._take_shortcut(self.asked):
                return
        super().data_received(data)

    def _take_shortcut(self, asked: Asked) -> bool:
        if not self.app.shortcut or self.worker.ending or self._flow_control.write_paused:
            return False
        last = b"\r\n%s%s\r\n" % (protocol._CACHED_SERVER_HEADER, protocol._get_cached_date_header())
        answer = self.app.shortcut.answer(asked, last)
        if answer:
            self.answered = self.worker.loop.time()
            self.transport.write(answer)
        return bool(answer)

    def idle(self) -> bool:
        """Tell whether the connection waits for the first byte of a request."""
        return bool(self._awaiting_request and not self.begun)

    def _feed_callback_parser(self, data: bytes) -> bool:
        first, self.begun = self.idle(), True
        whole = bool(super()._feed_callback_parser(data))
        if whole and first and not self._request_ready.is_set():
            self._arm_keepalive_timer()  # a request that has begun has as long again
        return whole

    async def _serve_http_request(self, request: Any, *given: Any) -> bool:
        try:
            if not self._flow_control.write_paused:
                piece = self.app.at_once(self._build_http_scope(request, *given))
                if piece:
                    if self._callback_parser.remaining():
                        await asyncio.sleep(0)  # who sends many requests at once takes turns with others
                    return self._give(piece, request)
            return bool(await super()._serve_http_request(request, *given))
        finally:
            self.begun = False

    def _give(self, piece: Piece, request: Any) -> bool:
        """Write a whole answer at once; return whether the connection stays."""
        closing = self._will_close(request, False)
        fields = "".join([f"{name}: {value}\r\n" for name, value in piece.headers]).encode("latin-1")
        status = protocol._get_cached_status_line(request.version, int(piece.status[:3]))
        own = protocol._CACHED_SERVER_HEADER + protocol._get_cached_date_header() + (CLOSING if closing else b"")
        self._safe_write(b"".join((status, fields, own, b"\r\n", piece.body)))
        return not closing

    def _build_http_scope(self, *given: Any) -> dict[str, Any]:
        return {**super()._build_http_scope(*given), "plan.asked": self.asked}

    def _keepalive_timeout(self) -> None:
        left = self.answered + self.cfg.keepalive - self.worker.loop.time()
        if left > 0 and self.idle():
            self._keepalive_handle = self.worker.loop.call_later(left, self._keepalive_timeout)
        else:
            super()._keepalive_timeout()

    def _will_close(self, *given: Any) -> bool:
        return self.worker.ending or bool(super()._will_close(*given))

    def _is_websocket_upgrade(self, request: Any) -> bool:  # noqa: ARG002  # gunicorn's signature
        return False  # an offer that may be passed over (RFC 9110, 7.8)

    def _send_error_response(self, status: int, *given: Any) -> None:  # noqa: ARG002  # gunicorn's signature
        self._safe_write(refusal(status, self.app.settings))

    def pause_writing(self) -> None:
        """Give up on a caller who does not take what is ready."""
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        """Go on, for he does."""
        super().resume_writing()
        if self.stalled:
            self.stalled.cancel()

    def _close_transport(self) -> None:
        super()._close_transport()
        self._await_reader()

    def _await_reader(self) -> None:
        if self.stalled:
            self.stalled.cancel()
        if not self._conn_lost_handled:
            self.stalled = self.worker.loop.call_later(STALLED_SECONDS, self.transport.abort)


class Worker(gasgi.ASGIWorker):  # type: ignore[misc]
    """Serve connections on one event loop."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
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
            if connection.idle():
                connection._close_transport()


gasgi.ASGIProtocol = Protocol
