"""Commit a change to an indicator so many times a second, through the store's own transactions."""

import sys
import time
from pathlib import Path

from db import connection


def write(store: Path, seconds: float, rate: float) -> int:
    """Return how many commits were made; each raises the version of one indicator."""
    writer = connection.open_writer(store)
    most = writer.execute("SELECT max(key) FROM indicator").fetchone()[0]
    began, commits = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        with connection.transaction(writer, "bench"):
            writer.execute(
                "UPDATE indicator SET version = version + 1, updated_at = changed_at() WHERE key = ?",
                (commits * 7919 % most + 1,),
            )
        commits += 1
        time.sleep(max(0.0, began + commits / rate - time.monotonic()))
    writer.close()
    return commits


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
