"""A follower: keeps a copy of everything stored equal to the service's, across restarts and repeated deliveries.

It knows nothing but HTTP: `get` takes a URL and returns the status, the headers and the text of the answer.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Get = Callable[[str], tuple[int, Mapping[str, str], str]]

STAMPS = "version,created_at,updated_at"
DUE = "deadline_id,due_on,due_precision,deadline_basis,lead_department,departments,source"
STORED = {
    "plan": f"id,title,title_en,area_code,area_code_system,area_name,area_name_en,level,period_start,period_end,status,"
    f"source,{STAMPS}",
    "section": f"id,plan_id,parent_id,number,level,position,title,title_en,source,{STAMPS}",
    "deadline": f"id,plan_id,due_on,precision,label,label_en,{STAMPS}",
    "indicator": "id,plan_id,section_id,parent_id,code,name,name_en,action,kind,direction,nature,commitment,target,"
    f"baseline,{DUE},{STAMPS}",
    "milestone": f"id,plan_id,section_id,code,name,name_en,action,commitment,{DUE},state,done_on,{STAMPS}",
    "observation": "id,plan_id,indicator_id,time_period,value,unit,obs_status,note,reported_by,recorded_at,supersedes",
}
"""The members that the feed gives: what is computed (counts, statuses) changes without a change."""


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
    for resource, fields in STORED.items():
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
