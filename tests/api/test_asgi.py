"""The service on gunicorn's asgi worker, in this process: real connections, and what the worker holds to."""

import asyncio
import http.client
import json
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.sock import TCPSocket

from api.app import create_app
from api.front import cache
from api.server import asgi, brief, hot, worker
from api.server.asgi import Service
from api.settings import Settings
from schema.bodies import DOCUMENT_BYTES
from tests.api.test_cache import retitle
from tests.api.test_operations import samples

URL = "/v1/plans/hunnan-2021"


class Served:
    """Hold a running worker, and count what reaches its WSGI application."""

    def __init__(self, service: Service, threads_of_the_worker: Any, port: int) -> None:
        self.service, self.worker, self.port = service, threads_of_the_worker, port
        self.calls: list[str] = []
        inner = service._application

        def counted(environ: Any, start_response: Any) -> Any:
            self.calls.append(environ["PATH_INFO"])
            return inner(environ, start_response)

        service._application = counted

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def client(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def on_loop(self, action: Callable[[], Any]) -> Any:
        """Do something on the worker's event loop, and return what it returns."""

        async def act() -> Any:
            return action()

        return asyncio.run_coroutine_threadsafe(act(), self.worker.loop).result(20)


Serve = Callable[..., Any]


def end(running: worker.Worker) -> None:
    running.handle_quit_signal()
    for task in asyncio.all_tasks(running.loop):  # it looks once a second otherwise
        task.cancel()


@contextmanager
def serving(service: Service, **settings: Any) -> Iterator[Served]:
    """Run the worker on a thread: the same classes and settings as in gunicorn.conf.py."""
    config = Config()
    shipped = {"asgi_disconnect_grace_period": 0, "http_parser": "python", "asgi_lifespan": "off", "keepalive": 15}
    for name, value in {**shipped, "limit_request_line": 8190, "limit_request_fields": 60, **settings}.items():
        config.set(name, value)
    listener = TCPSocket(("127.0.0.1", 0), config, Logger(config))
    made = worker.Worker(0, os.getppid(), [listener], None, 30, config, Logger(config))
    made.asgi, made.loop = service, asyncio.new_event_loop()
    served = Served(service, made, listener.sock.getsockname()[1])
    thread = threading.Thread(target=made.run)
    thread.start()
    try:
        yield served
    finally:
        made.loop.call_soon_threadsafe(end, made)
        thread.join(20)
        service._threads.shutdown()
        made.tmp.close()
    assert not thread.is_alive()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no read be asked twice because this machine is busy."""
    monkeypatch.setattr(brief, "SECONDS", 60)


@pytest.fixture
def service(settings: Settings) -> Service:
    return make(replace(settings, cache=8))


def make(settings: Settings, threads: int = 4) -> Service:
    app = create_app(settings)
    return Service(app.wsgi_app, settings, hot.shortcut(app), threads)


@pytest.fixture
def served(service: Service) -> Iterator[Served]:
    with serving(service) as running:
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


def known(served: Served, sent: bytes, connection: socket.socket) -> dict[str, str]:
    """Ask until the request is known by its bytes; return the headers of the answer."""
    for _ in range(3):
        found = ask(connection, sent)
    before = len(served.calls)
    found = ask(connection, sent)
    assert len(served.calls) == before
    return found[1]


# the shortcut


def test_what_is_answered_by_its_bytes_is_what_the_application_answers(served: Served) -> None:
    with served.connect() as connection:
        given = [ask(connection, get(URL)) for _ in range(4)]
    assert served.calls == [URL, URL]  # the first from the store, the second from memory
    own = {"x-request-id", "date"}
    heads = [{name: value for name, value in headers.items() if name not in own} for _, headers, _ in given]
    assert heads == [heads[0]] * 4
    assert [body for *_, body in given] == [given[0][2]] * 4
    assert len({headers["x-request-id"] for _, headers, _ in given}) == 4
    assert all(headers["date"] for _, headers, _ in given)


def test_unchanged_and_head_are_answered_by_their_bytes_too(served: Served) -> None:
    with served.connect() as connection:
        tag = ask(connection, get(URL))[1]["etag"]
        conditional = get(URL, f"If-None-Match: {tag}")
        headers = known(served, conditional, connection)
        assert ask(connection, conditional)[0] == 304
        assert headers["etag"] == tag
        assert "content-length" not in headers
        length = known(served, request(f"HEAD {URL} HTTP/1.1", "Host: a.example"), connection)["content-length"]
        assert int(length) == len(ask(connection, get(URL))[2])


@pytest.mark.parametrize(
    "sent",
    [
        get(URL, "Authorization: Bearer x"),
        get(URL, "X-Request-Id: r-1"),
        get(URL, "Content-Length: 0"),
        get(URL, "X-Long: " + "a" * 3000),
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
    assert not served.service.shortcut._known  # type: ignore[union-attr]


@pytest.mark.parametrize("closing", [get(URL, "Connection: close"), request(f"GET {URL} HTTP/1.0", "Host: a.example")])
def test_a_caller_who_wants_the_connection_closed_gets_it_closed(served: Served, closing: bytes) -> None:
    for _ in range(3):
        with served.connect() as connection:
            connection.sendall(closing)
            assert b"200 OK" in rest(connection)
    assert not served.service.shortcut._known  # type: ignore[union-attr]


def test_a_commit_is_seen_at_once(served: Served, store: Path) -> None:
    with served.connect() as connection:
        known(served, get(URL), connection)
        for number in range(5):
            retitle(store, f"title {number}")
            for _ in range(4):
                assert json.loads(ask(connection, get(URL))[2])["title"] == f"title {number}"


def test_what_an_entry_gave_is_not_given_with_the_head_of_another(served: Served, store: Path) -> None:
    with served.connect() as connection:
        before = known(served, get(URL), connection)["etag"]
        retitle(store, "new")
        assert ask(connection, get(URL, "Accept: application/json"))[1]["etag"] != before
        after = known(served, get(URL), connection)["etag"]
    assert after != before


def test_a_new_day_is_a_new_answer(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    with served.connect() as connection:
        known(served, get(URL), connection)
        before = len(served.calls)
        moment = cache.time.time() + 24 * 3600
        monkeypatch.setattr(cache.time, "time", lambda: moment)
        ask(connection, get(URL))
    assert len(served.calls) == before + 1


def test_a_proxy_that_is_believed_is_told_from_a_caller_who_says_the_same(settings: Settings) -> None:
    sent = get("/v1/plans?limit=1&fields=id", "X-Forwarded-Proto: https")
    proxied = make(replace(settings, cache=8))
    direct = Service(proxied._application, settings, proxied.shortcut, 4)
    with serving(proxied) as first, serving(direct, forwarded_allow_ips="192.0.2.1") as second:
        for served in (first, second):
            with served.connect() as connection:
                for _ in range(4):
                    ask(connection, sent)
    assert proxied.shortcut
    known_by = {believed: found.key[4][0] for (_, believed), found in proxied.shortcut._known.items()}
    assert known_by == {True: "https", False: "http"}


def test_as_many_requests_are_known_as_is_said(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hot, "MOST", 3)
    with served.connect() as connection:
        for number in range(5):
            known(served, get(URL, f"User-Agent: {number}"), connection)
            assert len(served.service.shortcut._known) <= 3  # type: ignore[union-attr]


def test_what_is_answered_by_its_bytes_is_measured_and_logged(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    service = make(replace(settings, cache=8, log=True))
    with serving(service) as served, served.connect() as connection:
        key = (
            "plan_requests_total",
            frozenset({"method": "GET", "route": "/v1/plans/<plan_id>", "status": "200"}.items()),
        )
        before = samples(ask(connection, get("/metrics"))[2].decode()).get(key, 0)
        headers = known(served, get(URL), connection)
        after = samples(ask(connection, get("/metrics"))[2].decode())[key]
        size = len(ask(connection, get(URL))[2])
    assert after - before == 4
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line["request_id"] == headers["x-request-id"]]
    assert {name: line[name] for name in ("method", "route", "path", "status", "bytes")} == {
        "method": "GET",
        "route": "/v1/plans/<plan_id>",
        "path": URL,
        "status": 200,
        "bytes": size,
    }


def test_without_memory_nothing_is_known(settings: Settings) -> None:
    with serving(make(replace(settings, cache=0))) as served, served.connect() as connection:
        for _ in range(4):
            assert ask(connection, get(URL))[0] == 200
        assert len(served.calls) == 4


# requests


def test_requests_in_one_packet_are_answered_in_their_order(served: Served) -> None:
    paths = [URL, "/v1/plans/none", "/healthz", URL, "/v1/sections?limit=1"]
    with served.connect() as connection:
        known(served, get(URL), connection)
        connection.sendall(b"".join(map(get, paths)) + get(URL, "Connection: close"))
        received = rest(connection)
    assert re.findall(rb"HTTP/1.1 (\d+)", received) == [b"200", b"404", b"200", b"200", b"200", b"200"]


def test_the_beginning_of_a_request_may_come_with_the_one_before(served: Served) -> None:
    with served.connect() as connection:
        known(served, get(URL), connection)
        assert ask(connection, get("/healthz") + get(URL)[:20])[0] == 200
        assert ask(connection, get(URL)[20:])[0] == 200
        before = len(served.calls)
        ask(connection, get(URL))
        assert len(served.calls) == before  # known again, once nothing else is on its way


@pytest.mark.parametrize("cut", [1, 3, 10, -1])
def test_a_request_in_two_packets_is_one(served: Served, cut: int) -> None:
    with served.connect() as connection:
        known(served, get(URL), connection)
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


@pytest.mark.parametrize(
    "sent", [b"", get(URL)[:-1], request("POST /v1/plans HTTP/1.1", "Host: a", "Content-Length: 5")]
)
def test_who_stops_before_the_end_of_a_request_is_let_go(served: Served, sent: bytes) -> None:
    with served.connect() as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        assert not rest(connection)


def test_a_path_is_decoded_as_its_bytes(served: Served) -> None:
    with served.connect() as connection:
        assert ask(connection, get("/v1/plans/%E6%B5%91%FF"))[0] == 404
    assert served.calls == ["/v1/plans/\xe6\xb5\x91\xff"]


def test_an_offer_of_another_protocol_is_passed_over(served: Served) -> None:
    offer = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    with served.connect() as connection:
        headers = ask(connection, get(URL, *offer, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="))[1]
        assert headers["content-type"] == "application/problem+json"  # Werkzeug has no such route
        assert ask(connection, get(URL))[0] == 200


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

    with serving(Service(echo, settings, None, 2)) as running:
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

    with serving(Service(note, settings, None, 2), asgi_disconnect_grace_period=5) as served:
        with served.connect() as connection:
            connection.sendall(request("POST /x HTTP/1.1", "Host: a", "Content-Length: 5") + b"123")
            served.on_loop(bool)
        finished.wait(20)
    assert seen in ([], ["3 of 5"])


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
        self.closed.set()


def test_a_stream_begins_soon_and_goes_on_in_larger_pieces() -> None:
    def stream(_: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return [b"x" * 1000] * 1000

    *begun, last = [len(piece.body) for piece in asgi._pieces(stream, {})]
    assert begun == [2_000, 263_000, 263_000, 263_000]
    assert last == 209_000


def test_an_answer_of_known_length_is_one_piece() -> None:
    def whole(_: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Length", "1000000")])
        return [b"x" * 500_000] * 2

    assert [(len(piece.body), piece.more) for piece in asgi._pieces(whole, {})] == [(1_000_000, False)]


def test_a_slow_reader_holds_neither_memory_nor_a_thread(settings: Settings) -> None:
    endless = Endless()
    with serving(Service(endless, settings, None, 1)) as served:
        with served.connect() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
            slow.sendall(get("/"))
            assert slow.recv(1000)
            for _ in range(50):  # each a whole round on the one thread there is
                with served.connect() as other:
                    assert ask(other, get("/other"))[2] == b"other"
            assert endless.taken < 50
        assert endless.closed.wait(20)


def test_a_caller_who_takes_nothing_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "STALLED_SECONDS", 0.01)
    endless = Endless()
    with serving(Service(endless, settings, None, 1)) as served, served.connect() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        slow.sendall(get("/"))
        assert endless.closed.wait(20)


def test_a_caller_who_goes_while_the_store_is_asked_leaves_nothing_open(settings: Settings) -> None:
    endless, asked, go = Endless(), threading.Event(), threading.Event()

    def slow(environ: Any, start_response: Any) -> Any:
        asked.set()
        go.wait(20)
        return endless(environ, start_response)

    with serving(Service(slow, settings, None, 1)) as served:
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

    with serving(Service(application, settings, None, 1)) as served, served.connect() as connection:
        connection.sendall(get("/"))
        received = rest(connection)
    assert b"xxx" in received
    assert not received.endswith(b"0\r\n\r\n")


def test_a_failure_before_the_answer_is_a_problem(settings: Settings) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("before")

    with serving(Service(broken, settings, None, 1)) as served, served.connect() as connection:
        status, headers, body = ask(connection, get("/"))
    assert (status, headers["content-type"]) == (500, "application/problem+json")
    assert json.loads(body)["type"] == "/v1/problems/internal-error"


def test_an_export_comes_whole(served: Served, settings: Settings) -> None:
    plain = create_app(settings).test_client().get("/v1/indicators.csv").get_data()
    with served.connect() as connection:
        for _ in range(2):
            assert ask(connection, get("/v1/indicators.csv"))[2] == plain


# deadlines and the end


@pytest.mark.parametrize("sent", [b"", b"GET /v1 HTTP/1.1\r\nHost: a\r\nX: "])
def test_a_caller_who_begins_and_does_not_go_on_is_given_up(service: Service, sent: bytes) -> None:
    with serving(service, keepalive=1) as served:
        with served.connect() as first:
            first.sendall(sent)
            assert not rest(first)
        with served.connect() as later:
            ask(later, get(URL))
            later.sendall(sent)
            assert not rest(later)


def test_a_connection_that_is_used_stays_open(service: Service) -> None:
    with serving(service) as served, served.connect() as connection:
        known(served, get(URL), connection)
        (held,) = served.worker.connected
        served.on_loop(held._keepalive_timeout)  # the timer of long ago: used since
        assert ask(connection, get(URL))[0] == 200
        served.on_loop(lambda: setattr(held, "answered", 0.0))
        served.on_loop(held._keepalive_timeout)
        assert not rest(connection)


def test_more_callers_than_are_allowed_are_turned_away(service: Service) -> None:
    with serving(service, worker_connections=1) as served, served.connect() as first:
        ask(first, get(URL))
        with served.connect() as second:
            assert not rest(second)
        assert ask(first, get(URL))[0] == 200


def test_at_the_end_requests_are_answered_and_idle_connections_closed(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "ENDING_SECONDS", 0.2)
    with serving(service) as served, served.connect() as idle, served.connect() as busy:
        for connection in (idle, busy):
            known(served, get(URL), connection)
        served.on_loop(served.worker.handle_exit_signal)
        status, headers, _ = ask(busy, get(URL))
        assert (status, headers["connection"]) == (200, "close")
        assert not rest(busy)
        assert not rest(idle)


def test_a_request_that_has_begun_at_the_end_is_not_cut_off(service: Service) -> None:
    with serving(service) as served, served.connect() as connection:
        ask(connection, get(URL))
        connection.sendall(get(URL)[:-1])
        (held,) = served.worker.connected
        while not served.on_loop(lambda: held.begun):
            pass
        served.on_loop(served.worker.end)
        assert ask(connection, get(URL)[-1:])[0] == 200


def test_it_is_made_from_the_settings(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAN_DATABASE", str(store))
    monkeypatch.setenv("PLAN_THREADS", "3")
    monkeypatch.setenv("PLAN_CACHE", "8")
    made = asgi.create()
    assert made.settings.database == store
    assert made._threads._max_workers == 3
    assert made.shortcut
