"""The service as it is run: gunicorn, started by the command line."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from api.reply.problems import PROBLEMS
from api.server.refusals import refusal
from api.settings import Settings
from db import connection
from db.clients import keys
from schema.bodies import BODY_BYTES

TOP = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).parent / "plan-indicators")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def log_of(store: Path) -> Path:
    """Return where the output of the service over a store goes: a pipe that nobody reads would stop it."""
    return store.with_suffix(".log")


def start(store: Path, workers: int = 1, **more: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start the service and wait until it is ready."""
    port = free_port()
    environment = os.environ | {"PORT": str(port), "PLAN_DATABASE": str(store), "PLAN_WORKERS": str(workers), **more}
    with log_of(store).open("wb") as output:
        process = subprocess.Popen(
            [COMMAND, "serve"], env=environment, stdout=output, stderr=subprocess.STDOUT, cwd=TOP
        )
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/readyz").close()
        except OSError:
            time.sleep(0.05)
        else:
            return process, url
    process.kill()
    process.wait()
    raise AssertionError(log_of(store).read_text())


@pytest.fixture
def server(store: Path) -> Iterator[str]:
    process, url = start(store)
    yield url
    process.terminate()
    process.wait(timeout=30)


def exchange(url: str, request: bytes) -> tuple[int, bytes]:
    """Send raw bytes, and return the status and the body of the answer."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        with contextlib.suppress(OSError):  # refused and closed already
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_answers_and_ends_cleanly(store: Path, sign: signal.Signals) -> None:
    process, url = start(store)
    with urllib.request.urlopen(f"{url}/v1/indicators/hunnan-2021.2.2.01") as answer:
        assert json.load(answer)["target"]["text"] == "≥ 78 亿元"
    process.send_signal(sign)
    assert process.wait(timeout=30) == 0
    output = log_of(store).read_text()
    assert "Traceback" not in output
    line = next(json.loads(line) for line in output.splitlines() if "hunnan-2021.2.2.01" in line)
    assert line["status"] == 200


@pytest.mark.parametrize(
    ("request_line", "status", "name"),
    [
        (b"GET /v1/indicators?q=" + b"a" * 100_000 + b" HTTP/1.1", 414, "uri-too-long"),
        (b"GET /v1/indicators HTTP/1.1\r\nX: " + b"a" * 20_000, 431, "headers-too-large"),
        (b"NONSENSE", 400, "malformed-request"),
        (b"GET /v1 HTTP/9.9", 400, "malformed-request"),
        (b"POST /v1/plans HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3", 400, "malformed-request"),
    ],
)
def test_what_gunicorn_itself_refuses_is_a_problem_too(
    server: str, request_line: bytes, status: int, name: str
) -> None:
    found, body = exchange(server, request_line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")
    problem = json.loads(body)
    assert found == problem["status"] == status
    assert problem["type"] == f"/v1/problems/{name}"
    assert problem["title"] == PROBLEMS[name].title
    assert problem["errors"][0]["parameter"] == "request"


def test_what_gunicorn_itself_refuses_is_logged_and_counted(store: Path, server: str) -> None:
    status, body = exchange(server, b"GET /v1/indicators?q=\xe5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert status == 400
    name = json.loads(body)["instance"].removeprefix("urn:request:")
    lines = map(json.loads, filter(lambda line: line.startswith("{"), log_of(store).read_text().splitlines()))
    assert next(line["status"] for line in lines if line["request_id"] == name) == 400
    with urllib.request.urlopen(f"{server}/metrics") as answer:
        assert b'plan_requests_total{method="other",route="none",status="400"} 1.0' in answer.read()


def test_no_header_of_a_caller_moves_the_service_elsewhere(server: str) -> None:
    head = b" HTTP/1.1\r\nHost: a\r\nSCRIPT_NAME: /v1\r\nConnection: close\r\n\r\n"
    assert exchange(server, b"GET /v1/plans" + head)[0] == 200
    assert exchange(server, b"GET /plans" + head)[0] == 404


def test_a_request_names_its_host(server: str) -> None:
    assert exchange(server, b"GET /v1/plans HTTP/1.1\r\nConnection: close\r\n\r\n")[0] == 400
    assert exchange(server, b"GET /v1/plans HTTP/1.0\r\n\r\n")[0] == 200


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"Transfer-Encoding: x\r\n\r\n{}",
    ],
)
def test_who_sends_a_body_wrongly_is_told_how_one_is_sent(server: str, lines: bytes) -> None:
    head = b"POST /v1/plans HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"
    status, body = exchange(server, head + lines)
    assert status == 400
    assert any("Content-Length" in allowed for allowed in json.loads(body)["errors"][0]["allowed"])


def test_a_chunk_that_is_none_is_no_failure_of_the_service(server: str, store: Path) -> None:
    with closing(connection.open_writer(store)) as writer:
        key = keys.create(writer, "office", ("edit",), None)
    lines = ["POST /v1/plans HTTP/1.1", "Host: a", "Connection: close", f"Authorization: Bearer {key}"]
    lines += ["Content-Type: application/json", "Transfer-Encoding: chunked", "", "x", "{}", "0", "", ""]
    status, body = exchange(server, "\r\n".join(lines).encode())
    assert (status, json.loads(body)["type"].rpartition("/")[2]) == (400, "malformed-request")
    assert "Traceback" not in log_of(store).read_text()


def test_a_failure_of_the_server_is_not_laid_to_the_caller(settings: Settings) -> None:
    answer = refusal(500, settings)
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"/problems/internal-error" in answer


def test_what_few_requests_need_is_not_loaded_at_the_start() -> None:
    code = (
        "import runpy, sys; runpy.run_path('gunicorn.conf.py'); import api.server.worker, api.server.asgi;"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TOP)
    loaded = set(run.stdout.split())
    assert "api.app" in loaded
    assert not loaded & {"yaml", "icalendar", "limits", "sqlite_utils", "ingest", "apispec", "spec", "cli"}


def test_callers_who_say_nothing_do_not_stop_the_service(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAN_THREADS", "2")
    process, url = start(store)
    host, port = url.removeprefix("http://").split(":")
    silent = [socket.create_connection((host, int(port))) for _ in range(4)]
    for caller in silent:
        caller.sendall(b"GET /v1 HTTP/1.1\r\nHost: a\r\nX: ")
    with urllib.request.urlopen(f"{url}/healthz", timeout=25) as answer:
        assert answer.status == 200
    for caller in silent:
        caller.close()
    process.terminate()
    assert process.wait(timeout=30) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("PLAN_WORKERS", "0"),
        ("PLAN_THREADS", "x"),
        ("PLAN_BEHIND", "abc"),
        ("PLAN_LOG", "yes"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_line_and_no_server(store: Path, name: str, value: str) -> None:
    run = subprocess.run(
        [COMMAND, "serve"],
        env=os.environ | {"PLAN_DATABASE": str(store), name: value},
        capture_output=True,
        text=True,
        check=False,
        cwd=TOP,
        timeout=30,
    )
    assert run.returncode == 1
    assert run.stderr.startswith(f"Error: {name} must be")
    assert run.stderr.count("\n") == 1


def test_it_refuses_to_start_over_what_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    path.write_text("not a store" * 100)
    run = subprocess.run(
        [COMMAND, "serve"],
        env=os.environ | {"PLAN_DATABASE": str(path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=TOP,
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "no SQLite file" in run.stderr
    assert path.read_text() == "not a store" * 100


def test_it_serves_on_while_the_store_is_written(server: str, store: Path) -> None:
    url = f"{server}/v1/plans/hunnan-2021"
    with urllib.request.urlopen(url) as answer:
        tag = answer.headers["ETag"]
    script = (
        "import sys; from pathlib import Path; from db import connection\n"
        "writer = connection.open_writer(Path(sys.argv[1]))\n"
        "with connection.transaction(writer, 'test'):\n"
        "    writer.execute(\"UPDATE plan SET title = 'new', version = version + 1\")\n"
    )
    subprocess.run([sys.executable, "-c", script, str(store)], check=True, cwd=TOP)
    again = urllib.request.Request(url, headers={"If-None-Match": tag})
    with urllib.request.urlopen(again) as answer:
        assert json.load(answer)["title"] == "new"


def test_a_body_in_chunks_is_bounded_too(server: str, store: Path) -> None:
    with closing(connection.open_writer(store)) as writer:
        key = keys.create(writer, "key", ("edit",), None)
    head = (
        f"POST /v1/deadlines HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    ).encode()
    small, large = b"{}" + b" " * 100, b"{}" + b" " * BODY_BYTES
    for body, status in ((small, 422), (large, 413)):
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        assert exchange(server, head + chunks)[0] == status


def test_an_unchanged_answer_is_not_sent_again(server: str) -> None:
    url = f"{server}/v1/plans/hunnan-2021"
    with urllib.request.urlopen(url) as answer:
        tag = answer.headers["ETag"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(url, headers={"If-None-Match": tag}))
    refused.value.close()
    assert refused.value.code == 304


def test_a_reload_loses_no_request(store: Path) -> None:
    process, url = start(store)
    host, port = url.removeprefix("http://").split(":")
    enough, statuses, failures = threading.Event(), [], []

    def ask() -> None:
        client = http.client.HTTPConnection(host, int(port), timeout=20)
        while not enough.is_set():
            try:
                client.request("GET", "/v1/plans?limit=1")
                answer = client.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                failures.append(error)
                client.close()
            else:
                statuses.append(answer.status)
        client.close()

    callers = [threading.Thread(target=ask) for _ in range(4)]
    for caller in callers:
        caller.start()
    try:
        for number in (2, 3):
            process.send_signal(signal.SIGHUP)
            while log_of(store).read_text().count("Booting worker") < number:
                time.sleep(0.05)
        while log_of(store).read_text().count("Worker exiting") < 2:
            time.sleep(0.05)
        enough.set()
        for caller in callers:
            caller.join()
        with urllib.request.urlopen(f"{url}/metrics") as answer:
            counted = re.search(rb'plan_requests_total{.*"GET".*"/v1/plans".*"200".*} ([0-9.]+)', answer.read())
    finally:
        enough.set()
        process.terminate()
        assert process.wait(timeout=30) == 0
    assert not failures
    assert set(statuses) == {200}
    assert counted
    assert float(counted[1]) == len(statuses)  # by all workers, ended ones too
