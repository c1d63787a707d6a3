"""Short reads: answered on the event loop itself, because a change of threads costs as much as most of them.

Nothing may hold the loop up for long: what SQLite has not answered in time is broken off, and asked again by a thread;
what asks as much of the same path then goes to threads for a while. What cannot be broken off is not tried: a
search whose words have to meet among many rows, the past, a file, a large page, whatever comes with a key, a write.
"""

import re
import time
from collections.abc import Callable
from typing import TypeVar

from api.front.log import Environ
from api.reply.formats import MEDIA_TYPES
from api.reply.problems import BRIEF
from api.reply.replies import best
from api.settings import Settings
from db.budget import OverdueError, UnbreakableError, timed

SECONDS = 0.005
"""How long a read may work here: as long as Python lets a thread keep its lock (sys.getswitchinterval)."""
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 60
"""Seconds for which such reads go to threads after one has taken too long; twice as long after each one more."""
AVOIDED_MOST = 1000

PATH = re.compile(r"/v1/(?:search|(?:plans|sections|indicators|milestones|deadlines)(?:/[^/]+(?:/outline)?)?)")
QUERY = re.compile(r"(?:(?:limit=\d\d?|(?!limit=|as_of=)[a-z_]+=[^&]*)(?:&|\Z))*")
VALUE = re.compile(r"=[^&]*")
FORMATS = tuple(MEDIA_TYPES.items())

Answer = TypeVar("Answer")


class Brief:
    """Try requests, and remember what has taken too long."""

    def __init__(self, settings: Settings) -> None:
        self._database = settings.database
        self._possible = not settings.quotas and not settings.read_only  # those count, or open, at every request
        self._avoided: dict[tuple[str, str], tuple[float, float]] = {}

    def attempt(self, environ: Environ, answer: Callable[[Environ], Answer]) -> Answer | None:
        """Return the answer to a request if it is a short read, None if it is for a thread."""
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        if not (
            self._possible
            and environ["REQUEST_METHOD"] in ("GET", "HEAD")
            and PATH.fullmatch(path)
            and QUERY.fullmatch(query)
            and "HTTP_AUTHORIZATION" not in environ
            and best(environ.get("HTTP_ACCEPT", ""), FORMATS) == "json"
        ):
            return None
        asked = (path, VALUE.sub("", query))
        until, pause = self._avoided.get(asked, (0.0, FIRST_PAUSE))
        if until > time.monotonic():
            return None
        try:
            with timed(self._database, SECONDS):
                found = answer({**environ, BRIEF: True})
        except UnbreakableError:  # another search may be short
            return None
        except OverdueError:
            if len(self._avoided) >= AVOIDED_MOST:
                self._avoided.clear()
            self._avoided[asked] = (time.monotonic() + pause, min(2 * pause, LONGEST_PAUSE))
            return None
        self._avoided.pop(asked, None)
        return found
