"""Give a statement only so many steps of SQLite's virtual machine, so that a way that may be long can be tried."""

import sqlite3
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

LOOKS = 4
"""How often SQLite asks whether to go on: it counts from where the statement ended last, so one look tells nothing."""


def within(connection: sqlite3.Connection, steps: int, ask: Callable[[], Answer]) -> Answer | None:
    """Return what a question answers, or None where that takes more steps than given (up to a quarter more).

    Steps and not time: on the same store the same way is taken.
    """
    looks = 0

    def spent() -> bool:
        nonlocal looks
        looks += 1
        return looks > LOOKS

    connection.set_progress_handler(spent, max(1, steps // LOOKS))
    try:
        return ask()
    except sqlite3.OperationalError:
        if looks <= LOOKS:
            raise
        return None
    finally:
        connection.set_progress_handler(None, 0)
