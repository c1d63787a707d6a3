"""Load a server from the other core: wrk for rates and latencies, one plain client for downloads and slow answers."""

import http.client
import json
import os
import re
import socket
import statistics
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from bench.data import VAR

SERVER_CORE, LOAD_CORE = 0, 1
LEAST_TIMES = 2
TIMEOUT = 60
TICK = 1 / os.sysconf("SC_CLK_TCK")

SCRIPT = """
local paths, at = {}, 0
function init(args)
  for path in io.lines(args[1]) do paths[#paths + 1] = path end
  at = tonumber(args[2])
end
function request()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"requests":%d,"seconds":%.6f,"bytes":%d,"p50":%.4f,"p99":%.4f,"errors":%d}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""


class Target(Protocol):
    """What is put under load."""

    @property
    def port(self) -> int:
        """Where it listens on the loopback address."""

    @property
    def processes(self) -> list[int]:
        """The process that was started, first."""


class Figures(NamedTuple):
    """Hold what one run of load found.

    Requests a second; the same for each second of processor time that the server had, which other work on the machine
    does not touch; milliseconds; failures.
    """

    rate: float
    cpu_rate: float
    p50: float
    p99: float
    errors: int


def hammer(
    target: Target,
    paths: Sequence[str],
    seconds: float,
    *,
    connections: int = 16,
    headers: Iterable[str] = (),
    start: int = 0,
) -> Figures:
    """Send the paths in turn, from `start`, over so many connections."""
    script, listed = VAR / "wrk.lua", VAR / "wrk.paths"
    script.write_text(SCRIPT)
    listed.write_text("\n".join(paths))
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    command += ["--timeout", f"{TIMEOUT}s", "-s", str(script)]
    for header in headers:
        command += ["-H", header]
    command += [f"http://127.0.0.1:{target.port}", "--", str(listed), str(start % len(paths))]
    before = processor_seconds(target.processes)
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 3 * TIMEOUT).stdout
    used = max(TICK, processor_seconds(target.processes) - before)
    found = json.loads(output.splitlines()[-1])
    requests = found["requests"]
    return Figures(requests / found["seconds"], requests / used, found["p50"], found["p99"], found["errors"])


def time_in_turns(target: Target, cases: Mapping[str, Sequence[str]], seconds: float) -> dict[str, Figures]:
    """Time answers one after another on one connection, each case for so long, and at least twice.

    The cases take turns, request by request, so that what disturbs the machine disturbs all of them.
    """
    requests = {
        name: [f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode() for path in cases[name]] for name in cases
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    with socket.create_connection(("127.0.0.1", target.port), timeout=TIMEOUT) as client:
        for asked in requests.values():
            _exchange(client, asked[0])
        while requests:
            for name, asked in list(requests.items()):
                started = time.perf_counter()
                _exchange(client, asked[len(times[name]) % len(asked)])
                times[name].append(time.perf_counter() - started)
                if len(times[name]) >= LEAST_TIMES and sum(times[name]) >= seconds:
                    del requests[name]
    return {name: _figures(taken) for name, taken in times.items()}


def _figures(times: Sequence[float]) -> Figures:
    p50, p99 = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    return Figures(1 / p50, 1 / p50, p50 * 1000, p99 * 1000, 0)


def _exchange(client: socket.socket, request: bytes) -> None:
    """Send a request and read its answer to the end; no library's overhead is to be in the figures."""
    client.sendall(request)
    received = client.recv(1 << 16)
    while (end := received.find(b"\r\n\r\n")) < 0:
        received += client.recv(1 << 16)
    head = received[:end].lower()
    if b" 200 " not in head[:20]:
        raise RuntimeError(f"{request[:200]!r} is answered {head[:20]!r}")
    length = re.search(rb"content-length: *(\d+)", head)
    left = int(length[1]) - len(received) + end + 4 if length else 0
    while left > 0:
        left -= len(client.recv(min(left, 1 << 16)))
    while not length and not received.endswith(b"0\r\n\r\n"):
        received = received[-5:] + client.recv(1 << 16)


def fetch(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    """Get one URL: status, header fields in lower case, body."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        client.request("GET", path, headers=headers or {})
        answer = client.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        client.close()


def download(port: int, path: str, processes: Sequence[int]) -> dict[str, float]:
    """Take a whole file: seconds, milliseconds to the first byte, megabytes, and by how many the servers grew."""
    before = sum(map(private_megabytes, processes))
    highest = [before]
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(0.02):
            highest.append(sum(map(private_megabytes, processes)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10 * TIMEOUT)
    try:
        started = time.perf_counter()
        client.request("GET", path)
        answer = client.getresponse()
        if answer.status != http.client.OK:
            raise RuntimeError(f"{path} is answered {answer.status}")
        size = len(answer.read(1))
        first = time.perf_counter() - started
        while block := answer.read(1 << 18):
            size += len(block)
        seconds = time.perf_counter() - started
    finally:
        finished.set()
        watcher.join()
        client.close()
    return {"seconds": seconds, "first_byte_ms": first * 1000, "mb": size / 1e6, "growth_mb": max(highest) - before}


def megabytes(process: int) -> float:
    """Return the memory of a process, shared pages by share (PSS)."""
    return _rolled_up(process, ("Pss:",))


def private_megabytes(process: int) -> float:
    """Return the memory that a process alone holds, pages of mapped files left out."""
    return _rolled_up(process, ("Private_Dirty:", "Swap:"))


def _rolled_up(process: int, names: tuple[str, ...]) -> float:
    with suppress(OSError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith(names)) / 1024
    return 0.0


def processor_seconds(processes: Sequence[int]) -> float:
    """Return the processor time that processes and all they have started have used."""
    ticks = 0
    for process in family(processes[0]):
        with suppress(OSError):
            ticks += sum(map(int, Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks * TICK


def family(process: int) -> list[int]:
    """Return the processes that a process has started, itself first."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents.setdefault(int(stat.read_text().rpartition(")")[2].split()[1]), []).append(int(stat.parent.name))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


def machine() -> dict[str, Any]:
    """Say what this machine is."""
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), ":")
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    return {
        "processor": cpu.partition(":")[2].strip(),
        "cores": len(list(Path("/sys/devices/system/cpu").glob("cpu[0-9]*"))),
        "memory_gib": round(int(memory.split()[1]) / 1024**2),
    }
