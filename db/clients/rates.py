"""Counted requests, for all workers of a machine: a small SQLite file of its own beside the store.

Not the store itself, where every commit would empty the memory of finished answers and wait for writers. A count is
one statement (30 µs; two workers at full speed wait for each other now and then, a millisecond at the 99th percentile).
"""

import sqlite3
import time
import weakref
from pathlib import Path
from threading import Lock

from limits.storage import Storage

PAGES_MOST = 16_384
"""64 MiB, about half a million callers in one window; who comes after them is not counted."""
SWEEP_EVERY = 1000
"""Counts after which a worker forgets the windows that are over."""

TABLE = "CREATE TABLE IF NOT EXISTS hit (caller TEXT PRIMARY KEY, hits INTEGER NOT NULL, until REAL NOT NULL) STRICT"
COUNT = """
INSERT INTO hit (caller, hits, until) VALUES (:caller, :amount, :until)
ON CONFLICT (caller) DO UPDATE SET
  hits = iif(until <= :now, :amount, hits + :amount),
  until = iif(until <= :now, :until, until)
RETURNING hits
"""


class Counters(Storage):
    """Count what a caller does within a window that begins with the first request, as `limits` asks of a storage."""

    STORAGE_SCHEME = None
    base_exceptions = sqlite3.Error

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.guard = Lock()  # SQLite would let the threads of a worker wait for each other in steps of milliseconds
        self.sweep_in = SWEEP_EVERY
        self.connection = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self.connection.close)
        for setting in ("journal_mode = WAL", "synchronous = NORMAL", f"max_page_count = {PAGES_MOST}"):
            self.connection.execute(f"PRAGMA {setting}")
        self.connection.execute(TABLE)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more of a caller, in the window of `expiry` seconds that runs or that begins; return all."""
        now = time.time()
        with self.guard:
            self.sweep_in -= 1
            if not self.sweep_in:
                self.sweep_in = SWEEP_EVERY
                self.connection.execute("DELETE FROM hit WHERE until <= ?", (now,))
            given = {"caller": key, "amount": amount, "now": now, "until": now + expiry}
            hits: int = self.connection.execute(COUNT, given).fetchall()[0][0]
        return hits

    def get(self, key: str) -> int:
        """Return how many there are of a caller in the window that runs."""
        return int(self.window(key)[0])

    def get_expiry(self, key: str) -> float:
        """Return when the window of a caller ends, in seconds since the epoch; now if none runs."""
        return self.window(key)[1]

    def check(self) -> bool:
        """Tell whether it can count."""
        self.window("")
        return True

    def reset(self) -> int:
        """Forget all; return how many callers."""
        with self.guard:
            return self.connection.execute("DELETE FROM hit").rowcount

    def clear(self, key: str) -> None:
        """Forget a caller."""
        with self.guard:
            self.connection.execute("DELETE FROM hit WHERE caller = ?", (key,))

    def window(self, key: str) -> tuple[int, float]:
        """Return both at once: how many there are of a caller in the window that runs, and when it ends."""
        now = time.time()
        with self.guard:
            rows = self.connection.execute("SELECT hits, until FROM hit WHERE caller = ? AND until > ?", (key, now))
            found: list[tuple[int, float]] = rows.fetchall()
        return found[0] if found else (0, now)
