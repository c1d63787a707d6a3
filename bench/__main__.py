"""Run the bench: `python -m bench` at a million indicators, with `--quick` at 100 thousand."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench import cases, data, flat, inside, load, peers, questions, report
from bench.peers import Data

QUICK, FULL = 100_000, 1_000_000
EXPORTED = 100_000
BLOCK = 1 << 24
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
FAILURES = (RuntimeError, OSError, subprocess.SubprocessError, ValueError, KeyError)


def main() -> None:
    """Measure, and write bench/RESULTS.md and bench/var/results.json."""
    options = _options()
    began = time.monotonic()
    left_out: list[str] = []
    install(left_out)
    size = options.size or (QUICK if options.quick else FULL)
    subject = prepared(size)
    chosen = [name for name in peers.SERVERS if not options.only or name in options.only.split(",")]
    chosen = [name for name in chosen if available(name, left_out)]
    results = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": load.machine(),
        "size": size,
        "rounds": options.rounds,
        "seconds": options.seconds,
        "versions": {name: peers.SERVERS[name].version() for name in chosen},
        "left_out": left_out,
        **measure(chosen, subject, options, left_out),
    }
    results["exports"] = exports(chosen, 1 if options.quick else options.rounds, left_out)
    writing = peers.SERVERS["uncached"]
    runs = attempt(
        "reads while writing",
        lambda: cases.while_writing(writing, subject, max(3, options.seconds), options.rounds, peers.started),
        left_out,
    )
    results["writing"] = {case: _middle(found) for case, found in (runs or {}).items()}
    results["inside"], results["questions"] = {}, {}
    for number in sorted({QUICK, size}):
        store = data.store(number, say)
        warm(number)
        results["questions"][f"{number:,}"] = questions.put(store, number=200 if options.quick else 1000)[0]
        found = inside.look(store, seconds=30 if options.quick else 900, say=say)
        results["inside"][f"{number:,}"] = inside.summarize(found)
    results["took_seconds"] = round(time.monotonic() - began)
    (data.VAR / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
    report.write(results)
    say(f"took {results['took_seconds']} s; see bench/RESULTS.md")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench ARGS=…", description="Measure the service against its peers.")
    parser.add_argument("--quick", action="store_true", help="100 thousand indicators, within five minutes")
    parser.add_argument("--size", type=int, help="how many indicators")
    parser.add_argument("--rounds", type=int, default=3, help="rounds over all servers; medians are told (3)")
    parser.add_argument("--seconds", type=float, help="seconds of load a case (1 with --quick, else 4)")
    parser.add_argument("--only", default="", help="only these servers, such as ours,constant")
    options = parser.parse_args()
    options.seconds = options.seconds or (1 if options.quick else 4)
    return options


def say(text: str) -> None:
    """Tell how it goes."""
    print(text, file=sys.stderr, flush=True)


def attempt(what: str, action: Callable[[], Any], left_out: list[str]) -> Any:
    """Do something; if it cannot be done, say so and go on without it."""
    try:
        return action()
    except FAILURES as error:
        left_out.append(f"{what}: {str(error)[-300:]}")
        say(f"left out: {left_out[-1]}")
        return None


def install(left_out: list[str]) -> None:
    """Install wrk and nginx from the system's packages, and the peers into a venv of their own."""
    data.VAR.mkdir(exist_ok=True)
    missing = [name for name in ("wrk", "nginx") if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    if missing and shutil.which("apt-get"):
        wanted = ["nginx-light" if name == "nginx" else name for name in missing]
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["apt-get", "update", "-q"], check=True, stdout=sys.stderr)
            subprocess.run(["apt-get", "install", "-qy", *wanted], check=True, stdout=sys.stderr)
    if not shutil.which("wrk") or not shutil.which("taskset"):
        sys.exit("wrk and taskset are needed (Debian: apt-get install wrk util-linux)")
    mark = peers.BIN.parent / "installed"
    if not mark.exists() or mark.stat().st_mtime < REQUIREMENTS.stat().st_mtime:
        say("installing the peers into bench/var/venv")
        attempt("peers", _install_peers, left_out)
        mark.touch()


def _install_peers() -> None:
    subprocess.run([sys.executable, "-m", "venv", peers.BIN.parent], check=True)
    words = ["install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([peers.BIN / "pip", *words, "-r", REQUIREMENTS], check=False, stderr=subprocess.DEVNULL)
    if done.returncode:  # one that cannot be had must not cost the others
        for line in REQUIREMENTS.read_text().splitlines():
            if line and not line.startswith("#"):
                subprocess.run([peers.BIN / "pip", *words, line], check=False)


def available(name: str, left_out: list[str]) -> bool:
    """Tell whether a server is installed."""
    if peers.SERVERS[name].version():
        return True
    left_out.append(f"{peers.SERVERS[name].title}: is not installed and could not be")
    return False


def prepared(size: int) -> Data:
    """Make or find the store of a size, and choose what to ask of it."""
    store = data.store(size, say)
    return Data(store, size, flat.sample(store, size))


def warm(indicators: int) -> None:
    """Read every file of a size, so that no server waits for a disk that another has been spared."""
    for path in data.VAR.glob(f"{data.schema_mark()}-{indicators}.*"):
        for file in filter(Path.is_file, [path, *path.rglob("*")]):
            with file.open("rb", buffering=0) as source:
                while source.read(BLOCK):
                    pass


def measure(chosen: list[str], subject: Data, options: argparse.Namespace, left_out: list[str]) -> dict[str, Any]:
    """Put every server under load in turn, round after round; return the medians."""
    found: dict[str, dict[str, list[load.Figures]]] = {name: {} for name in chosen}
    starts: dict[str, list[tuple[float, float, float]]] = {name: [] for name in chosen}
    for number in range(options.rounds):
        for name in list(chosen):
            say(f"round {number + 1} of {options.rounds}: {peers.SERVERS[name].title}")
            one = attempt(peers.SERVERS[name].title, partial(_round, name, subject, options, number), left_out)
            if one is None:
                chosen.remove(name)
                continue
            starts[name].append(one[0])
            for case, figures in one[1].items():
                found[name].setdefault(case, []).append(figures)
    return {
        "cases": {name: {case: _middle(runs) for case, runs in found[name].items()} for name in chosen},
        "starts": {name: [statistics.median(values) for values in zip(*starts[name], strict=True)] for name in chosen},
    }


def _round(
    name: str, subject: Data, options: argparse.Namespace, number: int
) -> tuple[tuple[float, float, float], dict[str, load.Figures]]:
    """Start a server, ask it everything, and return its start, its memory idle and loaded, and what was found."""
    server = peers.SERVERS[name]
    found = {}
    warm(subject.indicators)
    with peers.started(server, subject) as running:
        idle = max(map(load.megabytes, running.workers()))
        asked = list(cases.cases(name, server, subject, running, full=not options.quick))
        for case in asked:
            if case.connections > 1:
                found[case.name] = load.hammer(
                    running,
                    case.paths,
                    options.seconds,
                    connections=case.connections,
                    headers=case.headers,
                    start=number * 7919,
                )
        if number == 0 or not options.quick:  # a quick run takes latencies once
            single = {case.name: case.paths for case in asked if case.connections == 1}
            found |= load.time_in_turns(running, single, options.seconds / 4)
        loaded = max(map(load.megabytes, running.workers()))
        return (running.start_seconds, idle, loaded), found


def _middle(runs: list[load.Figures]) -> load.Figures:
    columns = zip(*(run[:4] for run in runs), strict=True)
    return load.Figures(*map(statistics.median, columns), sum(run.errors for run in runs))


def exports(chosen: list[str], rounds: int, left_out: list[str]) -> dict[str, Any]:
    """Take all of a store of 100 thousand in every format from every server that has one."""
    subject = prepared(EXPORTED)
    found: dict[str, Any] = {}
    for name in chosen:
        if name == "uncached" or "export" not in peers.SERVERS[name].spell:
            continue

        say(f"exports: {peers.SERVERS[name].title}")
        for _ in range(rounds):
            taken = attempt(f"exports of {name}", partial(_export, name, subject), left_out)
            for case, figures in (taken or {}).items():
                found.setdefault(case, []).append(figures)
    return {case: {key: statistics.median(run[key] for run in runs) for key in runs[0]} for case, runs in found.items()}


def _export(name: str, subject: Data) -> dict[str, dict[str, float]]:
    with peers.started(peers.SERVERS[name], subject) as running:
        return cases.exports(name, peers.SERVERS[name], running)


if __name__ == "__main__":
    main()
