"""What the contract cannot say of a parameter, told to the fuzzer: all of it is tested in tests/api."""

from datetime import UTC, datetime
from typing import Any

import schemathesis

from schema.query import ENDS

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
    today = datetime.now(UTC).date().isoformat()
    moments = [str(query[name]) for name in ("as_of", "from") if name in query]
    return not BOUND & set(query) and all(moment[:10] < today for moment in moments)
