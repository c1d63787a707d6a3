"""The shortest way: bytes that have been answered from memory are answered again without being parsed.

The same bytes are the same request, and what was given for it is true as long as the memory holds the very entry that
it came from. A request is looked up by its bytes, so nothing is decided here that the cache has not.
"""

import time
from typing import NamedTuple

from flask import Flask

from api.front import log, metrics
from api.front.cache import MEMORY, WHOLE, Entry, Headers, Key, Memory
from api.front.log import Environ

Asked = tuple[bytes, bool]
"""The bytes of a request, and whether they came from a proxy that is believed."""

Found = tuple[Key, Entry]
Given = tuple[str, Headers]
"""The status line and the headers of an answer."""

MOST, LONGEST = 2000, 2000
"""So many requests of so many bytes are known at most: with the heads of their answers some 6 MB in each worker."""
READS, END_OF_HEAD = (b"GET ", b"HEAD "), b"\r\n\r\n"
USUAL = ("HTTP/1.1", "keep-alive")
OF_ITS_OWN = {"HTTP_X_REQUEST_ID", "HTTP_EXPECT", "HTTP_UPGRADE", "CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"}
"""Headers of requests that are not answered by their bytes alone."""


class Known(NamedTuple):
    """Hold what was given for a request: the head as far as it does not change, and where the body is."""

    key: Key
    headers: Headers
    head: bytes
    whole: bool
    method: str
    path: str
    status: str


class Shortcut:
    """Know requests by their bytes."""

    def __init__(self, memory: Memory, *, logged: bool) -> None:
        self._memory, self._logged = memory, logged
        self._known: dict[Asked, Known] = {}
        self._name = log.names()

    def find(self, environ: Environ) -> Found | None:
        """Return what the memory holds for a request."""
        key = self._memory.key(environ)
        entry = self._memory.find(key) if key else None
        return (key, entry) if key and entry else None

    def learn(self, asked: Asked | None, environ: Environ, found: Found, given: Given) -> None:
        """Remember what was given for a request that the memory held something for."""
        if not asked or self.find(environ) != found:
            return
        usual = (environ["SERVER_PROTOCOL"], environ.get("HTTP_CONNECTION", "keep-alive").lower()) == USUAL
        if not usual or not OF_ITS_OWN.isdisjoint(environ):
            return
        if len(self._known) >= MOST:
            self._known.clear()
        status, headers = given
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers if name != "X-Request-Id")]
        method = environ["REQUEST_METHOD"]
        self._known[asked] = Known(
            key=found[0],
            headers=found[1].headers,
            head="\r\n".join([*lines, "X-Request-Id: "]).encode("latin-1"),
            whole=method == "GET" and status == WHOLE,
            method=method,
            path=log.path(environ),
            status=status[:3],
        )

    def answer(self, asked: Asked, last: bytes) -> bytes | None:
        """Return the whole answer to a request, None if it is not known or not true; `last` ends its head."""
        known = self._known.get(asked)
        if known is None:
            return None
        started = time.perf_counter()
        entry = self._memory.find(known.key)
        if entry is None or entry.headers is not known.headers:
            self._known.pop(asked, None)  # a thread that learns may have been here
            return None
        body = entry.body if known.whole else b""
        name = self._name()
        metrics.count(known.method, entry.route, known.status, time.perf_counter() - started)
        if self._logged:
            log.write(name, known.method, entry.route, known.path, status=known.status, started=started, sent=len(body))
        return b"".join((known.head, name.encode(), last, body))


def shortcut(app: Flask) -> Shortcut | None:
    """Make the shortcut to an application, after a fork; None where nothing is kept, or requests are counted first."""
    settings = app.config["PLAN"]
    memory = None if settings.quotas else app.extensions.get(MEMORY)
    return Shortcut(memory, logged=settings.log) if memory else None


def asked(sent: bytes, *, believed: bool) -> Asked | None:
    """Return what is asked, if these bytes are the head of one read and nothing else; None for what cannot be known."""
    alone = sent.startswith(READS) and sent.find(END_OF_HEAD) == len(sent) - len(END_OF_HEAD)
    return (sent, believed) if alone and len(sent) <= LONGEST else None
