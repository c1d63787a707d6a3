"""Give reads only so much: a statement so many steps, as a way that may be long is tried; a thread so much time.

While it works, SQLite asks now and then whether to go on; each connection has one function that it asks.
"""

import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from db.connection import reader

Answer = TypeVar("Answer")

LOOKS = 4
"""How often SQLite asks, at least: it counts from where the statement ended last, so one look tells nothing."""
STEPS = 4000
"""After so many steps, some 100 µs, a read that is timed looks at the clock (1.5 µs)."""
SLACK = 8
STATEMENTS = 256
"""What a thread keeps compiled that answers most of what is asked: compiling one takes 0.8 ms."""
POSTINGS_MOST = 200_000
"""Postings (rows that hold a pair) which the index of words reads within 3 ms."""
NEVER = math.inf, math.inf

_thread = threading.local()


class OverdueError(BaseException):
    """Say that a read takes longer than it may. No Exception, so that nobody on the way answers it."""


class UnbreakableError(OverdueError):
    """Say that a read could not be broken off, once begun."""


def leave_unbreakable(postings: int) -> None:
    """Raise UnbreakableError where this thread's time is bounded, and the index of words may read so many postings.

    SQLite asks between two rows that are found, and the index may look for long before it finds one.
    """
    if postings > POSTINGS_MOST and getattr(_thread, "until", NEVER) != NEVER:
        raise UnbreakableError


def within(connection: sqlite3.Connection, steps: int, ask: Callable[[], Answer]) -> Answer | None:
    """Return what a question answers, or None where that takes more steps than given (up to a quarter more; 0: never).

    Steps and not time: on the same store the same way is taken.
    """
    if not steps:
        return ask()
    looks, every = 0, max(1, min(steps // LOOKS, STEPS if _timed() else steps))
    most = max(LOOKS, steps // every)

    def spent() -> bool:
        nonlocal looks
        looks += 1
        return looks > most or _late()

    connection.set_progress_handler(spent, every)
    try:
        return ask()
    except sqlite3.OperationalError:
        if looks <= most:
            raise
        return None
    finally:
        _watch(connection)


@contextmanager
def timed(path: Path, seconds: float) -> Iterator[None]:
    """Break off what this thread reads after so many seconds of work: SQLite says that it was interrupted.

    Waits, for the disk or for other work on the machine, may make it SLACK times as long. For a thread that must not
    wait: its connection looks at the clock from then on, and asks for a lock but once.
    """
    if not _timed():
        try:
            own = reader(path, statements=STATEMENTS)
            own.execute("PRAGMA busy_timeout = 0")
            own.execute(
                "SELECT 1 FROM sqlite_master"
            ).fetchone()  # to read the schema is not the work of the first read
        except sqlite3.Error as error:  # whoever has more time says why
            raise OverdueError from error
        _thread.until = NEVER
        _watch(own)
    _thread.until = time.thread_time() + seconds, time.monotonic() + SLACK * seconds
    try:
        yield
    finally:
        _thread.until = NEVER


def _timed() -> bool:
    return hasattr(_thread, "until")


def _watch(connection: sqlite3.Connection) -> None:
    connection.set_progress_handler(_late if _timed() else None, STEPS)


def _late() -> bool:
    work, clock = getattr(_thread, "until", NEVER)
    late: bool = time.thread_time() > work or time.monotonic() > clock
    if late:
        _thread.until = NEVER  # what ends the broken read is not broken off
    return late
