"""The memory of finished answers: what it keeps, for how long, and for whom."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from api.front import cache
from api.front.scope import Application, Message, Receive, Scope, Send
from api.settings import Settings
from db import connection
from tests.api.contract import ContractClient
from tests.api.test_server import TOP

URL = "/v1/plans/hunnan-2021"


@pytest.fixture
def app(store: Path) -> Flask:
    made = create_app(Settings(database=store, log=False, cache=8))
    made.test_client_class = ContractClient
    return made


def counted(app: Flask, endpoint: str) -> list[int]:
    """Count the calls of a view from now on."""
    calls: list[int] = []
    view = app.view_functions[endpoint]
    app.view_functions[endpoint] = lambda **parts: calls.append(1) or view(**parts)  # type: ignore[func-returns-value]
    return calls


def retitle(store: Path, title: str) -> None:
    writer = connection.open_writer(store)
    with connection.transaction(writer, "test"):
        writer.execute("UPDATE plan SET title = ?, version = version + 1", (title,))
    writer.close()


def test_an_answer_is_computed_once(app: Flask, client: ContractClient) -> None:
    calls = counted(app, "plans.get_plan")
    first, second = client.get(URL), client.get(URL)
    assert first.get_data() == second.get_data()
    assert len(calls) == 1
    kept = dict(first.headers) | {"X-Request-Id": ""}
    assert dict(second.headers) | {"X-Request-Id": ""} == kept
    assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]


def test_an_unchanged_answer_is_told_from_memory(app: Flask, client: ContractClient) -> None:
    calls = counted(app, "plans.get_plan")
    tag = client.get(URL).headers["ETag"]
    again = client.get(URL, headers={"If-None-Match": f'W/{tag}, "x"'})
    assert again.status_code == 304
    assert "Content-Length" not in again.headers
    assert client.get(URL, headers={"If-None-Match": "*"}).status_code == 304
    assert client.get(URL, headers={"If-None-Match": '"x"'}).status_code == 200
    assert len(calls) == 1


def test_that_an_answer_is_unchanged_is_kept_though_it_is_not_known_whole(
    app: Flask, client: ContractClient, store: Path
) -> None:
    tag = create_app(Settings(database=store, log=False, cache=0)).test_client().get(URL).headers["ETag"]
    calls = counted(app, "plans.get_plan")
    for _ in range(2):
        assert client.get(URL, headers={"If-None-Match": tag}).status_code == 304
    assert len(calls) == 1
    whole = client.get(URL)
    assert whole.status_code == 200
    assert client.get(URL, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(URL).get_data() == whole.get_data()
    assert len(calls) == 2


def test_that_an_export_is_unchanged_is_kept(app: Flask, client: ContractClient) -> None:
    url = "/v1/indicators.csv"
    tag = client.get(url).headers["ETag"]
    rule, _ = app.url_map.bind("localhost").match(url)
    calls = counted(app, rule)
    for _ in range(3):
        assert client.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert len(calls) == 1
    assert client.get(url, headers={"If-None-Match": '"x"'}).status_code == 200


def test_head_is_answered_from_memory_without_a_body(app: Flask, client: ContractClient) -> None:
    calls = counted(app, "plans.get_plan")
    size = len(client.get(URL).get_data())
    head = client.head(URL)
    assert head.content_length == size
    assert not head.get_data()
    assert len(calls) == 1


def test_head_alone_fills_no_memory(app: Flask, client: ContractClient) -> None:
    calls = counted(app, "plans.get_plan")
    for _ in range(2):
        assert client.head(URL).status_code == 200
    assert len(calls) == 2


def test_a_commit_of_another_process_is_seen_at_once(client: ContractClient, store: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from db import connection\n"
        "writer = connection.open_writer(Path(sys.argv[1]))\n"
        "for number in range(20):\n"
        "    with connection.transaction(writer, 'test'):\n"
        "        writer.execute('UPDATE plan SET title = ?, version = version + 1', (f'title {number}',))\n"
        "    print(number, flush=True); sys.stdin.readline()\n"
    )
    command = [sys.executable, "-c", script, str(store)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=TOP) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for number in range(20):
            assert process.stdout.readline() == f"{number}\n"
            for _ in range(3):
                assert client.get(URL).get_json()["title"] == f"title {number}"
            process.stdin.write("\n")
            process.stdin.flush()


def test_what_was_computed_before_a_commit_is_not_kept_after_it(
    app: Flask, client: ContractClient, store: Path
) -> None:
    view = app.view_functions["plans.get_plan"]

    def slow(**parts: Any) -> Any:
        answer = view(**parts)
        retitle(store, "after")
        return answer

    app.view_functions["plans.get_plan"] = slow
    assert client.get(URL).get_json()["title"] != "after"
    app.view_functions["plans.get_plan"] = view
    assert client.get(URL).get_json()["title"] == "after"


def during(app: Flask, event: Callable[[], None]) -> None:
    """Let something happen, and another request come, while the next answer is on its way."""
    view = app.view_functions["plans.get_plan"]

    def slow(**parts: Any) -> Any:
        app.view_functions["plans.get_plan"] = view
        answer = view(**parts)
        event()
        assert app.test_client().get("/v1/sections?limit=1").status_code == 200
        return answer

    app.view_functions["plans.get_plan"] = slow


def test_what_was_asked_before_a_commit_is_not_taken_for_true_after_it(
    app: Flask, client: ContractClient, store: Path
) -> None:
    during(app, lambda: retitle(store, "after"))
    assert client.get(URL).get_json()["title"] != "after"
    assert client.get(URL).get_json()["title"] == "after"


def test_what_was_asked_before_midnight_is_not_taken_for_true_after_it(
    app: Flask, client: ContractClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = time.time() + 24 * 3600

    def midnight() -> None:
        monkeypatch.setattr(cache.time, "time", lambda: moment)
        monkeypatch.setattr(cache, "_midnight", lambda _: moment + 24 * 3600)

    during(app, midnight)
    client.get(URL)
    calls = counted(app, "plans.get_plan")
    client.get(URL)
    assert len(calls) == 1


def test_who_waits_for_a_change_holds_up_nobody_who_asks_the_same(app: Flask) -> None:
    here, both = [], threading.Event()
    view = app.view_functions["changes.list_changes"]

    def wait(**parts: Any) -> Any:
        here.append(1)
        if len(here) == 2:
            both.set()
        assert both.wait(20)
        return view(**parts)

    app.view_functions["changes.list_changes"] = wait
    threads = [threading.Thread(target=lambda: app.test_client().get("/v1/changes")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert both.is_set()


def asked(scope: Scope, application: Application) -> Any:
    """Ask what stands before an application, and take its answer."""

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(_: Message) -> None:
        await asyncio.sleep(0)

    return application(dict(scope), receive, send)


SCOPE: Scope = {
    "method": "GET",
    "scheme": "http",
    "raw_path": b"/v1/plans",
    "query_string": b"",
    "headers": [(b"host", b"a.example")],
}


def test_a_failure_leaves_nobody_waiting_who_asks_the_same(settings: Settings) -> None:
    calls = []

    async def fail(*_: Any) -> None:
        calls.append(1)
        raise ValueError("a fault")

    async def ask() -> None:
        front = cache.remember(fail, replace(settings, cache=8))
        for _ in range(2):
            with pytest.raises(ValueError, match="a fault"):
                await asyncio.wait_for(asked(SCOPE, front), 5)

    asyncio.run(ask())
    assert len(calls) == 2


def test_what_is_not_kept_is_waited_for_no_longer_than_its_head(settings: Settings) -> None:
    async def ask() -> None:
        both = asyncio.Barrier(2)

        async def stream(_: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await both.wait()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

        front = cache.remember(stream, replace(settings, cache=8))
        await asyncio.wait_for(asyncio.gather(asked(SCOPE, front), asked(SCOPE, front)), 5)

    asyncio.run(ask())


def test_a_new_day_is_a_new_answer(app: Flask, client: ContractClient, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = counted(app, "plans.get_plan")
    client.get(URL)
    moment = time.time() + 24 * 3600
    monkeypatch.setattr(cache.time, "time", lambda: moment)
    client.get(URL)
    assert len(calls) == 2


def test_many_who_ask_at_once_ask_the_store_once(app: Flask) -> None:
    calls: list[int] = []
    view = app.view_functions["plans.get_plan"]

    def slow(**parts: Any) -> Any:
        calls.append(1)
        time.sleep(0.2)
        return view(**parts)

    app.view_functions["plans.get_plan"] = slow
    bodies: list[bytes] = []
    threads = [threading.Thread(target=lambda: bodies.append(app.test_client().get(URL).get_data())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert len(bodies) == 8
    assert len(set(bodies)) == 1


def test_nothing_asked_for_with_credentials_is_kept_or_given_out(
    app: Flask, client: ContractClient, grant: Callable[..., dict[str, str]]
) -> None:
    calls = counted(app, "plans.get_plan")
    one, other = grant("read"), grant("edit")
    for _ in range(2):
        client.get(URL, headers=one)
    client.get(URL)
    client.get(URL, headers=other)
    assert len(calls) == 4
    assert client.get(URL, headers={"Authorization": "Bearer secret"}).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [{"Accept": "text/csv"}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "br"}, {"Host": "other.example"}],
)
def test_answers_that_differ_are_kept_apart(client: ContractClient, headers: dict[str, str]) -> None:
    url = "/v1/indicators?limit=3&count=true"
    plain = client.get(url).get_data()
    if headers.get("Accept"):
        assert client.get(url, headers=headers).status_code == 400  # exports take no limit
    else:
        assert client.get(url, headers=headers).get_data() != plain
    assert client.get(url).get_data() == plain


def test_origins_are_kept_apart_where_they_are_told_apart(store: Path) -> None:
    settings = Settings(database=store, log=False, cors_origins=("https://a.example",))
    client = create_app(settings).test_client()
    allowed = client.get(URL, headers={"Origin": "https://a.example"})
    refused = client.get(URL, headers={"Origin": "https://b.example"})
    assert "Access-Control-Allow-Origin" in allowed.headers
    assert "Access-Control-Allow-Origin" not in refused.headers


@pytest.mark.parametrize("url", ["/healthz", "/v1/plans/none", "/v1/plans?x=1", "/v1/indicators.csv"])
def test_health_problems_and_streams_are_not_kept(app: Flask, client: ContractClient, url: str) -> None:
    rule, _ = app.url_map.bind("localhost").match(url.partition("?")[0])
    calls = counted(app, rule)
    for _ in range(2):
        client.get(url)
    assert len(calls) == 2


def test_a_stream_that_the_caller_has_is_not_sent_again(client: ContractClient) -> None:
    tag = client.get("/v1/indicators.csv").headers["ETag"]
    answer = client.get("/v1/indicators.csv", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert not answer.get_data()


def test_the_memory_stays_within_its_bound(store: Path) -> None:
    client = create_app(Settings(database=store, log=False, cache=1)).test_client()
    calls = counted(client.application, "indicators.list_indicators")
    urls = [f"/v1/indicators?limit={limit}" for limit in range(1, 60)]
    for url in urls:
        client.get(url)
    client.get(urls[-1])
    assert len(calls) == len(urls)  # the latest is kept
    client.get(urls[0])
    assert len(calls) == len(urls) + 1  # the oldest has made room


@pytest.mark.parametrize("url", [URL, "/v1/indicators.csv", "/docs", "/openapi.json"])
def test_without_memory_an_unchanged_answer_is_not_sent_either(settings: Settings, url: str) -> None:
    client = create_app(replace(settings, cache=0)).test_client()
    tag = client.get(url).headers["ETag"]
    again = client.get(url, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert not again.get_data()


def test_without_memory_every_answer_is_computed(settings: Settings) -> None:
    app = create_app(replace(settings, cache=0))
    calls = counted(app, "plans.get_plan")
    for _ in range(2):
        app.test_client().get(URL)
    assert len(calls) == 2
