"""The cases: what each server is asked, in the same order and on the same rows."""

import json
import os
import shutil
import subprocess
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from api.request import cursor
from bench import load
from bench.data import VAR, Row
from bench.inside import VALUES, WORDS, is_reversed
from bench.peers import HOT_ONLY, ROOT, Data, Running, Server

COMMITS_PER_SECOND = 50


class Case(NamedTuple):
    """Hold one question to a server: its name, its URLs, over how many connections, with which header fields."""

    name: str
    paths: Sequence[str]
    connections: int = 1
    headers: tuple[str, ...] = ()


def cases(name: str, server: Server, data: Data, running: Running, *, full: bool) -> Iterator[Case]:
    """List what a server is asked; one that lacks a feature is not asked for it."""
    yield from _rates(name, server, data, running)
    if name in (*HOT_ONLY, "ours"):  # what follows is asked without the cache of answers
        return
    if "find" in server.spell:
        frequent = {kind: word for kind, word in WORDS.items() if kind.endswith("frequent")}
        yield from (
            Case(f"find {kind}, under load", [server.spell["find"](word)], 16) for kind, word in frequent.items()
        )
    yield from _depths(name, server, data, running)
    if "find" in server.spell:
        yield from (Case(f"find {kind}", [server.spell["find"](word)]) for kind, word in WORDS.items())
    for filters in ({"kind": "share"}, {"unit": "亿元"}, {"kind": "share", "unit": "%"}):
        if "filter" in server.spell:
            yield Case(f"filter {' + '.join(filters)}", [server.spell["filter"](**filters)])
    if name == "uncached":
        yield from _ours(server, data, running, full=full)
    elif "summary" in server.spell:
        yield Case("summary by section", [server.spell["summary"]("section_id")])


def _rates(name: str, server: Server, data: Data, running: Running) -> Iterator[Case]:
    """Ask for items, pages and outlines: cold, every request another URL; hot, always the same."""
    for sort, keys in (("item", data.sample["ids"]), ("page", data.sample["plans"]), ("outline", data.sample["plans"])):
        if sort not in server.spell:
            continue
        paths = [server.spell[sort](key) for key in keys]
        if name not in HOT_ONLY:
            yield Case(f"{sort} cold", paths, 16)
        if name in (*HOT_ONLY, "ours", "pocketbase"):  # the other peers keep nothing: hot is as cold
            yield Case(f"{sort} hot", paths[:1], 16)
    if name == "constant":
        yield Case("item hot, our headers", ["/item-with-our-headers"], 16)
    if name == "ours":
        path = server.spell["page"](data.sample["plans"][0])
        tag = load.fetch(running.port, path)[1]["etag"]
        yield Case("page 304", [path], 16, (f"If-None-Match: {tag}",))


def _depths(name: str, server: Server, data: Data, running: Running) -> Iterator[Case]:
    """Ask for the first page and for deep ones, in each order."""
    for sort, rows in data.sample["depths"].items():
        spelled = sort or "default order"
        yield Case(f"first page, {spelled}", [server.spell["first"](sort)])
        for depth, row in rows.items():
            own = name == "uncached"
            path = _deep(running, server.spell["first"](sort), sort, row) if own else server.spell["deep"](sort, row)
            yield Case(f"page at {int(depth):,}, {spelled}", [path])


def _deep(running: Running, first: str, sort: str, row: Row) -> str:
    """Make the URL of a deep page of ours: the first page's own next URL, its cursor moved to a row; "" for no next."""
    keys = (row["plan_id"], row["position"]) if not sort else (row[sort.removeprefix("-")],)
    url = urlsplit(json.loads(load.fetch(running.port, first)[2])["next"] or "")
    if not url.query:
        return ""
    parameters = {name: values[0] for name, values in parse_qs(url.query).items()}
    after = parameters["after"]
    digest = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))[0]
    parameters["after"] = cursor.write(digest, (*keys, row["id"]))
    return f"{url.path}?{urlencode(parameters)}"


def _ours(server: Server, data: Data, running: Running, *, full: bool) -> Iterator[Case]:
    """Ask for what only our service has."""
    spell = server.spell
    for kind, word in WORDS.items():
        yield Case(f"search {kind}", [spell["search"](word)])
    plan, section = data.sample["plans"][len(data.sample["plans"]) // 2], data.sample["sections"][0]
    values = {name: value for name, value in _filters().items() if name not in ("kind", "unit")}
    values |= {"plan": plan, "section": section}
    asked = [{name: value} for name, value in values.items()]
    for (one, first), (other, second) in pairwise(values.items()):
        if full and not is_reversed(values, one, other):
            asked.append({one: first, other: second})
    *_, row = data.sample["depths"][""].values()
    for filters in asked:
        first = spell["filter"](**filters)
        yield Case(f"filter {' + '.join(filters)}", [first])
        if deep := _deep(running, first, "", row):
            yield Case(f"deep filter {' + '.join(filters)}", [deep])
    yield Case("filter area + sort -value", [spell["filter"](area="21", sort="-value")])
    yield Case("filter kind + sort due_on", [spell["filter"](kind="share", sort="due_on")])
    for by in ("section", "status"):
        yield Case(f"summary by {by} of a plan", [spell["summary"](by, plan=plan)])
        yield Case(f"summary by {by}", [spell["summary"](by)])


def _filters() -> dict[str, str]:
    """Return a value for each filter of the indicators, as a query spells it."""
    from db.indicators import INDICATOR  # noqa: PLC0415  (the peers' side must not need it)

    known = {name: VALUES[name] for name in INDICATOR.filters if name in VALUES}
    return {name: ",".join(map(str, value)) if isinstance(value, list) else str(value) for name, value in known.items()}


def exports(name: str, server: Server, running: Running) -> dict[str, dict[str, float]]:
    """Take all rows in each format that a server has, once warm."""
    load.fetch(running.port, server.spell["first"](""))
    found = {}
    for form in ("csv", "ndjson", "xlsx"):
        path = server.spell["export"](form) if "export" in server.spell else ""
        if path:
            found[f"{name} {form}"] = load.download(running.port, path, running.workers())
    return found


def while_writing(
    server: Server, data: Data, seconds: float, rounds: int, serve: Callable[[Server, Data], Any]
) -> dict[str, list[load.Figures]]:
    """Read cold items from a copy of the store, in peace and while another process commits, in turn.

    wrk adds to its latencies what should have been asked while nothing was answered, so a single stop of the machine
    for more than a hundredth of a run is its p99: medians of several runs tell the service's own.
    """
    copy = VAR / "written.db"
    shutil.copy(data.store, copy)
    with copy.open("rb") as written:
        os.fsync(written)  # gigabytes that the disk still has to take would be no load that any service has
    paths = [server.spell["item"](key) for key in data.sample["ids"]]
    found: dict[str, list[load.Figures]] = {"in peace": [], "while writing": [], "commits": []}
    try:
        with serve(server, data._replace(store=copy)) as running:
            load.hammer(running, paths, 1)
            for number in range(rounds):
                start = number * len(paths) // rounds
                found["in peace"].append(load.hammer(running, paths, seconds, start=start))
                words = [sys.executable, "-m", "bench.writer", str(copy), str(seconds + 2), str(COMMITS_PER_SECOND)]
                command = ["taskset", "-c", str(load.LOAD_CORE), *words]
                writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
                during = load.hammer(running, paths, seconds, start=start + len(paths) // 2)
                found["while writing"].append(during)
                rate = int(writer.communicate()[0]) / (seconds + 2)
                found["commits"].append(load.Figures(rate, 0, 0, 0, 0))
    finally:
        for leftover in VAR.glob("written.db*"):
            leftover.unlink()
    return found
