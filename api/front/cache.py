"""The fast path: finished answers, given out again before Flask's routing while they are true.

An answer is true for one state of the store and for one date, because statuses depend on today. Nothing asked for
with credentials is kept or given out. The service is right without this room: PLAN_CACHE=0.
"""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, NamedTuple

from cachetools import LRUCache

from api.front.log import Application, Environ
from api.reply.problems import BRIEF
from api.reply.replies import coding_for
from api.settings import Settings
from db.budget import OverdueError
from db.connection import watch, watch_replica

Headers = list[tuple[str, str]]
Key = tuple[Any, ...]

PASSED = {"/v1/changes", "/metrics"}
"""Who waits for a change waits for the store, and must not hold up others; what is measured is measured anew."""
LARGEST_SHARE = 8
"""One answer may take up to this fraction of the memory; a larger one passes through."""
MEMORY = "plan.memory"
"""Where the application keeps its memory of answers (Flask.extensions)."""
OVERHEAD = 3000
"""Bytes that an entry takes in Python besides its body: key, headers, tuples."""
OF_A_BODY = {"content-type", "content-length", "content-encoding", "content-disposition", "link"}
"""Headers that a 304 leaves out (RFC 9110, 15.4.5)."""
WHOLE, UNCHANGED = "200 OK", "304 NOT MODIFIED"


class Entry(NamedTuple):
    """Hold a finished answer, and the headers of its 304."""

    headers: Headers
    unchanged: Headers
    etag: str
    body: bytes
    route: str | None


class Memory:
    """Keep finished answers under a bound of bytes (PLAN_CACHE is in MiB), each while it is true."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.room = settings.cache * 1024 * 1024
        self._entries: LRUCache[Key, Entry] = LRUCache(self.room, getsizeof=lambda entry: len(entry.body) + OVERHEAD)
        self._guard = Lock()
        self._state = watch_replica(settings.database) if settings.read_only else watch(settings.database)
        self.epoch: tuple[bytes, float] = (b"", 0.0)  # what the entries are true of: a state of the store, a midnight

    def find(self, key: Key) -> Entry | None:
        """Return the answer to a request if it is known and true now."""
        with self._guard:
            now = self._state()
            if now != self.epoch[0] or time.time() >= self.epoch[1]:
                self._entries.clear()
                self.epoch = (now, _midnight(self.settings))
            return self._entries.get(key)

    def keep(self, key: Key, entry: Entry, before: bytes) -> None:
        """Keep an answer, unless the store has changed since the state before it was computed."""
        with self._guard:
            if self._state() == before == self.epoch[0]:
                self._entries[key] = entry

    def key(self, environ: Environ) -> Key | None:
        """Name everything that an answer depends on, besides the store and the date; None for what is not kept."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ["PATH_INFO"] in PASSED:
            return None
        if "HTTP_AUTHORIZATION" in environ:
            return None
        return (
            environ["PATH_INFO"],
            environ["QUERY_STRING"],
            environ.get("HTTP_ACCEPT"),
            coding_for(environ.get("HTTP_ACCEPT_ENCODING", "")),
            self.settings.public_url
            or (environ["wsgi.url_scheme"], environ.get("HTTP_HOST"), environ.get("SCRIPT_NAME")),
            None if "*" in self.settings.cors_origins else environ.get("HTTP_ORIGIN"),
        )


def front(application: Application, memory: Memory) -> Application:
    """Put a memory of finished answers before an application."""
    guard = Lock()
    flights: dict[Key, Lock] = {}

    def answer(environ: Environ, start_response: Any) -> Iterable[bytes]:
        key = memory.key(environ)
        if key is None:
            return application(environ, start_response)
        entry = memory.find(key)
        if entry is None:
            if environ["REQUEST_METHOD"] == "HEAD":
                return application(environ, start_response)
            with guard:
                flight = flights.setdefault(key, Lock())
            if not flight.acquire(blocking=BRIEF not in environ):
                raise OverdueError
            try:  # of many who ask for the same at once, one asks the store
                entry = memory.find(key)
                if entry is None:
                    return compute(key, environ, start_response)
            finally:
                flight.release()
        return _give(entry, environ, start_response)

    def compute(key: Key, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Ask the application for the whole answer, keep it if it may be kept, and give it."""
        asked = environ.pop("HTTP_IF_NONE_MATCH", "")
        before = memory.epoch[0]
        begun: list[Any] = []
        try:
            chunks: Any = application(environ, lambda *given: begun.extend(given))
        finally:
            with guard:
                flights.pop(key, None)
        status, headers, *_ = begun
        known = {name.lower(): value for name, value in headers}
        if _may_be_kept(status, known, memory.room):
            entry = Entry(headers, _unchanged(headers), known["etag"], b"".join(chunks), environ.get("plan.route"))
            close(chunks)
            memory.keep(key, entry, before)
            environ["HTTP_IF_NONE_MATCH"] = asked
            return _give(entry, environ, start_response)
        if status.startswith("200") and has(asked, known.get("etag", "")):  # a stream that the caller has already
            close(chunks)
            start_response(UNCHANGED, _unchanged(headers))
            return []
        start_response(*begun)
        return chunks  # type: ignore[no-any-return]

    return answer


def _give(entry: Entry, environ: Environ, start_response: Any) -> Iterable[bytes]:
    """Give a finished answer out, or its 304."""
    environ["plan.route"] = entry.route
    if has(environ.get("HTTP_IF_NONE_MATCH", ""), entry.etag):
        start_response(UNCHANGED, entry.unchanged)
        return []
    start_response(WHOLE, entry.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [entry.body]


def close(chunks: Any) -> None:
    """Close what has been answered (PEP 3333): a list has nothing to be closed."""
    getattr(chunks, "close", bool)()


def has(asked: str, etag: str) -> bool:
    """Tell whether If-None-Match names a validator: weakly compared, quotes included (RFC 9110, 13.1.2)."""
    return bool(asked) and bool(etag) and (etag in asked or asked.strip() == "*")


def _may_be_kept(status: str, headers: dict[str, str], room: int) -> bool:
    """Keep what is whole, public and small enough."""
    return (
        status.startswith("200")
        and headers.get("cache-control", "").startswith("public")
        and "etag" in headers
        and int(headers.get("content-length", room)) <= room // LARGEST_SHARE
    )


def _unchanged(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in OF_A_BODY]


def _midnight(settings: Settings) -> float:
    """Return the moment at which today ends in the service's time zone."""
    tomorrow = datetime.now(settings.timezone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=settings.timezone).timestamp()
