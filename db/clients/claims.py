"""Claims: of all threads and processes that serve a store, one at a time works on a thing of a name.

A claim is a lock on one byte of a file beside the store. The kernel takes it from a process that dies, so no claim
outlives who holds it, and nothing has to be cleaned up.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import Lock

_guard = Lock()
_held: set[tuple[Path, int]] = set()
"""What threads of this process hold: to the kernel they are one."""


class ClaimedError(Exception):
    """Say that the thing is being worked on."""


@contextmanager
def claim(store: Path, name: str) -> Iterator[None]:
    """Claim a name while the body runs. Raises ClaimedError at once where another thread or process holds it."""
    byte = int.from_bytes(blake2b(name.encode(), digest_size=7).digest())
    with _guard:
        if (store, byte) in _held:
            raise ClaimedError(name)
        try:
            fcntl.lockf(_file(store), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
        except BlockingIOError as error:
            raise ClaimedError(name) from error
        _held.add((store, byte))
    try:
        yield
    finally:
        with _guard:
            _held.remove((store, byte))
            fcntl.lockf(_file(store), fcntl.LOCK_UN, 1, byte)


@cache
def _file(store: Path) -> int:
    """Return the file that is locked, open until the process ends: to close it would give up all of its locks."""
    return os.open(f"{store}-claims", os.O_RDWR | os.O_CREAT, 0o666)
