"""Short reads are answered on the event loop; whatever may hold it up goes to a thread."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from api.app import create_app
from api.front import cache
from api.front.log import Environ
from api.reply.problems import BRIEF
from api.server import brief
from api.server.brief import Brief
from api.settings import Quota, Settings
from db import budget
from db.budget import OverdueError
from tests.api.test_asgi import Served, ask, get, make, request, rest, serving
from tests.api.test_cache import retitle

URL = "/v1/indicators?plan=hunnan-2021&limit=50"


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give what is tried all the time it needs on any machine."""
    monkeypatch.setattr(brief, "SECONDS", 60)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brief, "SECONDS", 0)
    monkeypatch.setattr(budget, "STEPS", 1)


@pytest.fixture
def served(settings: Settings) -> Iterator[Served]:
    with serving(make(replace(settings, cache=0))) as running:
        yield running


def threads_of(served: Served) -> list[bool]:
    """Tell of every call of the application from now on whether it is on the event loop."""
    on_loop: list[bool] = []
    loop = served.on_loop(threading.get_ident)
    inner = served.service._application

    def watched(environ: Any, start_response: Any) -> Any:
        on_loop.append(threading.get_ident() == loop)
        return inner(environ, start_response)

    served.service._application = watched
    return on_loop


@pytest.mark.parametrize(
    "sent",
    [
        get("/v1/indicators/hunnan-2021.2.2.01"),
        get(URL),
        get("/v1/indicators?sort=-value&fields=id,name&count=true", "Accept: application/json, text/plain, */*"),
        get("/v1/indicators/summary?by=kind"),
        get("/v1/plans/hunnan-2021/outline"),
        get("/v1/plans/none"),
        get("/v1/sections?unknown=1"),
        get("/v1/indicators?q=%E4%BC%81%E4%B8%9A&sort=-value&limit=20"),
        get("/v1/search?q=+%E4%BC%81"),
        get("/v1/indicators?q=%E4%BC%81%E4%B8%9A%E6%95%B0"),
        get("/v1/indicators?limit=20&q=%E4%BC%81+%E4%B8%9A"),
        get("/v1/search?q=%E9%AB%98%E6%96%B0%E6%8A%80%E6%9C%AF%E4%BC%81%E4%B8%9A"),
        request("HEAD /v1/milestones HTTP/1.1", "Host: a.example"),
    ],
)
def test_short_reads_are_answered_on_the_loop(served: Served, sent: bytes) -> None:
    on_loop = threads_of(served)
    with served.connect() as caller:
        caller.sendall(sent)
        caller.recv(1)
    assert on_loop == [True]


@pytest.mark.parametrize(
    "sent",
    [
        get("/v1/indicators?limit=1&%71=%E4%BC%81"),
        get("/v1/indicators?limit=100"),
        get("/v1/indicators?limit=%31000"),
        get("/v1/indicators?as_of=2026-01-01T00:00:00Z"),
        get("/v1/indicators.csv"),
        get("/v1/indicators", "Accept: text/csv"),
        get("/v1/deadlines", "Accept: text/*"),
        get("/v1/plans/hunnan-2021", "Authorization: Bearer none"),
        get("/v1/plans/hunnan-2021/document"),
        get("/v1/changes"),
        get("/metrics"),
        request("POST /v1/plans HTTP/1.1", "Host: a.example", "Content-Length: 0"),
    ],
)
def test_whatever_may_take_long_goes_to_a_thread(served: Served, sent: bytes) -> None:
    on_loop = threads_of(served)
    with served.connect() as caller:
        ask(caller, sent)
    assert on_loop == [False]


def test_a_search_that_may_read_much_goes_to_a_thread_and_no_other_does(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "POSTINGS_MOST", 0)
    on_loop = threads_of(served)
    with served.connect() as caller:
        for word in ("高新技术企业", "企业"):
            assert ask(caller, get(f"/v1/indicators?{urlencode({'q': word})}"))[0] == 200
    assert on_loop == [True, False, True]


@pytest.mark.parametrize("chosen", [{"read_only": True}, {"quotas": (Quota("address", 1000, 60),)}])
def test_where_every_request_costs_a_file_none_is_tried(settings: Settings, chosen: dict[str, Any]) -> None:
    with serving(make(replace(settings, cache=0, **chosen))) as served, served.connect() as caller:
        on_loop = threads_of(served)
        assert ask(caller, get(URL))[0] == 200
    assert on_loop == [False]


@pytest.mark.usefixtures("impatient")
def test_what_takes_too_long_is_broken_off_and_answered_by_a_thread(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    expected = create_app(settings).test_client().get(URL, base_url="http://a.example").get_data()
    with serving(make(replace(settings, cache=8, log=True))) as served, served.connect() as caller:
        on_loop = threads_of(served)
        status, headers, body = ask(caller, get(URL, "If-None-Match: none"))
        assert status == 200
        assert ask(caller, get(URL, f"If-None-Match: {headers['etag']}"))[0] == 304
    assert body == expected
    assert on_loop[:2] == [True, False]
    lines = [line for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    assert [json.loads(line)["status"] for line in lines] == [200, 304]  # of what was broken off nothing is said


def asgi_environ(url: str) -> Environ:
    path, _, query = url.partition("?")
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "a.example",
        "SERVER_NAME": "a.example",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
    }


def attempts(tried: Brief, urls: list[str], outcome: type[BaseException] | None) -> list[bool]:
    """Tell of each URL whether it was tried."""
    reached: list[bool] = []

    def answer(_: Environ) -> str:
        reached[-1] = True
        if outcome:
            raise outcome
        return "answer"

    for url in urls:
        reached.append(False)
        assert tried.attempt(asgi_environ(url), answer) == ("answer" if reached[-1] and not outcome else None)
    return reached


def test_reads_like_one_that_took_too_long_are_not_tried_for_a_while(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(brief, "FIRST_PAUSE", 1)
    tried = Brief(settings)
    others = ["/v1/indicators?kind=share", "/v1/plans"]
    assert attempts(tried, ["/v1/indicators?plan=a"], OverdueError) == [True]
    assert attempts(tried, ["/v1/indicators?plan=b", *others], None) == [False, True, True]
    now[0] += brief.FIRST_PAUSE
    assert attempts(tried, ["/v1/indicators?plan=b"], OverdueError) == [True]
    now[0] += brief.FIRST_PAUSE
    assert attempts(tried, ["/v1/indicators?plan=b"], None) == [False]  # twice as long
    now[0] += brief.FIRST_PAUSE
    assert attempts(tried, ["/v1/indicators?plan=b"] * 2, None) == [True, True]
    assert attempts(tried, ["/v1/indicators?plan=b"], OverdueError) == [True]
    now[0] += brief.FIRST_PAUSE
    assert attempts(tried, ["/v1/indicators?plan=b"], None) == [True]  # what went well is forgotten


def test_as_much_is_remembered_as_is_said(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brief, "AVOIDED_MOST", 3)
    tried = Brief(settings)
    for number in range(10):
        attempts(tried, [f"/v1/plans/{number}"], OverdueError)
        assert len(tried._avoided) <= 3


def test_a_pause_has_an_end(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    tried = Brief(settings)
    for _ in range(30):
        now[0] += brief.LONGEST_PAUSE
        assert attempts(tried, ["/v1/plans"], OverdueError) == [True]


def test_the_loop_does_not_wait_for_a_thread_that_answers_the_same(settings: Settings) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(_: Environ, start_response: Any) -> list[bytes]:
        asked.set()
        assert go_on.wait(20)
        start_response("200 OK", [("Cache-Control", "no-store"), ("Content-Length", "0")])
        return []

    answer = cache.front(slow, cache.Memory(replace(settings, cache=8)))
    thread = threading.Thread(target=answer, args=(asgi_environ(URL), lambda *_: None))
    thread.start()
    try:
        assert asked.wait(20)
        with pytest.raises(OverdueError):
            answer({**asgi_environ(URL), BRIEF: True}, lambda *_: None)
    finally:
        go_on.set()
        thread.join(20)


def test_a_store_that_cannot_be_opened_is_told_by_a_thread(settings: Settings) -> None:
    with serving(make(replace(settings, cache=0))) as served, served.connect() as caller:
        on_loop = threads_of(served)
        settings.database.rename(settings.database.with_name("gone"))
        assert ask(caller, get("/v1/plans"))[0] == 503
    assert on_loop == [False]


def test_a_stream_is_left_to_a_thread(served: Served) -> None:
    closed = []

    def streamed(_: Environ, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        try:
            for _ in range(3):
                yield b"x" * (1 << 20)
        finally:
            closed.append(True)

    served.service._application = Begun(streamed)
    on_loop = threads_of(served)
    with served.connect() as caller:
        caller.sendall(get("/v1/plans", "Connection: close"))
        size = 0
        while block := caller.recv(1 << 20):
            size += len(block)
    assert size > 3 << 20
    assert on_loop == [True, False]
    assert closed == [True, True]


class Begun:
    """Call an application whose status is known before its first bytes, as PEP 3333 has it."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environ: Environ, start_response: Any) -> Any:
        chunks = self.application(environ, start_response)
        first = next(chunks)
        return _with(first, chunks)


def _with(first: bytes, chunks: Any) -> Iterator[bytes]:
    try:
        yield first
        yield from chunks
    finally:
        chunks.close()


def test_a_commit_is_seen_on_the_loop(served: Served, store: Path) -> None:
    with served.connect() as caller:
        before = ask(caller, get("/v1/plans/hunnan-2021"))[2]
        retitle(store, "另一计划")
        after = ask(caller, get("/v1/plans/hunnan-2021"))[2]
    assert json.loads(before)["title"] != json.loads(after)["title"] == "另一计划"


def test_who_sends_many_requests_at_once_takes_turns_with_others(served: Served) -> None:
    many, other = get("/v1/plans"), get("/v1/sections")
    with served.connect() as before, served.connect() as caller, served.connect() as after:
        for waiting in (before, caller, after):
            ask(waiting, get("/healthz"))
        served.calls.clear()

        def send() -> None:  # all is there before the loop looks
            caller.sendall(many * 19 + get("/v1/plans", "Connection: close"))
            before.sendall(other)
            after.sendall(other)

        served.on_loop(send)
        ask(before, b"")
        ask(after, b"")
        assert rest(caller).count(b"HTTP/1.1 200 OK") == 20
    assert sorted(served.calls[:6]) == ["/v1/plans"] * 4 + ["/v1/sections"] * 2


def test_who_does_not_read_is_waited_for_by_a_thread_and_gets_everything(served: Served) -> None:
    on_loop = threads_of(served)
    with socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 14)
        caller.settimeout(20)
        caller.connect(("127.0.0.1", served.port))
        caller.sendall(get("/v1/indicators?limit=99") * 199 + get("/v1/plans", "Connection: close"))
        until = time.monotonic() + 20
        while False not in on_loop and time.monotonic() < until:
            time.sleep(0.01)
        received = rest(caller)
    assert received.count(b"HTTP/1.1 200 OK") == 200
    assert len(on_loop) == 200
    assert set(on_loop) == {True, False}
