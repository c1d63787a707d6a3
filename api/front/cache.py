"""Finished answers, given out again before Flask sees the request, while they are true.

An answer is true for one state of the store and for one date, because statuses depend on today. Nothing asked for
with credentials is kept or given out. The service is right without this: PLAN_CACHE=0.
"""

import asyncio
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from cachetools import LRUCache

from api.front.scope import Application, Headers, Message, Receive, Scope, Send
from api.reply.replies import coding_for
from api.settings import Settings
from db.connection import replicated, watch

Key = tuple[Any, ...]

PASSED = {b"/v1/changes", b"/metrics"}
"""/v1/changes may wait for a commit, and nobody must queue behind that; /metrics is measured anew each time."""
OF_ITS_OWN = {b"authorization", b"content-length", b"transfer-encoding"}
"""Headers of requests that are for Flask: credentials and bodies."""
LARGEST_SHARE = 8
"""One answer may take up to this fraction of the memory; a larger one passes through."""
OVERHEAD = 3000
"""Bytes that an entry takes in Python besides its body: key, headers, tuples."""
OF_A_BODY = {b"content-type", b"content-length", b"content-encoding", b"content-disposition", b"link"}
"""Headers that a 304 leaves out (RFC 9110, 15.4.5)."""
WHOLE, UNCHANGED = 200, 304


class Entry(NamedTuple):
    """Hold a finished answer and the headers of its 304; the body is None where only that is known."""

    headers: Headers
    unchanged: Headers
    etag: bytes
    body: bytes | None
    route: str | None

    def serves(self, asked: bytes) -> bool:
        """Tell whether this answers a request with such an If-None-Match."""
        return self.body is not None or etag_matches(asked, self.etag)


class Memory:
    """Keep finished answers under a bound of bytes (PLAN_CACHE is in MiB), each while it is true.

    For one thread: that of the event loop.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        room = settings.cache * 1024 * 1024
        self.largest = room // LARGEST_SHARE
        self._entries: LRUCache[Key, Entry] = LRUCache(room, getsizeof=lambda entry: len(entry.body or b"") + OVERHEAD)
        self._state = partial(replicated, settings.database) if settings.read_only else watch(settings.database)
        self.epoch: tuple[bytes, float] = (b"", 0.0)
        """What the entries are true of: a state of the store, and until when."""

    def find(self, key: Key) -> Entry | None:
        """Return the answer to a request if it is known and true now."""
        state = self._state()
        if state != self.epoch[0] or time.time() >= self.epoch[1]:
            self._entries.clear()
            self.epoch = (state, _midnight(self._settings))
        try:
            return self._entries[key]
        except KeyError:
            return None

    def keep(self, key: Key, entry: Entry, epoch: tuple[bytes, float]) -> None:
        """Keep an answer that was asked for in an epoch, unless that is over: it would be taken for true of the next.

        An answer that is newer than its epoch does no harm: whoever asks next ends the epoch.
        """
        if epoch == self.epoch:
            self._entries[key] = entry


def remember(application: Application, settings: Settings) -> Application:
    """Put a memory of finished answers before an application; of many who ask for the same at once, one asks it."""
    memory = Memory(settings)
    under_way: dict[Key, asyncio.Event] = {}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        fields = dict(scope["headers"])
        key = _key(scope, fields, settings)
        if key is None:
            await application(scope, receive, send)
            return
        asked = fields.get(b"if-none-match", b"")
        entry = memory.find(key)
        if not (entry and entry.serves(asked)) and key in under_way:
            await under_way[key].wait()
            entry = memory.find(key)
        if entry and entry.serves(asked):
            await _give(entry, asked, scope, send)
        elif scope["method"] == "HEAD":
            await application(scope, receive, send)
        else:
            await compute(key, scope, receive, send)

    async def compute(key: Key, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask the application, and keep what may be kept of its answer as it goes by."""
        epoch = memory.epoch
        ready = under_way[key] = asyncio.Event()
        head: Message | None = None

        def finish() -> None:
            if under_way.get(key) is ready:
                del under_way[key]
            ready.set()

        async def look(message: Message) -> None:
            nonlocal head
            if message["type"] == "http.response.start":
                head = message if _may_be_kept(message, memory.largest) else None
            elif head and not message["more_body"]:  # what has a length comes in one piece
                memory.keep(key, _entry(head, message["body"], scope.get("plan.route")), epoch)
                head = None
            if not head:
                finish()
            await send(message)

        try:
            await application(scope, receive, look)
        finally:
            finish()

    return answer


def _key(scope: Scope, fields: dict[bytes, bytes], settings: Settings) -> Key | None:
    """Name everything that an answer depends on, besides the store and the date; None for what is not kept."""
    path: bytes = scope["raw_path"]
    if scope["method"] not in ("GET", "HEAD") or path in PASSED or not path.startswith(b"/"):
        return None
    if len(fields) < len(scope["headers"]) or b"host" not in fields or not OF_ITS_OWN.isdisjoint(fields):
        return None
    return (
        path,
        scope["query_string"],
        fields.get(b"accept"),
        coding_for(fields.get(b"accept-encoding", b"").decode("latin-1")),
        settings.public_url or (scope["scheme"], fields[b"host"]),
        None if "*" in settings.cors_origins else fields.get(b"origin"),
    )


async def _give(entry: Entry, asked: bytes, scope: Scope, send: Send) -> None:
    """Give a finished answer out, or its 304."""
    scope["plan.route"] = entry.route
    status, headers, body = WHOLE, entry.headers, entry.body or b""
    if etag_matches(asked, entry.etag):
        status, headers, body = UNCHANGED, entry.unchanged, b""
    elif scope["method"] == "HEAD":
        body = b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def etag_matches(asked: bytes, etag: bytes) -> bool:
    """Tell whether If-None-Match names a validator: weakly compared, quotes included (RFC 9110, 13.1.2)."""
    return etag in asked or asked.strip() == b"*"


def _may_be_kept(head: Message, largest: int) -> bool:
    """Keep what is public, and small enough to be whole in one piece or told to be unchanged."""
    fields = {name.lower(): value for name, value in head["headers"]}
    if b"etag" not in fields or not fields.get(b"cache-control", b"").startswith(b"public"):
        return False
    return head["status"] == UNCHANGED or (
        head["status"] == WHOLE and int(fields.get(b"content-length", largest + 1)) <= largest
    )


def _entry(head: Message, body: bytes, route: str | None) -> Entry:
    headers: Headers = head["headers"]
    etag = next(value for name, value in headers if name.lower() == b"etag")
    unchanged = [(name, value) for name, value in headers if name.lower() not in OF_A_BODY]
    return Entry(headers, unchanged, etag, body if head["status"] == WHOLE else None, route)


def _midnight(settings: Settings) -> float:
    """Return the moment at which today ends in the service's time zone."""
    tomorrow = datetime.now(settings.timezone).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=settings.timezone).timestamp()
