"""What the contract cannot say of a parameter, told to the fuzzer: all of it is tested in tests/api."""

import re
from datetime import UTC, datetime
from typing import Any

import schemathesis

from schema.query import ENDS
from spec.writes import ETAGS

BOUND = {"after", "since", "bom", "to", "wait"}
"""Cursors belong to what made them, `bom` is for CSV only, `to` is not before `from`, and `wait` takes its time."""


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leave out what only some values of go together, both ends of a range too, and moments to come."""
    query = case.query or {}
    if any(
        name.removesuffix(end) + begin in query for end, begin in ENDS.items() for name in query if name.endswith(end)
    ):
        return False
    tag = (case.headers or {}).get("If-Match", "*")
    if case.meta.generation.mode.is_positive and not re.search(ETAGS, tag):
        return False  # what the fuzzer makes up to try a length is not always of the pattern
    today = datetime.now(UTC).date().isoformat()
    moments = [str(query[name]) for name in ("as_of", "from") if name in query]
    return not BOUND & set(query) and all(moment[:10] < today for moment in moments)
