"""The service on gunicorn's asgi worker, in this process: real connections, and what the worker holds to."""

import ast
import asyncio
import http.client
import inspect
import json
import os
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import gunicorn
import pytest
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import TCPSocket
from gunicorn.workers import gasgi

from api.app import create_app
from api.server import asgi, worker
from api.settings import Settings
from schema.bodies import DOCUMENT_BYTES
from tests.api.test_operations import samples

URL = "/v1/plans/hunnan-2021"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: to close is to reset."""


class Served:
    """Hold a running worker, and what has reached its WSGI application."""

    def __init__(self, running: worker.Worker, port: int, calls: list[str]) -> None:
        self.worker, self.port, self.calls = running, port, calls

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def on_loop(self, action: Callable[[], Any]) -> Any:
        """Do something on the worker's event loop, and return what it returns."""

        async def act() -> Any:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self.worker.loop).result(20)


def end(running: worker.Worker) -> None:
    running.handle_quit_signal()
    for task in asyncio.all_tasks(running.loop):  # it looks once a second otherwise
        task.cancel()


@contextmanager
def serving(application: Any, settings: Settings, *, threads: int = 4, **config: Any) -> Iterator[Served]:
    """Run the worker on a thread, over a WSGI application: the same classes and settings as in gunicorn.conf.py."""
    calls: list[str] = []

    def counted(environ: Any, start_response: Any) -> Any:
        calls.append(environ["PATH_INFO"])
        return application(environ, start_response)

    found = Config()
    shipped = {"asgi_disconnect_grace_period": 0, "http_parser": "python", "asgi_lifespan": "off", "keepalive": 15}
    for name, value in {**shipped, "limit_request_line": 8190, "limit_request_fields": 60, **config}.items():
        found.set(name, value)
    listener = TCPSocket(("127.0.0.1", 0), found, Logger(found))
    made = worker.Worker(0, os.getppid(), [listener], None, 30, found, Logger(found))
    pool = ThreadPoolExecutor(threads)
    made.asgi, made.settings, made.loop = asgi.front(counted, settings, pool), settings, asyncio.new_event_loop()
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        yield Served(made, listener.sock.getsockname()[1], calls)
    finally:
        made.loop.call_soon_threadsafe(end, made)
        thread.join(20)
        pool.shutdown()
        made.tmp.close()
    assert not thread.is_alive()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, cache=8)


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    with serving(create_app(settings).wsgi_app, settings) as running:
        yield running


def request(*lines: str) -> bytes:
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def get(path: str, *headers: str) -> bytes:
    return request(f"GET {path} HTTP/1.1", "Host: a.example", *headers)


def answer_of(connection: socket.socket, *, head: bool = False) -> tuple[int, dict[str, str], bytes]:
    """Read one answer of a connection that stays open."""
    reader = http.client.HTTPResponse(connection, method="HEAD" if head else "GET")
    reader.begin()
    found = reader.status, {name.lower(): value for name, value in reader.getheaders()}, reader.read()
    reader.close()
    return found


def ask(connection: socket.socket, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    connection.sendall(sent)
    return answer_of(connection, head=sent.startswith(b"HEAD"))


def rest(connection: socket.socket) -> bytes:
    """Read until the other side ends the connection."""
    received = b""
    with suppress(ConnectionResetError):
        while piece := connection.recv(1 << 16):
            received += piece
    return received


# finished answers


def test_a_finished_answer_is_what_the_application_answers(served: Served) -> None:
    with served.connect() as connection:
        given = [ask(connection, get(URL)) for _ in range(3)]
    assert served.calls == [URL]
    own = {"x-request-id", "date"}
    heads = [{name: value for name, value in headers.items() if name not in own} for _, headers, _ in given]
    assert heads == [heads[0]] * 3
    assert [body for *_, body in given] == [given[0][2]] * 3
    assert len({headers["x-request-id"] for _, headers, _ in given}) == 3
    assert all(headers["date"] for _, headers, _ in given)


def test_unchanged_and_head_are_answered_from_memory_too(served: Served) -> None:
    with served.connect() as connection:
        _, headers, body = ask(connection, get(URL))
        status, unchanged, _ = ask(connection, get(URL, f"If-None-Match: {headers['etag']}"))
        assert (status, unchanged["etag"]) == (304, headers["etag"])
        assert "content-length" not in unchanged
        length = ask(connection, request(f"HEAD {URL} HTTP/1.1", "Host: a.example"))[1]["content-length"]
        assert int(length) == len(body)
    assert served.calls == [URL]


@pytest.mark.parametrize(
    "sent",
    [
        get(URL, "Authorization: Bearer x"),
        get(URL, "Content-Length: 0"),
        get(URL, "Accept: application/json", "Accept: text/csv"),
        get(f"http://a.example{URL}"),
        request(f"GET {URL} HTTP/1.0"),
        get("/v1/changes"),
        get("/metrics"),
        get("/v1/plans/none"),
        get("/healthz"),
        get("/v1/indicators.csv"),
    ],
)
def test_these_requests_are_never_answered_from_memory(served: Served, sent: bytes) -> None:
    for _ in range(3):
        with served.connect() as connection:
            ask(connection, sent)
    assert len(served.calls) == 3


@pytest.mark.parametrize("closing", [get(URL, "Connection: close"), request(f"GET {URL} HTTP/1.0", "Host: a.example")])
def test_a_caller_who_wants_the_connection_closed_gets_it_closed(served: Served, closing: bytes) -> None:
    for _ in range(2):
        with served.connect() as connection:
            connection.sendall(closing)
            assert b"200 OK" in rest(connection)


def test_a_proxy_that_is_believed_is_told_from_a_caller_who_says_the_same(settings: Settings) -> None:
    sent = get("/v1", "X-Forwarded-Proto: https")
    with serving(create_app(settings).wsgi_app, settings) as served, served.connect() as connection:
        assert ask(connection, get("/v1"))[2] != ask(connection, sent)[2]
        assert len(served.calls) == 2
    with (
        serving(create_app(settings).wsgi_app, settings, forwarded_allow_ips="192.0.2.1") as served,
        served.connect() as connection,
    ):
        assert ask(connection, get("/v1"))[2] == ask(connection, sent)[2]
        assert len(served.calls) == 1


def test_a_finished_answer_is_measured_and_logged(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    settings = replace(settings, log=True)
    labels = {"method": "GET", "route": "/v1/plans/<plan_id>", "status": "200"}
    key = ("plan_requests_total", frozenset(labels.items()))
    with serving(create_app(settings).wsgi_app, settings) as served, served.connect() as connection:
        before = samples(ask(connection, get("/metrics"))[2].decode()).get(key, 0)
        ask(connection, get(URL))
        _, headers, body = ask(connection, get(URL, "X-Request-Id: r-1"))
        after = samples(ask(connection, get("/metrics"))[2].decode())[key]
    assert (after - before, served.calls.count(URL), headers["x-request-id"]) == (2, 1, "r-1")
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line["request_id"] == "r-1"]
    assert {name: line[name] for name in ("method", "route", "path", "status", "bytes")} == {
        "method": "GET",
        "route": "/v1/plans/<plan_id>",
        "path": URL,
        "status": 200,
        "bytes": len(body),
    }


# requests


def test_requests_in_one_packet_are_answered_in_their_order(served: Served) -> None:
    paths = [URL, "/v1/plans/none", "/healthz", URL, "/v1/sections?limit=1"]
    with served.connect() as connection:
        connection.sendall(b"".join(map(get, paths)) + get(URL, "Connection: close"))
        received = rest(connection)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"404", b"200", b"200", b"200", b"200"]


def test_the_beginning_of_a_request_may_come_with_the_one_before(served: Served) -> None:
    with served.connect() as connection:
        assert ask(connection, get("/healthz") + get(URL)[:20])[0] == 200
        assert ask(connection, get(URL)[20:])[0] == 200


@pytest.mark.parametrize("cut", [1, 3, 10, -1])
def test_a_request_in_two_packets_is_one(served: Served, cut: int) -> None:
    with served.connect() as connection:
        connection.sendall(get(URL)[:cut])
        served.on_loop(bool)
        assert ask(connection, get(URL)[cut:])[0] == 200


def test_a_request_may_name_the_whole_url(served: Served) -> None:
    with served.connect() as connection:
        assert ask(connection, get(f"http://a.example{URL}"))[0] == 200
        status, headers, _ = ask(connection, get("http://other.example"))
        assert (status, headers["location"]) == (302, "http://other.example/docs")
    assert served.calls == [URL, "/"]


def test_who_has_sent_a_whole_request_may_go_on_to_listen_only(served: Served) -> None:
    for sent in (get("/v1/indicators.csv", "Connection: close"), get(URL, "Connection: close")):
        with served.connect() as connection:
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
            assert rest(connection).startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize("sent", [b"", get(URL)[:-1]])
def test_who_stops_before_the_end_of_a_head_is_let_go(served: Served, sent: bytes) -> None:
    with served.connect() as connection:
        connection.settimeout(5)  # sooner than who says nothing is given up
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert not rest(connection)


def test_who_stops_before_the_end_of_a_body_is_told_so(
    served: Served, grant: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "UPLOAD_SECONDS", 0.01)
    key = f"Authorization: {grant('edit')['Authorization']}"
    fields = ("Host: a", key, "Content-Type: application/json", "Content-Length: 5")
    with served.connect() as connection:
        connection.sendall(request("POST /v1/plans HTTP/1.1", *fields) + b"123")
        connection.shutdown(socket.SHUT_WR)
        answer = rest(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"The body is incomplete." in answer


def test_a_path_is_decoded_as_its_bytes(served: Served) -> None:
    with served.connect() as connection:
        assert ask(connection, get("/v1/plans/%E6%B5%91%FF"))[0] == 404
    assert served.calls == ["/v1/plans/\xe6\xb5\x91\xff"]


def test_an_offer_of_another_protocol_is_refused(served: Served) -> None:
    offer = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    with served.connect() as connection:
        assert ask(connection, get(URL, *offer, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="))[0] == 403
    assert not served.calls


def test_what_cannot_be_read_is_a_problem(served: Served) -> None:
    with served.connect() as connection:
        status, headers, body = ask(connection, b"NONSENSE\r\n\r\n")
        assert (status, headers["content-type"]) == (400, "application/problem+json")
        assert json.loads(body)["type"] == "/v1/problems/malformed-request"
        assert headers["api-version"]
        assert not rest(connection)


def test_a_chunk_that_is_none_is_a_problem(served: Served) -> None:
    with served.connect() as connection:
        asked = request("POST /v1/plans HTTP/1.1", "Host: a", "Transfer-Encoding: chunked") + b"x\r\n{}\r\n"
        status, _, body = ask(connection, asked)
        assert status == 400
        assert any("chunks as in RFC 9112" in allowed for allowed in json.loads(body)["errors"][0]["allowed"])


# bodies


@pytest.fixture
def echoed(settings: Settings) -> Iterator[Served]:
    """Serve what says how much of a body came, and how much was announced."""

    def echo(environ: Any, start_response: Any) -> Any:
        body = environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [f"{len(body)} of {environ.get('CONTENT_LENGTH', '')}".encode()]

    with serving(echo, settings) as running:
        yield running


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        (["Content-Length: 5"], b"12345", b"5 of 5"),
        (["Transfer-Encoding: chunked"], b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", b"5 of 5"),
        ([], b"", b"0 of "),
        ([f"Content-Length: {1 << 20}"], b"x" * (1 << 20), b"1048576 of 1048576"),
    ],
)
def test_a_body_comes_whole(echoed: Served, headers: list[str], body: bytes, expected: bytes) -> None:
    with echoed.connect() as connection:
        for _ in range(2):
            assert ask(connection, request("POST /x HTTP/1.1", "Host: a", *headers) + body)[2] == expected


def test_a_body_is_asked_for_when_the_caller_waits_to_be_asked(echoed: Served) -> None:
    with echoed.connect() as connection:
        connection.sendall(request("POST /x HTTP/1.1", "Host: a", "Content-Length: 5", "Expect: 100-continue"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert ask(connection, b"12345")[2] == b"5 of 5"


def test_large_bodies_take_turns(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "UPLOADS", 1)
    size = 2 * asgi.SMALL_BYTES
    head = request("POST /x HTTP/1.1", "Host: a", f"Content-Length: {size}", "Expect: 100-continue")

    def told(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return [b"%d" % len(environ["wsgi.input"].read())]

    with serving(told, settings) as served, served.connect() as first, served.connect() as second:
        first.sendall(head)
        assert first.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        second.sendall(head)
        second.settimeout(0.3)
        with pytest.raises(TimeoutError):
            second.recv(100)
        second.settimeout(20)
        assert ask(first, b"x" * size)[2] == b"%d" % size
        assert second.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert ask(second, b"x" * size)[2] == b"%d" % size


def test_a_body_that_is_too_large_is_not_asked_for(echoed: Served) -> None:
    with echoed.connect() as connection:
        length = f"Content-Length: {DOCUMENT_BYTES + 1}"
        found = ask(connection, request("POST /x HTTP/1.1", "Host: a", length, "Expect: 100-continue"))
        assert found[2] == f"0 of {DOCUMENT_BYTES + 1}".encode()


def test_a_body_that_does_not_come_is_known_to_be_cut_off(echoed: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "UPLOAD_SECONDS", 0.01)
    with echoed.connect() as connection:
        assert ask(connection, request("POST /x HTTP/1.1", "Host: a", "Content-Length: 5") + b"123")[2] == b"3 of 5"
    with echoed.connect() as connection:
        chunked = request("POST /x HTTP/1.1", "Host: a", "Transfer-Encoding: chunked") + b"3\r\nabc\r\n"
        assert ask(connection, chunked)[2] == b"3 of 4"


def test_a_caller_who_goes_in_the_middle_of_a_body_changes_nothing(settings: Settings) -> None:
    seen: list[str] = []
    finished = threading.Event()

    def note(environ: Any, start_response: Any) -> Any:
        seen.append(f"{len(environ['wsgi.input'].read())} of {environ['CONTENT_LENGTH']}")
        start_response("200 OK", [])
        finished.set()
        return []

    with serving(note, settings, asgi_disconnect_grace_period=5) as served, served.connect() as connection:
        connection.sendall(request("POST /x HTTP/1.1", "Host: a", "Content-Length: 5", "Expect: 100-continue"))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"  # now it is waited for
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.close()
        assert finished.wait(20)
    assert seen == ["0 of 5"]


# answers


class Endless:
    """Answer with megabytes without end, and tell how many were taken and whether it was closed."""

    def __init__(self) -> None:
        self.taken, self.closed = 0, threading.Event()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/other":
            return [b"other"]
        return self

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.taken += 1
            yield b"x" * (1 << 20)

    def close(self) -> None:
        self.closed_by = threading.current_thread().name
        self.closed.set()


def test_a_stream_begins_soon_and_goes_on_in_larger_pieces() -> None:
    def stream(_: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return [b"x" * 1000] * 1000

    *begun, last = [len(messages[-1]["body"]) for messages in asgi._pieces(stream, {})]
    assert begun == [2_000, 263_000, 263_000, 263_000]
    assert last == 209_000


def test_an_answer_of_known_length_is_one_piece() -> None:
    def whole(_: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "1000000")])
        return [b"x" * 500_000] * 2

    ((_, body),) = asgi._pieces(whole, {})
    assert (len(body["body"]), body["more_body"]) == (1_000_000, False)


def test_a_slow_reader_holds_neither_memory_nor_a_thread(settings: Settings) -> None:
    endless = Endless()
    with serving(endless, settings, threads=1) as served:
        with served.connect() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            slow.sendall(get("/"))
            assert slow.recv(1000)
            for _ in range(50):  # each a whole round on the one thread there is
                with served.connect() as other:
                    assert ask(other, get("/other"))[2] == b"other"
            assert endless.taken < 50
        assert endless.closed.wait(20)
        assert endless.closed_by.startswith("ThreadPoolExecutor")  # not the event loop, which must not wait


def test_a_caller_who_takes_nothing_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "STALLED_SECONDS", 0.1)
    endless = Endless()
    with serving(endless, settings, threads=1) as served, served.connect() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        slow.sendall(get("/"))
        assert endless.closed.wait(20)


def test_a_caller_who_goes_while_the_store_is_asked_leaves_nothing_open(settings: Settings) -> None:
    endless, asked, go = Endless(), threading.Event(), threading.Event()

    def slow(environ: Any, start_response: Any) -> Any:
        asked.set()
        go.wait(20)
        return endless(environ, start_response)

    with serving(slow, settings, threads=1) as served:
        with served.connect() as connection:
            connection.sendall(get("/"))
            assert asked.wait(20)
        go.set()
        assert endless.closed.wait(20)


def test_a_failure_in_the_middle_cuts_the_answer_off(settings: Settings) -> None:
    def broken(_: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        yield b"x" * asgi.PIECE_BYTES
        raise ValueError("in the middle")

    def application(environ: Any, start_response: Any) -> Any:
        chunks = broken(environ, start_response)
        first = next(chunks)
        return (piece for pieces in ([first], chunks) for piece in pieces)

    with serving(application, settings, threads=1) as served, served.connect() as connection:
        connection.sendall(get("/"))
        received = rest(connection)
    assert b"xxx" in received
    assert not received.endswith(b"0\r\n\r\n")


def test_a_failure_before_the_answer_is_a_problem(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("before")

    with serving(broken, replace(settings, log=True)) as served, served.connect() as connection:
        status, headers, body = ask(connection, get("/"))
    assert (status, headers["content-type"]) == (500, "application/problem+json")
    assert json.loads(body)["type"] == "/v1/problems/internal-error"
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines] == [500]


def test_an_export_comes_whole(served: Served, settings: Settings) -> None:
    plain = create_app(settings).test_client().get("/v1/indicators.csv").get_data()
    with served.connect() as connection:
        for _ in range(2):
            assert ask(connection, get("/v1/indicators.csv"))[2] == plain


# deadlines and the end


@pytest.mark.parametrize("sent", [b"", b"GET /v1 HTTP/1.1\r\nHost: a\r\nX: "])
def test_a_caller_who_begins_and_does_not_go_on_is_given_up(settings: Settings, sent: bytes) -> None:
    with serving(create_app(settings).wsgi_app, settings, keepalive=1) as served:
        with served.connect() as first:
            first.sendall(sent)
            assert not rest(first)
        with served.connect() as later:
            ask(later, get(URL))
            later.sendall(sent)
            assert not rest(later)


def test_more_callers_than_are_allowed_are_turned_away(settings: Settings) -> None:
    with (
        serving(create_app(settings).wsgi_app, settings, worker_connections=1) as served,
        served.connect() as first,
    ):
        ask(first, get(URL))
        with served.connect() as second:
            assert not rest(second)
        assert ask(first, get(URL))[0] == 200


def test_at_the_end_requests_are_answered_and_idle_connections_closed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ENDING_SECONDS", 0.2)
    asked, go = threading.Event(), threading.Event()

    def slow(_: Any, start_response: Any) -> Any:
        asked.set()
        go.wait(20)
        start_response("200 OK", [("Content-Length", "4")])
        return [b"whol"]

    with serving(slow, settings) as served, served.connect() as idle, served.connect() as busy:
        for _ in range(1000):
            if served.worker.nr_conns == 2:
                break
            served.on_loop(bool)
        busy.sendall(get("/"))
        assert asked.wait(20)
        served.on_loop(served.worker.handle_exit_signal)
        assert not rest(idle)
        go.set()
        status, headers, body = answer_of(busy)
        assert (status, headers["connection"], body) == (200, "close", b"whol")
        assert not rest(busy)


def test_a_request_that_comes_after_the_signal_is_answered(settings: Settings) -> None:
    with serving(create_app(settings).wsgi_app, settings) as served, served.connect() as connection:
        ask(connection, get(URL))
        served.on_loop(served.worker.handle_exit_signal)
        status, headers, _ = ask(connection, get(URL))
        assert (status, headers["connection"]) == (200, "close")
        assert not rest(connection)


def test_it_is_made_from_the_settings(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAN_DATABASE", str(store))
    monkeypatch.setenv("PLAN_THREADS", "3")
    threads: list[ThreadPoolExecutor] = []
    monkeypatch.setattr(asgi, "front", lambda *given: threads.append(given[2]) or given[1])
    made: Any = asgi.create()
    assert made.database == store
    assert threads[0]._max_workers == 3


# what is used of gunicorn that it does not promise

SOURCE = Path(worker.__file__).read_text()


def private_names(tree: ast.AST) -> set[str]:
    """List the names with an underscore that are asked of anything, or defined over what gunicorn defines."""
    asked = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return {name for name in asked | defined if name.startswith("_") and not name.startswith("__")}


def test_each_private_name_is_listed_and_no_other_is_used() -> None:
    assert private_names(ast.parse(SOURCE)) == set(worker.PRIVATE)


@pytest.mark.parametrize("name", worker.PRIVATE)
def test_what_is_used_of_gunicorn_has_not_moved(name: str) -> None:
    theirs = "".join(map(inspect.getsource, ASGIProtocol.__mro__[:-3]))
    assert name in private_names(ast.parse(theirs))


def test_the_worker_serves_by_what_its_module_names() -> None:
    assert "ASGIProtocol(self)" in inspect.getsource(gasgi.ASGIWorker)
    assert gasgi.ASGIProtocol is worker.Protocol
    assert re.match(r"27\.0\.", gunicorn.__version__)
    assert "gunicorn 27.0 " in SOURCE
