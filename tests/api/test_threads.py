"""The service on the gthread worker, in this process: real connections, and what the worker holds to."""

import json
import os
import re
import selectors
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import TCPSocket

from api.app import create_app
from api.server import hot, threads
from api.settings import Quota, Settings
from tests.api.test_asgi import answer_of, ask, get, request, rest
from tests.api.test_operations import samples
from tests.api.test_server import TOP

URL = "/v1/plans/hunnan-2021"
PAGE = "/v1/indicators?limit=100"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: to close is to reset."""


class Served:
    """Hold a running worker, and count what reaches its application."""

    def __init__(self, app: Flask, running: threads.Worker, port: int) -> None:
        self.worker, self.port = running, port
        self.calls: list[str] = []
        inner = app.wsgi_app

        def counted(environ: Any, start_response: Any) -> Any:
            self.calls.append(environ["PATH_INFO"])
            return inner(environ, start_response)

        app.wsgi_app = counted  # type: ignore[method-assign]

    @property
    def known(self) -> set[bytes]:
        return {sent for sent, _ in self.worker.shortcut._known}  # type: ignore[union-attr]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


def until(holds: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def made(app: Any, **settings: Any) -> threads.Worker:
    config = Config()
    shipped = {"threads": 4, "keepalive": 15, "limit_request_line": 8190, "limit_request_fields": 60}
    for name, value in {**shipped, **settings}.items():
        config.set(name, value)
    listener = TCPSocket(("127.0.0.1", 0), config, Logger(config))
    loaded = SimpleNamespace(wsgi=lambda: app)
    return threads.Worker(0, os.getppid(), [listener], loaded, 30, config, Logger(config))


@contextmanager
def serving(app: Flask, **settings: Any) -> Iterator[Served]:
    """Run the worker on a thread: the same class and settings as in gunicorn.conf.py."""
    running = made(app, **settings)
    running.tpool, running.poller = running.get_thread_pool(), selectors.DefaultSelector()
    running.method_queue.init()
    running.load_wsgi()
    served = Served(app, running, running.sockets[0].sock.getsockname()[1])
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        yield served
    finally:
        running.handle_exit(None, None)
        thread.join(20)
        running.tpool.shutdown()
        running.tmp.close()
    assert not thread.is_alive()


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    with serving(create_app(replace(settings, cache=8))) as running:
        yield running


def known(served: Served, sent: bytes, connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Ask until the request is known by its bytes; return the answer."""
    for _ in range(3):
        ask(connection, sent)
    before = len(served.calls)
    found = ask(connection, sent)
    assert len(served.calls) == before
    return found


def hand_over(served: Served, connection: socket.socket, sent: bytes) -> None:
    """Send what a thread has to wait with, once all connections are at rest, and wait until it does."""
    until(lambda: len(served.worker.keepalived_conns) == served.worker.nr_conns)
    connection.sendall(sent)
    until(lambda: len(served.worker.keepalived_conns) < served.worker.nr_conns)


# the shortcut


def test_what_is_answered_by_its_bytes_is_what_the_application_answers(served: Served) -> None:
    with served.connect() as connection:
        given = [ask(connection, get(URL)) for _ in range(4)]
    assert served.calls == [URL, URL]  # the first from the store, the second from memory
    own = {"x-request-id", "date"}
    heads = [{name: value for name, value in headers.items() if name not in own} for _, headers, _ in given]
    assert heads == [heads[0]] * 4
    assert (heads[0]["connection"], heads[0]["server"]) == ("keep-alive", "gunicorn")
    assert [body for *_, body in given] == [given[0][2]] * 4
    assert len({headers["x-request-id"] for _, headers, _ in given}) == 4
    assert all(headers["date"] for _, headers, _ in given)


def test_unchanged_and_head_are_answered_by_their_bytes_too(served: Served) -> None:
    with served.connect() as connection:
        _, headers, body = ask(connection, get(URL))
        status, unchanged, nothing = known(served, get(URL, f"If-None-Match: {headers['etag']}"), connection)
        assert (status, unchanged["etag"], nothing) == (304, headers["etag"], b"")
        assert "content-length" not in unchanged
        _, head, nothing = known(served, request(f"HEAD {URL} HTTP/1.1", "Host: a.example"), connection)
        assert (int(head["content-length"]), nothing) == (len(body), b"")


@pytest.mark.parametrize(
    "sent",
    [
        get(URL, "Authorization: Bearer x"),
        get(URL, "X-Request-Id: r-1"),
        get(URL, "Content-Length: 0"),
        get(URL, "X-Long: " + "a" * 3000),
        b"\r\n" + get(URL),
        request("POST /v1/plans HTTP/1.1", "Host: a.example", "Content-Length: 0"),
        get("/v1/changes"),
        get("/v1/plans/none"),
        get("/healthz"),
        get("/v1/indicators.csv"),
    ],
)
def test_these_requests_are_never_answered_by_their_bytes(served: Served, sent: bytes) -> None:
    with served.connect() as connection:
        for _ in range(4):
            ask(connection, sent)
    assert len(served.calls) == 4
    assert not served.known


@pytest.mark.parametrize(
    "closing",
    [
        get(URL, "Connection: close"),
        get(URL, "Connection: keep-alive, Close"),
        get(URL, "Connection: keep-alive", "Connection: TE , close", "TE: trailers"),
        request(f"GET {URL} HTTP/1.0", "Host: a.example"),
    ],
)
def test_a_caller_who_wants_the_connection_closed_gets_it_closed(served: Served, closing: bytes) -> None:
    for _ in range(3):
        with served.connect() as connection:
            ask(connection, get("/healthz"))
            connection.sendall(closing)
            found = rest(connection)
            assert b"200 OK" in found
            assert b"\r\nConnection: close\r\n" in found  # an idle connection is closed too, in the end
    assert not served.known


def test_a_commit_by_another_process_is_seen_at_once(served: Served, store: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.api.test_cache import retitle\n"
        "for line in sys.stdin: retitle(Path(sys.argv[1]), line.strip()); print(flush=True)"
    )
    words = [sys.executable, "-c", code, str(store)]
    with (
        served.connect() as connection,
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOP) as other,
    ):
        assert other.stdin
        assert other.stdout
        for number in range(3):
            known(served, get(URL), connection)
            other.stdin.write(f"title {number}\n")
            other.stdin.flush()
            other.stdout.readline()
            assert json.loads(ask(connection, get(URL))[2])["title"] == f"title {number}"
        other.stdin.close()


def test_a_proxy_that_is_believed_is_told_from_a_caller_who_says_the_same(settings: Settings) -> None:
    sent = get("/v1/plans?limit=1&fields=id", "X-Forwarded-Proto: https")
    app = create_app(replace(settings, cache=8))
    with serving(app) as proxied, serving(app, forwarded_allow_ips="192.0.2.1") as direct:
        direct.worker.shortcut._known = proxied.worker.shortcut._known  # type: ignore[union-attr]
        for each in (proxied, direct):
            with each.connect() as connection:
                known(each, sent, connection)
        found = proxied.worker.shortcut._known  # type: ignore[union-attr]
        assert {believed: one.key[4][0] for (_, believed), one in found.items()} == {True: "https", False: "http"}


def test_what_is_answered_by_its_bytes_is_measured_and_logged(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    labels = {"method": "GET", "route": "/v1/plans/<plan_id>", "status": "200"}
    key = ("plan_requests_total", frozenset(labels.items()))
    with serving(create_app(replace(settings, cache=8, log=True))) as served, served.connect() as connection:
        before = samples(ask(connection, get("/metrics"))[2].decode()).get(key, 0)
        _, headers, body = known(served, get(URL), connection)
        after = samples(ask(connection, get("/metrics"))[2].decode())[key]
    assert after - before == 4
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line["request_id"] == headers["x-request-id"]]
    assert (line["route"], line["path"], line["status"], line["bytes"]) == (labels["route"], URL, 200, len(body))


def test_there_is_no_shortcut_where_nothing_is_kept_requests_are_counted_or_bytes_are_secret(
    settings: Settings, tmp_path: Path
) -> None:
    app = create_app(replace(settings, cache=8))
    for case, more in (
        (create_app(replace(settings, cache=0)), {}),
        (create_app(replace(settings, cache=8, quotas=(Quota("address", 9, 9),))), {}),
        (app, {"keyfile": str(tmp_path / "key"), "certfile": str(tmp_path / "certificate")}),
    ):
        running = made(case, **more)
        running.load_wsgi()
        assert running.shortcut is None
        running.tmp.close()
        running.sockets[0].close()
    with serving(create_app(replace(settings, cache=0))) as served, served.connect() as connection:
        for _ in range(4):
            assert ask(connection, get(URL))[0] == 200
        assert len(served.calls) == 4


def test_what_fails_is_asked_again_by_a_thread(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OSError("the log is full")

    with served.connect() as connection:
        known(served, get(URL), connection)
        monkeypatch.setattr(served.worker.shortcut, "answer", fail)
        before = len(served.calls)
        assert ask(connection, get(URL))[0] == 200
        assert len(served.calls) == before + 1


# requests


def test_requests_in_one_packet_are_answered_in_their_order(served: Served) -> None:
    paths = [URL, "/v1/plans/none", "/healthz", URL, "/v1/sections?limit=1"]
    with served.connect() as connection:
        known(served, get(URL), connection)
        connection.sendall(b"".join(map(get, paths)) + get(URL, "Connection: close"))
        received = rest(connection)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"404", b"200", b"200", b"200", b"200"]


def test_known_requests_may_be_sent_before_their_answers_are_read(served: Served) -> None:
    with served.connect() as connection:
        body = known(served, get(URL), connection)[2]
        for _ in range(20):
            connection.sendall(get(URL))
        connection.sendall(get(URL, "Connection: close"))
        received = rest(connection)
    assert received.count(b"HTTP/1.1 200 OK") == received.count(body) == 21


def test_the_beginning_of_a_request_may_come_with_the_one_before(served: Served) -> None:
    with served.connect() as connection:
        known(served, get(URL), connection)
        assert ask(connection, get("/healthz") + get(URL)[:20])[0] == 200
        assert ask(connection, get(URL)[20:])[0] == 200
        before = len(served.calls)
        assert ask(connection, get(URL))[0] == 200
        assert len(served.calls) == before  # known again, once nothing else is on its way


@pytest.mark.parametrize("cut", [1, 3, 10, -1])
def test_a_request_in_two_packets_is_one(served: Served, cut: int) -> None:
    with served.connect() as connection:
        body = known(served, get(URL), connection)[2]
        for _ in range(3):
            hand_over(served, connection, get(URL)[:cut])
            assert ask(connection, get(URL)[cut:])[2] == body
    assert served.known == {get(URL)}


def test_a_request_behind_a_body_is_not_taken_for_the_one_before_it(served: Served) -> None:
    head = get("/v1/plans?limit=1", "Content-Length: 2")
    with served.connect() as connection:
        body = known(served, get(URL), connection)[2]
        for _ in range(3):
            hand_over(served, connection, head)
            connection.sendall(b"{}" + get(URL))
            received = b""
            while received.count(b"HTTP/1.1 200 OK") < 2 or not received.endswith(body):
                received += connection.recv(1 << 16)
    assert served.known == {get(URL)}


def test_what_cannot_be_read_is_refused_on_a_connection_that_has_been_used(served: Served) -> None:
    with served.connect() as connection:
        known(served, get(URL), connection)
        connection.sendall(b"GET nonsense\r\n\r\n")
        assert rest(connection).startswith(b"HTTP/1.1 400 ")


# answers


@pytest.fixture
def narrow(settings: Settings) -> Iterator[Served]:
    """Serve over connections that take a few thousand bytes at a time."""
    with serving(create_app(replace(settings, cache=8)), threads=1) as running:
        running.worker.sockets[0].sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        yield running


def reader(served: Served) -> socket.socket:
    """Connect somebody who takes as little."""
    connection = socket.socket()
    connection.settimeout(20)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", served.port))
    return connection


def test_a_slow_reader_gets_all_bytes_and_holds_up_nobody_who_is_known(narrow: Served) -> None:
    with narrow.connect() as other:
        known(narrow, get(URL), other)
        slow = reader(narrow)  # only now: a new connection that says nothing would hold the only thread
        expected = known(narrow, get(PAGE), slow)[2]
        assert len(expected) > 50_000
        for _ in range(2):
            hand_over(narrow, slow, get(PAGE))  # now the only thread waits for the reader
            for _ in range(5):
                assert known(narrow, get(URL), other)[0] == 200
            assert answer_of(slow)[2] == expected
        slow.close()


def test_a_slow_reader_gets_all_bytes_while_the_worker_ends(narrow: Served) -> None:
    with reader(narrow) as slow:
        expected = known(narrow, get(PAGE), slow)[2]
        hand_over(narrow, slow, get(PAGE))
        narrow.worker.handle_exit(None, None)
        assert answer_of(slow)[2] == expected
        status, headers, body = ask(slow, get(PAGE))
        assert (status, headers["connection"], body) == (200, "close", expected)
        assert not rest(slow)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.close()


def test_who_goes_in_the_middle_of_an_answer_is_let_go(narrow: Served) -> None:
    slow = reader(narrow)
    known(narrow, get(PAGE), slow)
    hand_over(narrow, slow, get(PAGE))
    reset(slow)
    until(lambda: not narrow.worker.nr_conns)
    with narrow.connect() as other:
        assert ask(other, get(URL))[0] == 200


def test_who_goes_before_his_answer_is_let_go(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, gone = threading.Event(), threading.Event()
    answer = served.worker.shortcut.answer  # type: ignore[union-attr]

    def wait(*given: Any) -> Any:
        asked.set()
        gone.wait(20)
        return answer(*given)

    connection = served.connect()
    known(served, get(URL), connection)
    monkeypatch.setattr(served.worker.shortcut, "answer", wait)
    connection.sendall(get(URL))
    assert asked.wait(20)
    reset(connection)
    gone.set()
    until(lambda: not served.worker.nr_conns)


@pytest.mark.parametrize("leave", [reset, socket.socket.close])
def test_who_goes_between_two_requests_is_let_go(served: Served, leave: Callable[[socket.socket], None]) -> None:
    connection = served.connect()
    known(served, get(URL), connection)
    leave(connection)
    until(lambda: not served.worker.nr_conns)


# deadlines and the end


def test_a_connection_that_is_used_stays_open_longer_than_one_that_is_not(served: Served) -> None:
    with served.connect() as used, served.connect() as idle:
        for connection in (used, idle):
            known(served, get(URL), connection)
        before = served.worker.keepalived_conns[0].timeout
        ask(used, get(URL))
        first, second = served.worker.keepalived_conns
        assert (first.client, second.client) == (idle.getsockname(), used.getsockname())
        assert before < first.timeout < second.timeout
        first.timeout = 0
        assert not rest(idle)
        assert ask(used, get(URL))[0] == 200


def test_who_only_connects_holds_up_nobody(served: Served) -> None:
    silent = [served.connect() for _ in range(20)]  # five times as many as there are threads
    try:
        with served.connect() as connection:
            connection.settimeout(3)  # a thread would wait for each of them for five seconds
            assert ask(connection, get(URL))[0] == 200
        assert ask(silent[0], get(URL))[0] == 200
    finally:
        for connection in silent:
            connection.close()


def test_at_the_end_requests_are_answered_and_idle_connections_closed(served: Served) -> None:
    with served.connect() as idle, served.connect() as busy:
        for connection in (idle, busy):
            known(served, get(URL), connection)
        before = len(served.calls)
        served.worker.handle_exit(None, None)
        status, headers, _ = ask(busy, get(URL))
        assert (status, headers["connection"], len(served.calls)) == (200, "close", before + 1)
        assert not rest(busy)
        assert not rest(idle)


def test_only_the_whole_head_of_a_read_can_be_known() -> None:
    whole = get(URL)
    assert hot.asked(whole, believed=True) == (whole, True)
    parts = [whole[:cut] for cut in range(len(whole))]
    for sent in (*parts, whole + b"G", whole + whole, b"\r\n" + whole, b"\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n"):
        assert hot.asked(sent, believed=True) is None
