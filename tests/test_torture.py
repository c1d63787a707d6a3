"""Eight processes write and read over HTTP while they and the workers are killed at random.

Nothing acknowledged is lost, nothing is halved, and what was sent again was carried out once.
"""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

from db import connection
from db.clients import keys
from db.upkeep import integrity
from tests.api.test_server import TOP, log_of, start
from tests.follower import follow, items, open_copy
from tests.torture_writer import MILESTONES, send

SECONDS = float(os.environ.get("TORTURE_SECONDS", "4"))
SEED = int(os.environ.get("TORTURE_SEED", "1"))
WORKERS = 4
CLIENTS = len(MILESTONES) + 2
"""Six that write and two that read."""
ENOUGH = 20
"""Acknowledged writes that it takes at least, however slow the machine."""


def spawn(url: str, key: str, acknowledged: int, number: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.torture_writer", url, key, str(acknowledged), str(number)]
    return subprocess.Popen(command, pass_fds=[acknowledged], cwd=TOP)


def workers(master: int) -> list[int]:
    """List the processes of the service but the first."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [int(child) for child in children]


def torture(store: Path, room: Path, held: list[str]) -> Counter[str]:
    """Let clients write and read, kill them and the workers, and follow; return what was killed."""
    random, killed = Random(SEED), Counter[str]()
    service, url = start(store, workers=WORKERS)
    copy = open_copy(room / "copy.db")

    def get(path: str) -> tuple[int, Any, str]:
        return send("GET", url + path)[:3]

    acknowledged = room / "acknowledged"
    with acknowledged.open("ab", buffering=0) as file:
        clients = [spawn(url, held[number], file.fileno(), number) for number in range(CLIENTS)]
        try:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until or len(killed) < 2 or len(acknowledged.read_bytes().splitlines()) < ENOUGH:
                follow(get, copy, limit=1000)
                assert all(client.poll() is None for client in clients), "a client has failed"
                time.sleep(random.uniform(0, 0.5))
                if random.random() < 0.5 and workers(service.pid):
                    os.kill(random.choice(workers(service.pid)), signal.SIGKILL)
                    killed["worker"] += 1
                else:
                    number = random.randrange(CLIENTS)
                    clients[number].kill()
                    clients[number].wait()
                    clients[number] = spawn(url, held[number], file.fileno(), number)
                    killed["client"] += 1
        finally:
            for client in clients:
                client.kill()
                client.wait()
            service.terminate()  # what the killed clients had sent is worked on to its end
            service.wait(timeout=60)
    service, url = start(store)
    while follow(get, copy, limit=1000):
        pass
    copy.close()
    service.terminate()
    service.wait(timeout=60)
    return killed


def names(log: list[dict[str, Any]], now: dict[str, str]) -> Counter[str]:
    """Count what each milestone was ever called: before each of its changes, and now."""
    before = [
        json.loads(change["before"])["name"] for change in log if change["resource"] == "milestone" and change["before"]
    ]
    return Counter([*before, *now.values()])


def test_nothing_acknowledged_is_lost_and_nothing_is_halved(store: Path, tmp_path: Path) -> None:
    with closing(connection.open_writer(store)) as writer:
        held = [keys.create(writer, f"writer {number}", ("edit",), None) for number in range(CLIENTS)]
    killed = torture(store, tmp_path, held)
    acknowledged = [json.loads(line) for line in (tmp_path / "acknowledged").read_text().splitlines()]
    with closing(connection.open_writer(store)) as opened:
        assert list(integrity.faults(opened)) == []
        reports = Counter(row[0] for row in opened.execute("SELECT note FROM observation"))
        now = dict(opened.execute("SELECT id, name FROM milestone"))
        opened.row_factory = sqlite3.Row
        log = [dict(row) for row in opened.execute("SELECT * FROM change ORDER BY seq")]
    assert [change["seq"] for change in log] == list(range(1, len(log) + 1)), "the sequence has a gap"
    versions: Counter[tuple[str, str]] = Counter()
    for change in log:
        thing = change["resource"], change["resource_id"]
        versions[thing] += 1
        assert change["version"] == versions[thing], thing
    assert set(reports.values()) == {2}, "a half of a write is there without the other, or it was done twice"
    called = names(log, now)
    removed = {change["resource_id"] for change in log if change["operation"] == "delete"}
    for one in acknowledged:
        match one["method"]:
            case "POST" if one["path"].endswith("batch"):
                assert reports[one["name"]] == 2, "an acknowledged write is lost"
            case "DELETE":
                assert one["path"].rpartition("/")[2] in removed, "an acknowledged write is lost"
            case _:
                assert called[one["name"]] == 1, "an acknowledged write is lost, or was done twice"
    assert all(called[name] == 1 for name in called if name.startswith("w")), "a write was done twice"
    assert {change["actor"] for change in log} <= {"test", *(f"writer {number}" for number in range(CLIENTS))}
    with closing(open_copy(tmp_path / "copy.db")) as copy:
        assert {item["id"]: item["name"] for resource, item in items(copy) if resource == "milestone"} == now
    assert "Traceback" not in log_of(store).read_text()
    again = sum(one["again"] > 0 for one in acknowledged)
    counts = Counter(one["method"] for one in acknowledged)
    print(json.dumps({"acknowledged": counts, "sent again": again, "changes": len(log), "killed": killed}))
