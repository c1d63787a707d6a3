"""Eight processes write and read while they are killed at random: nothing acknowledged is lost, nothing is halved."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from db import connection, integrity
from tests.api.test_server import TOP, start
from tests.edits import edit
from tests.follower import follow, items, open_copy
from tests.torture_writer import SECTION

SECONDS = float(os.environ.get("TORTURE_SECONDS", "4"))
SEED = int(os.environ.get("TORTURE_SEED", "1"))
WRITERS = 6
"""Besides the two workers of the service."""


def spawn(store: Path, acknowledged: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.torture_writer", str(store), str(acknowledged)]
    return subprocess.Popen(command, pass_fds=[acknowledged], cwd=TOP)


def workers(master: int) -> list[int]:
    """List the processes of the service but the first."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [int(child) for child in children]


def patient(url: str) -> Any:
    """Get a URL, again if the worker that had it was killed."""

    def get(path: str) -> tuple[int, Any, str]:
        for _ in range(600):
            try:
                with urllib.request.urlopen(url + path, timeout=60) as answer:
                    return answer.status, answer.headers, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.headers, error.read().decode()
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the service does not come back")

    return get


def test_nothing_acknowledged_is_lost_and_nothing_is_halved(store: Path, tmp_path: Path) -> None:
    random = Random(SEED)
    service, url = start(store, workers=2)
    get, copy = patient(url), open_copy(tmp_path / "copy.db")
    file = (tmp_path / "acknowledged").open("ab", buffering=0)
    writers = [spawn(store, file.fileno()) for _ in range(WRITERS)]
    killed, steps, until = 0, 0, time.monotonic() + SECONDS
    time.sleep(1)
    while time.monotonic() < until or steps < 8:
        follow(get, copy, limit=1000)
        steps += 1
        time.sleep(random.uniform(0, 0.2))
        if random.random() < 0.3:
            os.kill(random.choice(workers(service.pid) or [writers[0].pid]), signal.SIGKILL)
        else:
            index = random.randrange(WRITERS)
            writers[index].kill()
            writers[index].wait()
            writers[index] = spawn(store, file.fileno())
        killed += 1
    for process in writers:
        process.kill()
        process.wait()
    file.close()
    with closing(connection.open_writer(store)) as last:
        edit(last, random)  # overwrites what a killed writer had put into the log but not made visible

    while follow(get, copy, limit=1000):
        pass
    service.terminate()
    service.wait(timeout=30)
    with closing(connection.open_writer(store)) as opened:
        assert list(integrity.faults(opened)) == []
        written = {row[0] for row in opened.execute(f"SELECT id FROM milestone WHERE id GLOB '{SECTION}.t*'")}
        log = opened.execute(
            "SELECT seq, resource, resource_id, operation, version FROM change ORDER BY seq"
        ).fetchall()
        version = opened.execute("SELECT version FROM plan").fetchone()[0]
    acknowledged = set((tmp_path / "acknowledged").read_text().split())
    created = {entry[2] for entry in log if entry[3] == "create"}
    assert acknowledged <= created, "an acknowledged write is lost"
    torture = [entry for entry in log if f"{SECTION}.t" in entry[2] and entry[3] == "create"]
    assert len(torture) == version - 1, "a half of a write is there without the other"
    assert [entry[0] for entry in log] == list(range(1, len(log) + 1)), "the sequence has a gap"
    versions: dict[tuple[str, str], int] = {}
    for _, resource, key, operation, number in log:
        before = 0 if operation == "create" else versions[resource, key]
        assert number == before + 1, (resource, key)
        versions[resource, key] = number
    held = {(resource, item["id"]): item for resource, item in items(copy)}
    assert {key for resource, key in held if resource == "milestone" and ".t" in key} == written
    assert len(acknowledged) > 20
    assert killed > 5
    print(json.dumps({"acknowledged": len(acknowledged), "changes": len(log), "killed": killed, "steps": steps}))
