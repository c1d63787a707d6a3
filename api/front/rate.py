"""Rate limits: so many requests in so many seconds, for each key and for each address, counted over all workers.

The room stands before the memory of finished answers, so that it holds for those too. It is not even loaded unless
PLAN_RATE_KEY or PLAN_RATE_ADDRESS is set.
"""

import asyncio
import logging
import math
import re
import sqlite3
import time
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from flask import Flask, request
from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from api.front.scope import Application, Message, Receive, Scope, Send, header
from api.reply.problems import Problem, fault
from api.request.access import bearer
from api.settings import Quota, Settings
from db.clients import keys
from db.clients.rates import Counters
from db.connection import fresh, reader

log = logging.getLogger("plan_indicators")

EXEMPT = {"/healthz", "/readyz", "/metrics"}
"""What watches over the service must not be turned away; nor what a browser asks before it asks (OPTIONS)."""
EXCEEDED = "plan.exceeded"
WITH_PORT = re.compile(r"([0-9.]+):[0-9]+|\[([^\]]+)\](?::[0-9]+)?")
"""An address and its port (RFC 7239, 6)."""


class Standing(NamedTuple):
    """Say how a caller stands: whether admitted, how many requests are left, and in how many seconds all are again."""

    quota: Quota
    admitted: bool
    left: int
    wait: int


def limit(application: Application, refusing: Application, settings: Settings) -> Application:
    """Count the requests of an application; those above a limit go to the one that refuses them.

    A count may wait for those of other workers, so it is left to a thread.
    """
    stand = counter(settings)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        exempt = scope["path"] in EXEMPT or scope["method"] == "OPTIONS"
        standing = None if exempt else await asyncio.to_thread(lambda: stand(*caller(scope, settings)))
        if standing is None:
            await application(scope, receive, send)
            return
        quota, rate = standing.quota, f'"{standing.quota.name}";r={standing.left};t={standing.wait}'
        fields = [(b"RateLimit-Policy", str(quota).encode()), (b"RateLimit", rate.encode())]

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *fields]}
            await send(message)

        if not standing.admitted:
            scope[EXCEEDED] = standing
        await (application if standing.admitted else refusing)(scope, receive, tell)

    return answer


def register(app: Flask) -> None:
    """Refuse what is above a limit before anything else looks at it."""
    app.before_request(_refuse)


def _refuse() -> None:
    standing: Standing | None = request.environ.get(EXCEEDED)
    if standing is None:
        return
    quota, wait = standing.quota, standing.wait
    allowed = f"{quota.requests} requests in {quota.seconds} s"
    faults = [fault(quota.name, f"Has made too many requests. The quota is full again in {wait} s.", [allowed])]
    raise Problem(
        "quota-exceeded", f"This {quota.name} may make {allowed}. Wait {wait} s.", faults, {"Retry-After": f"{wait}"}
    )


def counter(settings: Settings) -> Callable[[str, str], Standing | None]:
    """Return a function that counts a request by (name of the quota, caller); None where there is no such quota."""
    counters = Counters(settings.database.with_name(f"{settings.database.name}-rates"))
    limiter = FixedWindowRateLimiter(counters)
    quotas = {quota.name: (quota, RateLimitItemPerSecond(quota.requests, quota.seconds)) for quota in settings.quotas}

    def stand(name: str, who: str) -> Standing | None:
        if name not in quotas:
            return None
        quota, item = quotas[name]
        try:
            admitted = limiter.hit(item, name, who)
            hits, until = counters.window(item.key_for(name, who))  # get_window_stats asks twice
        except sqlite3.Error as error:  # open data: a count that fails must not close the service
            log.warning("rate limits: %s", error)
            return None
        left, wait = max(0, quota.requests - hits), max(1, math.ceil(until - time.time()))
        return Standing(quota, admitted, left, wait)

    return stand


def caller(scope: Scope, settings: Settings) -> tuple[str, str]:
    """Name who asks: ("key", id) with a valid key; else, and with one that is none, ("address", where from)."""
    token = bearer(header(scope, b"authorization"))
    key = _key(token, settings) if token else None
    return ("key", key) if key else ("address", _origin(scope, settings.proxies))


def _origin(scope: Scope, proxies: int) -> str:
    """Return where a request is from: what the outermost proxy that is trusted says, or who connected."""
    peer = str(scope["client"][0]) if scope["client"] else ""
    forwarded = header(scope, b"x-forwarded-for").split(",")
    said = forwarded[-proxies].strip() if 0 < proxies <= len(forwarded) else ""
    return network(said) or network(peer) or peer[:100]


def _key(token: str, settings: Settings) -> str | None:
    """Return the id of the key that a token is."""
    try:
        store = (fresh if settings.read_only else reader)(settings.database)
        try:
            found = keys.find(store, token)
        finally:
            if settings.read_only:
                store.close()
    except sqlite3.Error:  # whoever asks next of the store says so
        return None
    return found.id if found else None


@lru_cache(maxsize=4096)
def network(address: str) -> str | None:
    """Return what of an address is one caller: all of an IPv4 address, of an IPv6 address the /64 that one site has.

    A port after it, as some proxies write (203.0.113.9:40001, [2001:db8::1]:443), is no part of it. None for what is no
    address.
    """
    written = WITH_PORT.fullmatch(address)
    try:
        parsed = ip_address(written[1] or written[2] if written else address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)
