"""A signature of departments: a number of 62 bits, one for each name, that an index can hold.

A row whose signature lacks the bits of a name is not that department's; of the others, few are not.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from zlib import crc32

BITS = 62
"""So many that every sum of them is an integer to SQLite, and more than a district has departments."""


def signature(names: Iterable[str]) -> int:
    """Return the bits of some names together."""
    bits = 0
    for name in names:
        bits |= 1 << crc32(name.encode()) % BITS
    return bits


@lru_cache(maxsize=4096)
def of_list(text: str) -> int:
    """Return the signature of a JSON array of names; null is no name."""
    return signature(filter(None, json.loads(text)))
