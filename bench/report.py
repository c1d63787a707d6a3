"""Write bench/RESULTS.md: ratios first, then figures, then each target with what was reached."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.inside import WORDS, is_search
from bench.peers import HOT_ONLY, LIMITS, PEERS, SERVERS

PATH = Path(__file__).parent / "RESULTS.md"
Results = dict[str, Any]

NOTE = """\
Black-box load over HTTP on one machine. Each server runs alone on one core with one worker process, the load on another
core; servers take turns in rounds, and medians are given. Written by `make bench`.

Rates are requests per second of the processor time that the server used, which other work on the machine does not
change, and in brackets by the clock. Cold: every request is another URL, without the cache of answers
(`PLAN_CACHE=0`). Hot: the same URL again and again. Milliseconds are without that cache. Before a server starts, its
files are read once, so that none waits for the disk. Our item and page carry computed progress (about 1,000 bytes a
row); those of the peers are the plain row (about 800)."""


def write(results: Results) -> None:
    """Write the report."""
    PATH.write_text("\n".join(_lines(results)) + "\n", "utf-8")


def _lines(results: Results) -> Iterator[str]:
    machine = results["machine"]
    yield "# Results"
    yield ""
    yield NOTE
    yield ""
    yield (
        f"{results['date']}; {machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB;"
        f" {results['size']:,} indicators; {results['rounds']} rounds of {results['seconds']:g} s a case;"
        f" took {results['took_seconds']} s."
    )
    yield ""
    versions = results["versions"]
    yield "Versions: " + ", ".join(f"{SERVERS[name].title} {number}" for name, number in versions.items()) + "."
    yield ""
    if results["left_out"]:
        yield "Left out:"
        yield from (f"- {line}" for line in results["left_out"])
        yield ""
    yield from _table("Targets", ("target", "at least", "measured", "reached"), _targets(results))
    yield from _table("Ratios: ours to each server, requests per second", ("case", *_titles(results)), _ratios(results))
    yield from _table(
        "Requests per second of processor time (by the clock; p99 ms)", ("case", *_titles(results)), _rates(results)
    )
    yield from _table(
        "Milliseconds, median on one connection", ("case", *_titles(results, limits=False)), _times(results)
    )
    columns = ("file", "seconds", "first byte, ms", "MB", "growth, MB")
    yield from _table("100 thousand rows as a file", columns, _exports(results))
    yield from _table("Start and memory", ("server", "start, s", "idle worker, MB", "loaded, MB"), _starts(results))
    yield from _inside(results)


def _table(title: str, columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def _servers(results: Results, *, limits: bool = True) -> list[str]:
    return [name for name in results["cases"] if name != "uncached" and (limits or name not in HOT_ONLY)]


def _titles(results: Results, *, limits: bool = True) -> list[str]:
    return [SERVERS[name].title for name in _servers(results, limits=limits)]


def _of(results: Results, server: str, case: str) -> list[float] | None:
    """Return the figures of a case: ours are without the cache of answers, but where it is to be hot."""
    if server == "ours" and not case.endswith(("hot", "304")):
        server = "uncached"
    found: list[float] | None = results["cases"].get(server, {}).get(case)
    return found


def _rate(results: Results, server: str, case: str) -> float | None:
    figures = _of(results, server, case)
    return figures[1] if figures else None


def _ms(results: Results, server: str, case: str) -> float | None:
    figures = _of(results, server, case)
    return figures[2] if figures else None


RATES = (
    "item cold",
    "item hot",
    "item hot, our headers",
    "page cold",
    "page hot",
    "outline cold",
    "outline hot",
    "page 304",
    *(f"find {kind}, under load" for kind in WORDS if kind.endswith("frequent")),
)


def _limit(case: str) -> str:
    """Name the case of a constant server that a case is held against."""
    return "item hot" if "304" in case else case.replace("cold", "hot").replace("outline", "page")


def _ratios(results: Results) -> Iterator[tuple[str, ...]]:
    for case in RATES:
        own = _rate(results, "ours", case)
        cells = []
        for server in _servers(results):
            other = _rate(results, server, _limit(case) if server in LIMITS else case)
            cells.append(f"{own / other:.2f}" if own and other else "")
        yield case, *cells


def _rates(results: Results) -> Iterator[tuple[str, ...]]:
    for case in RATES:
        found = [_of(results, server, case) for server in _servers(results)]
        yield case, *(f"{one[1]:,.0f} ({one[0]:,.0f}; {one[3]:.1f})" if one else "" for one in found)


def _times(results: Results) -> Iterator[tuple[str, ...]]:
    names = dict.fromkeys(case for server in results["cases"] for case in results["cases"][server])
    for case in names:
        if case not in RATES:
            found = [_ms(results, server, case) for server in _servers(results, limits=False)]
            yield case, *(f"{ms:,.2f}" if ms is not None else "" for ms in found)


def _exports(results: Results) -> Iterator[tuple[str, ...]]:
    for case, found in results["exports"].items():
        name, _, form = case.partition(" ")
        row = (
            f"{found['seconds']:.2f}",
            f"{found['first_byte_ms']:.0f}",
            f"{found['mb']:.0f}",
            f"{found['growth_mb']:.0f}",
        )
        yield f"{SERVERS[name].title}, {form}", *row


def _starts(results: Results) -> Iterator[tuple[str, ...]]:
    for name, (start, idle, loaded) in results["starts"].items():
        yield SERVERS[name].title, f"{start:.2f}", f"{idle:.0f}", f"{loaded:.0f}"


def _inside(results: Results) -> Iterator[str]:
    yield "## Inside SQLite"
    yield ""
    yield "Two random filters under a random sort (`python -m bench.questions`), first page of 50:"
    yield ""
    for size, found in results["questions"].items():
        yield f"- {size} indicators: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in found.items())
    yield ""
    yield "Every filter, sort, search and summary alone, as the statements themselves, pages warm:"
    yield ""
    for size, found in results["inside"].items():
        yield (
            f"{size} indicators: {found['questions']} questions, median {found['median_ms']:.2f} ms,"
            f" {found['within_10_ms']} within 10 ms. The slowest:"
        )
        yield ""
        for name, ms, trouble in found["slow"][:40]:
            yield f"- {name}: {ms:,.0f} ms ({'; '.join(trouble) or 'no scan'})"
        yield ""


Judged = tuple[str, bool | None]


def _targets(results: Results) -> Iterator[tuple[str, ...]]:
    for title, goal, judge in TARGETS:
        measured, reached = judge(results)
        yield title, goal, measured, {True: "yes", False: "**no**", None: "not measured"}[reached]


def _ratio(case: str, other: str, goal: float, other_case: str | None = None) -> Callable[[Results], Judged]:
    """Judge our rate against another server's."""

    def judge(results: Results) -> Judged:
        own, theirs = _rate(results, "ours", case), _rate(results, other, other_case or case)
        if not own or not theirs:
            return "", None
        return f"{own / theirs:.2f}", own / theirs >= goal

    return judge


def _deeper(results: Results) -> Judged:
    """Judge the deep pages, each against the first page of its order."""
    own = results["cases"].get("uncached", {})
    firsts = {case: f"first page, {case.partition(', ')[2]}" for case in own if case.startswith("page at")}
    ratios = [(own[case][2] / own[first][2], case) for case, first in firsts.items()]
    if not ratios:
        return "", None
    worst, case = max(ratios)
    return f"{worst:.2f} of the first page of its order ({case})", worst <= 1.15


def _search(kind: str, goal: float) -> Callable[[Results], Judged]:
    """Judge searches of a kind against the fastest peer."""

    def judge(results: Results) -> Judged:
        ratios = []
        for word in WORDS:
            theirs = [ms for peer in PEERS if (ms := _ms(results, peer, f"find {word}")) is not None]
            own = _ms(results, "ours", f"find {word}")
            if word.endswith(kind) and own and theirs:
                ratios.append((min(theirs) / own, word))
        if not ratios:
            return "", None
        least = min(ratios)
        return f"{least[0]:.1f} at least ({least[1]})", least[0] >= goal

    return judge


def _searched_under_load(results: Results) -> Judged:
    """Judge searches for frequent words against the fastest peer, in requests per second of processor time."""
    ratios = []
    for case in RATES:
        theirs = [rate for peer in PEERS if (rate := _rate(results, peer, case))]
        own = _rate(results, "ours", case)
        if case.startswith("find") and own and theirs:
            ratios.append((own / max(theirs), case))
    if not ratios:
        return "", None
    return f"{min(ratios)[0]:.2f} at least ({min(ratios)[1]})", min(ratios)[0] >= 1.5


def _searched_inside(results: Results) -> Judged:
    """Judge the slowest search inside SQLite, counts included."""
    size, found = list(results["inside"].items())[-1]
    slow = [(ms, name) for name, ms, _ in found["slow"] if is_search(name)]
    if not found["searches"]:
        return "", None
    ms, name = max(slow, default=(10.0, "all"))
    return f"{ms:,.0f} ms at {size} ({name})", ms <= 50


def _questions(size: int, limits: Mapping[str, float]) -> Callable[[Results], Judged]:
    """Judge random questions of two filters under a random sort by their percentiles."""

    def judge(results: Results) -> Judged:
        found = results["questions"].get(f"{size:,}")
        if not found:
            return "", None
        told = ", ".join(f"{name} {found[name]:.1f} ms" for name in limits)
        return told, all(found[name] <= most for name, most in limits.items())

    return judge


def _export_ratio(results: Results) -> Judged:
    own, theirs = (results["exports"].get(f"{name} csv") for name in ("ours", "datasette"))
    if not own or not theirs:
        return "", None
    return f"{theirs['seconds'] / own['seconds']:.2f}", theirs["seconds"] / own["seconds"] >= 5


def _export_most(key: str, unit: str, goal: float, forms: tuple[str, ...]) -> Callable[[Results], Judged]:
    def judge(results: Results) -> Judged:
        found = [
            (results["exports"][f"ours {form}"][key], form) for form in forms if f"ours {form}" in results["exports"]
        ]
        return (f"{max(found)[0]:.0f} {unit} ({max(found)[1]})", max(found)[0] <= goal) if found else ("", None)

    return judge


def _start(index: int, unit: str, goal: float) -> Callable[[Results], Judged]:
    def judge(results: Results) -> Judged:
        found = results["starts"].get("ours")
        return (f"{found[index]:.2f} {unit}", found[index] <= goal) if found else ("", None)

    return judge


def _writing(results: Results) -> Judged:
    found = results["writing"]
    if not found:
        return "", None
    peace, war = found["in peace"], found["while writing"]
    told = f"{war[1] / peace[1]:.2f}, {war[4]} errors, p99 {war[3]:.0f} ms, {found['commits'][0]:.0f} commits/s"
    return told, war[1] >= peace[1] / 2 and not war[4] and war[3] < 50


TARGETS: tuple[tuple[str, str, Callable[[Results], Judged]], ...] = (
    ("hot item / constant WSGI app on gthread", "1.8", _ratio("item hot", "constant", 1.8)),
    ("304 / constant WSGI app on gthread", "1.8", _ratio("page 304", "constant", 1.8, "item hot")),
    ("hot item / PocketBase", "1.5", _ratio("item hot", "pocketbase", 1.5)),
    ("cold item / datasette", "2", _ratio("item cold", "datasette", 2)),
    ("cold page / datasette", "4", _ratio("page cold", "datasette", 4)),
    ("cold page / FastAPI + SQLModel", "3", _ratio("page cold", "fastapi", 3)),
    ("cold page / PocketBase", "3", _ratio("page cold", "pocketbase", 3)),
    ("page at any depth", "1.15", _deeper),
    ("two random filters under a random sort, 100,000", "p99 40 ms", _questions(100_000, {"p99": 40})),
    (
        "two random filters under a random sort, a million",
        "median 4 ms, p99 400 ms",
        _questions(1_000_000, {"median": 4, "p99": 400}),
    ),
    ("search, absent words / best peer", "50", _search("absent", 50)),
    ("search, frequent words / best peer, under load", "1.5", _searched_under_load),
    ("search inside SQLite", "50 ms", _searched_inside),
    ("CSV of 100 thousand rows / datasette", "5", _export_ratio),
    ("growth of memory in exports", "40 MB", _export_most("growth_mb", "MB", 40, ("csv", "ndjson", "xlsx"))),
    ("start to first answer", "0.4 s", _start(0, "s", 0.4)),
    ("idle worker", "45 MB", _start(1, "MB", 45)),
    ("reads while 50 commits a second", "0.5, no error, p99 under 50 ms", _writing),
)
