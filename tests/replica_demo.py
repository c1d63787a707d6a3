"""Show replication: a writer under load is killed, and a second node that only reads holds every replicated write."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

from db import connection
from db.clients import keys
from db.edit import load
from db.upkeep import backup, integrity
from schema.rules import plan_file
from tests.api.test_server import TOP, start
from tests.test_torture import workers

LITESTREAM = str(Path(sys.executable).parent / "litestream")


def edition(url: str) -> int:
    with urllib.request.urlopen(f"{url}/v1") as answer:
        found: int = json.load(answer)["edition"]
        return found


def settle(url: str, wanted: int = -1) -> int:
    """Wait until a node shows an edition, or shows no newer one for three seconds."""
    seen, since = edition(url), time.monotonic()
    while seen != wanted and time.monotonic() - since < 3:
        time.sleep(0.2)
        if edition(url) != seen:
            seen, since = edition(url), time.monotonic()
    return seen


def litestream(*words: object, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([LITESTREAM, *map(str, words)], stdout=more["log"], stderr=subprocess.STDOUT)


def demonstrate(room: Path) -> None:
    """Run the whole demonstration in a folder of its own."""
    store, copy, replica = room / "writer.db", room / "reader.db", room / "replica"
    connection.create(store)
    with closing(connection.open_writer(store)) as writer:
        load.insert(writer, plan_file.parse(load.BUNDLED.read_bytes()), "demo")
        key = keys.create(writer, "demo", ("edit",), None)
    configuration = room / "litestream.yml"
    configuration.write_text(
        f"dbs:\n  - path: {store}\n    replica:\n      type: file\n      path: {replica}\n      sync-interval: 200ms\n"
    )
    running: list[subprocess.Popen[bytes]] = []
    with (room / "litestream.log").open("wb") as log, (room / "acknowledged").open("ab", buffering=0) as file:
        try:
            running.append(litestream("replicate", "-config", configuration, log=log))
            writing_node, url = start(store)
            running.append(writing_node)
            print(f"writer    {url}  edition {edition(url)}")
            time.sleep(2)
            follower = litestream(
                "restore", "-f", "-follow-interval", "200ms", "-o", copy, f"file://{replica}", log=log
            )
            running.append(follower)
            while not copy.with_name(f"{copy.name}-txid").exists():
                time.sleep(0.2)
            reading_node, reader = start(copy, PLAN_READ_ONLY="1", PLAN_WRITER_URL=url)
            running.append(reading_node)
            print(f"reader    {reader}  edition {edition(reader)}, refuses changes: {refusal(reader)}")
            offices = []
            for number in range(3):
                command = [sys.executable, "-m", "tests.torture_writer", url, key, str(file.fileno()), str(number)]
                offices.append(subprocess.Popen(command, pass_fds=[file.fileno()], cwd=TOP))
            running.extend(offices)
            time.sleep(5)
            moment = connection.now()
            time.sleep(2)
            print(f"under load: writer at {edition(url)}, reader at {edition(reader)} without a restart")
            for victim in (*workers(writing_node.pid), writing_node.pid, *(office.pid for office in offices)):
                os.kill(victim, signal.SIGKILL)
            for process in (writing_node, *offices):
                process.wait()
            print("the writing node is killed with its workers, and those who wrote over HTTP")
            with closing(connection.open_writer(store)) as opened:
                last = opened.execute("SELECT max(seq) FROM change").fetchone()[0]
            reached = settle(reader, last)
            compare(room, copy, last, reached)
            at_a_moment(room, replica, moment)
        finally:
            for process in running:
                if process.poll() is None:
                    process.kill()
                    process.wait(timeout=30)


def compare(room: Path, copy: Path, last: int, reached: int) -> None:
    """Hold the reader's store against what the writer had, and what was acknowledged."""
    with closing(connection.snapshot(copy)) as opened:
        assert list(integrity.faults(opened)) == []
        notes = [row[0] for row in opened.execute("SELECT note FROM observation")]
        names = [row[0] for row in opened.execute("SELECT json_extract(before, '$.name') FROM change")]
        held = {*notes, *names, *(row[0] for row in opened.execute("SELECT name FROM milestone"))}
        stamps = [row[0] for row in opened.execute("SELECT seq FROM change ORDER BY seq")]
    assert reached >= last, (reached, last)  # more, if the kill fell between a commit and its being seen
    assert stamps == list(range(1, reached + 1))
    lines = [json.loads(line) for line in (room / "acknowledged").read_text().splitlines()]
    acknowledged = {line["name"] for line in lines if line["method"] != "DELETE"}
    print(
        f"the reader holds edition {reached} of {last},"
        f" {len(acknowledged & held)} of {len(acknowledged)} acknowledged writes"
    )


def refusal(url: str) -> str:
    """Return what a node that only reads says to a change."""
    try:
        urllib.request.urlopen(urllib.request.Request(f"{url}/v1/plans/hunnan-2021", method="DELETE"))
    except urllib.error.HTTPError as error:
        return f"{error.code} {json.load(error)['detail']}"
    raise AssertionError("the change was taken")


def at_a_moment(room: Path, replica: Path, moment: str) -> None:
    """Restore the store as it was replicated at a moment, and put it where the lost one was."""
    then = room / "then.db"
    command = [LITESTREAM, "restore", "-timestamp", moment, "-o", str(then), f"file://{replica}"]
    subprocess.run(command, check=True, capture_output=True)
    with closing(connection.snapshot(then)) as opened:
        assert list(integrity.faults(opened)) == []
        at = opened.execute("SELECT max(at) FROM change").fetchone()[0]
    assert at <= moment
    backup.restore(then, room / "restored.db")
    print(f"point in time: asked for {moment}, restored as of {at}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="replica-demo-") as folder:
        os.environ.setdefault("PLAN_LOG", "0")
        demonstrate(Path(folder))
