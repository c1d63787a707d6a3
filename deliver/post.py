"""Send one message, only to an address that was looked up and checked.

Uses http.client, because two guarantees need its socket: the connection goes to the checked address, even if the name
resolves to another one a moment later, and the whole exchange has a time limit.
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

from schema.answers import target
from schema.answers.target import Networks

SECONDS = 15.0
"""Time limit of an exchange after the lookup of the host, from connecting to the last byte."""
READ_MOST = 64 * 1024
"""Maximum number of bytes read from an answer. They are discarded; only the status counts."""

Lookup = Callable[..., list[Any]]


class Answer(NamedTuple):
    """Hold the result of an attempt: a status, or the error; and the seconds to wait from Retry-After."""

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
    """Send a message and return the result. Redirects are not followed."""
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
    """Look up a host; return its addresses with the port. Raises ValidationError if any address is not allowed."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = dict.fromkeys(str(entry[4][0]) for entry in lookup(parts.hostname, port, type=socket.SOCK_STREAM))
    for address in found:
        if not target.allowed(address, private):
            raise ValidationError(f"{parts.hostname} resolves to {address}, which is not allowed.")
    return [(address, port) for address in found]


def _connect(addresses: list[tuple[str, int]], until: float) -> socket.socket:
    """Connect to the first address that accepts. Raises OSError if none does."""
    failed = OSError("The host has no address.")
    for address in addresses:
        try:
            return socket.create_connection(address, max(0.1, until - time.monotonic()))
        except OSError as error:
            failed = error
    raise failed


def _end(plain: socket.socket, late: Event) -> None:
    """Abort an exchange that takes too long."""
    late.set()
    with suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)


def _exchange(parts: SplitResult, plain: socket.socket, late: Event, headers: dict[str, str], body: bytes) -> Answer:
    """Send the message on an open connection. Host and the certificate check use the host name, not the address."""
    host = parts.hostname or ""
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(host, parts.port)
    # on a copy of the descriptor, so that the timer can still shut down the connection
    own = plain.dup()
    own.settimeout(plain.gettimeout())
    connection.sock = (
        ssl.create_default_context().wrap_socket(own, server_hostname=host) if kind is HTTPSConnection else own
    )
    with closing(connection):
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        if late.is_set():  # a truncated head looks like a complete one
            raise TimeoutError
        with suppress(OSError, HTTPException):
            response.read(READ_MOST)
        return Answer(response.status, None, _seconds(response.headers.get("Retry-After", "")))


def _seconds(retry_after: str) -> float:
    """Return the seconds to wait from a Retry-After header (RFC 9110, 10.2.3); 0 if it is invalid."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (ValueError, OverflowError):
        return 0.0
