"""A follower: keeps a copy of everything stored equal to the service's, across restarts and repeated deliveries.

It knows nothing but HTTP: `get` takes a URL and returns the status, the headers and the text of the answer.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Get = Callable[[str], tuple[int, Mapping[str, str], str]]

RESOURCES = ("plan", "section", "deadline", "indicator", "milestone", "observation")


def stored(get: Get) -> dict[str, str]:
    """Ask the contract for the members that the feed gives: what is computed changes without a change."""
    schemas = json.loads(get("/openapi.json")[2])["components"]["schemas"]
    return {name: ",".join(schemas[f"{name.capitalize()}Record"]["properties"]) for name in RESOURCES}


def open_copy(path: Path) -> sqlite3.Connection:
    """Open the copy, made at first use."""
    copy = sqlite3.connect(path, isolation_level=None)
    copy.execute("CREATE TABLE IF NOT EXISTS item (resource, id, seq, body, PRIMARY KEY (resource, id))")
    copy.execute("CREATE TABLE IF NOT EXISTS position (cursor)")
    return copy


def follow(get: Get, copy: sqlite3.Connection, limit: int = 100, waiting: str = "") -> bool:
    """Take one step, which is done as a whole or not at all; tell whether there is more to do at once."""
    position = copy.execute("SELECT cursor FROM position").fetchone()
    status, _, text = get(f"/v1/changes?limit={limit}{waiting}&since={position[0]}") if position else (410, {}, "")
    if status == 410:  # the first time, and when the log no longer reaches back to where we are
        copy_anew(get, copy)
        return True
    page = json.loads(text)
    copy.execute("BEGIN")
    apply(copy, page["data"])
    copy.execute("UPDATE position SET cursor = ?", (page["cursor"],))
    copy.execute("COMMIT")
    more: bool = page["more"]
    return more


def copy_anew(get: Get, copy: sqlite3.Connection) -> None:
    """Copy every collection. What changes meanwhile is in the feed after the cursor of the first of them."""
    copy.execute("BEGIN")
    copy.execute("DELETE FROM item")
    copy.execute("DELETE FROM position")
    cursor = ""
    for resource, fields in stored(get).items():
        everything = "&superseded=true" if resource == "observation" else ""
        _, headers, text = get(f"/v1/{resource}s.ndjson?fields={fields}{everything}")
        cursor = cursor or headers["Change-Cursor"]
        rows = [(resource, json.loads(line)["id"], 0, line) for line in text.splitlines()]
        copy.executemany("INSERT INTO item VALUES (?, ?, ?, ?)", rows)
    copy.execute("INSERT INTO position VALUES (?)", (cursor,))
    copy.execute("COMMIT")


def apply(copy: sqlite3.Connection, changes: list[dict[str, Any]]) -> None:
    """Apply changes; one that has been applied already, or that a later one has overtaken, does nothing.

    What was deleted is kept as an item without a body, so that an earlier change delivered again does not revive it.
    """
    copy.executemany(
        "INSERT INTO item VALUES (?, ?, ?, ?) ON CONFLICT (resource, id)"
        " DO UPDATE SET seq = excluded.seq, body = excluded.body WHERE excluded.seq > seq",
        (
            (each["resource"], each["id"], each["seq"], each["after"] and json.dumps(each["after"]))
            for each in changes
        ),
    )  # fmt: skip


def items(copy: sqlite3.Connection) -> Iterator[tuple[str, dict[str, Any]]]:
    """List what the copy holds."""
    for resource, body in copy.execute("SELECT resource, body FROM item WHERE body IS NOT NULL ORDER BY resource, id"):
        yield resource, json.loads(body)
