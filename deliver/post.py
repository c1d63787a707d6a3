"""Send one message: to an address that has been looked up and judged, and to no other.

The http.client of the standard library, because both promises of this room need its socket: the address that was
judged is the one connected to, whatever a name leads to a moment later; and the whole exchange ends in time.
"""

import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing, suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Event, Timer
from typing import Any, NamedTuple
from urllib.parse import SplitResult

from marshmallow import ValidationError

from schema import target
from schema.target import Networks

SECONDS = 15.0
"""How long an exchange may take once the host has been looked up, from connecting to the last byte."""
READ_MOST = 64 * 1024
"""Bytes of an answer that are read, and thrown away: an answer is its status."""

Lookup = Callable[..., list[Any]]


class Answer(NamedTuple):
    """Hold what came of an attempt: a status, or why there is none; and after how many seconds to try again."""

    status: int | None
    error: str | None = None
    retry_after: float = 0


def post(
    url: str,
    headers: dict[str, str],
    body: bytes,
    private: Networks = (),
    *,
    lookup: Lookup = socket.getaddrinfo,
    seconds: float = SECONDS,
) -> Answer:
    """Send a message and return what came of it; a redirection is an answer like any other, and not followed."""
    late = Event()
    try:
        parts = target.parse(url, private)
        addresses = _addresses(parts, private, lookup)
        until = time.monotonic() + seconds
        with closing(_connect(addresses, until)) as plain:
            timer = Timer(until - time.monotonic(), _end, (plain, late))
            timer.start()
            try:
                return _exchange(parts, plain, late, headers, body)
            finally:
                timer.cancel()
    except ValidationError as error:
        return Answer(None, " ".join(error.messages))
    except (OSError, HTTPException, UnicodeError) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            return Answer(None, f"No answer within {seconds:g} s.")
        return Answer(None, f"{type(error).__name__}: {error}"[:500])


def _addresses(parts: SplitResult, private: Networks, lookup: Lookup) -> list[tuple[str, int]]:
    """Look a host up. Raises ValidationError if any of its addresses may not be called."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = dict.fromkeys(str(entry[4][0]) for entry in lookup(parts.hostname, port, type=socket.SOCK_STREAM))
    for address in found:
        if not target.allowed(address, private):
            raise ValidationError(f"{parts.hostname} leads to {address}, which may not be called.")
    return [(address, port) for address in found]


def _connect(addresses: list[tuple[str, int]], until: float) -> socket.socket:
    """Connect to the first of the addresses that takes it. Raises OSError."""
    failed = OSError("The host has no address.")
    for address in addresses:
        try:
            return socket.create_connection(address, max(0.1, until - time.monotonic()))
        except OSError as error:
            failed = error
    raise failed


def _end(plain: socket.socket, late: Event) -> None:
    """End an exchange that takes too long, wherever it is."""
    late.set()
    with suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)


def _exchange(parts: SplitResult, plain: socket.socket, late: Event, headers: dict[str, str], body: bytes) -> Answer:
    """Send the message on a connection: with the name of the host in Host, and for its certificate, as always."""
    host = parts.hostname or ""
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(host, parts.port)
    # over a copy of the descriptor, so that the connection can still be ended from outside
    own = plain.dup()
    own.settimeout(plain.gettimeout())
    connection.sock = (
        ssl.create_default_context().wrap_socket(own, server_hostname=host) if kind is HTTPSConnection else own
    )
    with closing(connection):
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        if late.is_set():  # a head that is cut off passes for a whole one
            raise TimeoutError
        with suppress(OSError, HTTPException):
            response.read(READ_MOST)
        return Answer(response.status, None, _seconds(response.headers.get("Retry-After", "")))


def _seconds(retry_after: str) -> float:
    """Return how long to wait, of a header with seconds or a date (RFC 9110, 10.2.3); 0 where it says neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
