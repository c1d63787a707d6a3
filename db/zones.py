"""Zone maps: in which stretches of an order the words of a search can stand, so that a walk skips all others.

A zone of numbers is a sixteenth of those between two powers of two, a zone of texts are those that begin with the same
two characters. What names a zone is text, in the order of the zones: a set of zones is one text that SQLite looks into.
"""

import math
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from db.fold import LAST

NULL = "\x80"
"""The zone of null, before all numbers; those from here on take two bytes."""
FRACTION = 48
"""Bits of a double that make no difference within a zone: sign, exponent and four bits more are left."""
LEAST, ZONES = (1023 - 16) << 4, 1024
"""What is below 2^-16 is in the first zone of numbers, what is from 2^48 on in the last."""
BETWEEN = "\x1f"
"""What the zones of texts begin with: no text holds it."""
PARTS_MOST = 8
"""So many stretches are searched one by one, each by a part of the statement; what follows is walked as one."""


class Part(NamedTuple):
    """Hold a stretch of an order: zones `first` to `last`, values from `low` on and below `high` (of null: None)."""

    first: str
    last: str
    low: Any
    high: Any


def zone(value: float | str | None) -> str:
    """Name the zone that a value lies in."""
    if value is None:
        return NULL
    if isinstance(value, str):
        return f"{BETWEEN}{value[:2]:2}"
    number = float(value)
    if number > value:  # a large integer, rounded up, perhaps into the next zone
        number = math.nextafter(number, -math.inf)
    bits: int = struct.unpack(">q", struct.pack(">d", number))[0]
    return chr(ord(NULL) + 1 + min(max(0, (bits >> FRACTION) - LEAST), ZONES - 1))


def _part(first: str, last: str) -> Part:
    if first == NULL:
        return Part(NULL, NULL, None, None)
    if first.startswith(BETWEEN):
        return Part(first, last, first[1:].rstrip(), last[1:] + LAST)
    return Part(first, last, _bound(ord(first) - ord(NULL) - 1), _bound(ord(last) - ord(NULL)))


def _bound(number: int) -> float:
    if not 0 < number < ZONES:
        return -math.inf if number <= 0 else math.inf
    bound: float = struct.unpack(">d", struct.pack(">q", (number + LEAST) << FRACTION))[0]
    return bound


def common(connection: sqlite3.Connection, kept: str, grams: Sequence[tuple[str, str]]) -> set[str]:
    """Return the zones of what is kept where a row can hold all of some pairs (ranges of them), none without pairs."""
    zones: set[str] | None = None
    for low, high in grams:
        found = connection.execute(f"SELECT {kept} FROM indicator_zone WHERE gram BETWEEN ? AND ?", (low, high))
        held = {each for (text,) in found for each in _split(text)}
        zones = held if zones is None else zones & held
    return zones or set()


def find(connection: sqlite3.Connection, sort: str, grams: Sequence[tuple[str, str]]) -> list[Part]:
    """Find the parts of an order where a row can hold all of some pairs (ranges of them), in order: zones side by side.

    Where all of the order can, or no pairs are given, there are none.
    """
    runs: list[list[str]] = []
    for each in sorted(common(connection, sort, grams)):
        if runs and runs[-1][1] != NULL and len(each) == 1 and ord(each) == ord(runs[-1][1]) + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    return [_part(first, last) for first, last in runs]


def _split(text: str) -> Iterator[str]:
    return (BETWEEN + each for each in text.split(BETWEEN)[1:]) if text.startswith(BETWEEN) else iter(text)


def ahead(parts: Sequence[Part], *, down: bool) -> list[Part]:
    """Put parts into the order of a walk; those that are too many become one, but null stays for itself."""
    ordered = list(reversed(parts)) if down else list(parts)
    near, far = ordered[:PARTS_MOST], ordered[PARTS_MOST:]
    values = sorted(part for part in far if part.first != NULL)
    joined = [Part(values[0].first, values[-1].last, values[0].low, values[-1].high)] if values else []
    return [*near, *joined, *(part for part in far if part.first == NULL)]
