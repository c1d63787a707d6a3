"""Rate limits: off unless set; per key and per address; shared by all workers; holding for finished answers too."""

import json
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter
from werkzeug.test import TestResponse

from api.app import create_app
from api.front.rate import network
from api.settings import Quota, Settings, SettingsError, read
from db.clients import rates
from db.clients.rates import Counters
from tests.api.contract import ContractClient
from tests.api.editor import INDICATOR, faults
from tests.api.test_http import each
from tests.api.test_server import start

Grant = Callable[..., dict[str, str]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Stop the clock of the limits; what is added to its only item has gone by."""
    now = [1_800_000_000.0]
    for module in ("db.clients.rates", "api.front.rate", "limits.strategies"):
        monkeypatch.setattr(f"{module}.time.time", lambda: now[0])
    return now


def limited(settings: Settings, address: int = 0, key: int = 0, **more: Any) -> ContractClient:
    """Make a service that allows so many requests in a minute."""
    quotas = [Quota(name, most, 60) for name, most in (("address", address), ("key", key)) if most]
    app = create_app(replace(settings, quotas=tuple(quotas), **more))
    app.test_client_class = ContractClient
    return app.test_client()  # type: ignore[return-value]


def shown(answer: TestResponse) -> tuple[str | None, str | None]:
    return answer.headers.get("RateLimit-Policy"), answer.headers.get("RateLimit")


def test_without_a_setting_nothing_is_counted(client: ContractClient, store: Path) -> None:
    answer = client.get("/v1")
    assert answer.get_json()["limits"]["rate"] is None
    assert shown(answer) == (None, None)
    assert not store.with_name("plans.db-rates").exists()


def test_every_answer_says_how_much_is_left(settings: Settings, clock: list[float]) -> None:
    client = limited(settings, address=3)
    left = []
    for url in ("/v1/plans", "/v1/plans", "/v1/none"):
        policy, rate = shown(client.get(url))
        assert policy == '"address";q=3;w=60'
        left.append(rate)
        clock[0] += 10
    assert left == ['"address";r=2;t=60', '"address";r=1;t=50', '"address";r=0;t=40']


def test_more_is_refused_until_the_time_is_over(settings: Settings, clock: list[float]) -> None:
    client = limited(settings, address=2)
    clock[0] += 0.5
    for _ in range(2):
        assert client.get("/v1/plans").status_code == 200
    clock[0] += 19.8
    answer = client.get("/v1/plans", headers={"Origin": "https://a.example"})
    assert faults(answer, 429) == {"address": "Has made too many requests. The quota is full again in 41 s."}
    assert answer.get_json()["errors"][0]["allowed"] == ["2 requests in 60 s"]
    assert answer.headers["Retry-After"] == "41"
    assert shown(answer) == ('"address";q=2;w=60', '"address";r=0;t=41')
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
    clock[0] += 40.3
    assert client.get("/v1/plans").status_code == 200


def test_the_type_of_the_refusal_explains_itself(settings: Settings) -> None:
    client = limited(settings, address=1)
    client.get("/v1")
    kind = client.get("/v1").get_json()["type"]
    assert create_app(settings).test_client().get(kind).get_json()["status"] == 429


def test_every_route_refuses_what_is_too_much(app: Flask, settings: Settings) -> None:
    client = limited(settings, address=1)
    client.get("/v1")
    free = {"/healthz", "/readyz"}
    for url in each(app):
        assert client.options(url).status_code == 200
        for method in ("GET", "HEAD"):
            assert (client.open(url, method=method).status_code == 429) is (url not in free), (method, url)
    assert client.post("/v1/plans", json={}).status_code == 429
    assert client.get("/metrics").status_code == 200


def test_a_finished_answer_counts_like_any_other(settings: Settings) -> None:
    client = limited(settings, address=3)
    first = client.get("/v1/plans")
    again = client.get("/v1/plans", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert shown(again)[1].startswith('"address";r=1;')  # type: ignore[union-attr]
    assert client.head("/v1/plans").status_code == 200
    assert client.get("/v1/plans").status_code == 429
    assert limited(settings, address=3, cache=0).get("/v1/plans").status_code == 429


def test_a_key_has_a_limit_of_its_own(settings: Settings, grant: Grant) -> None:
    client = limited(settings, address=1, key=2)
    one, other = grant("edit"), grant("read")
    assert client.get("/v1/plans").status_code == 200
    assert client.get("/v1/plans").status_code == 429
    for key in (one, other):
        assert [client.get("/v1/plans", headers=key).status_code for _ in range(3)] == [200, 200, 429]
    answer = client.patch(f"/v1/indicators/{INDICATOR}", json={}, headers=one | {"If-Match": "*"})
    assert faults(answer, 429).keys() == {"key"}
    assert shown(answer)[0] == '"key";q=2;w=60'


def test_who_has_a_key_is_not_limited_where_only_addresses_are(settings: Settings, grant: Grant) -> None:
    client, key = limited(settings, address=1), grant("read")
    assert [client.get("/v1/plans", headers=key).status_code for _ in range(3)] == [200] * 3
    assert shown(client.get("/v1/plans", headers=key)) == (None, None)


@pytest.mark.parametrize("token", ["Bearer plan_0123_x", "Bearer ", "bearer x", "Basic eDp5"])
def test_a_failed_attempt_counts_against_the_address(settings: Settings, token: str) -> None:
    client = limited(settings, address=2, key=1)
    given = {"Authorization": token}
    seen = [client.post("/v1/plans", json={}, headers=given).status_code for _ in range(3)]
    assert seen == [401, 401, 429]
    assert client.get("/v1/plans").status_code == 429


def test_a_revoked_key_counts_against_the_address(settings: Settings, grant: Grant) -> None:
    client, late = limited(settings, address=1, key=9), grant("edit", expires="2020-01-01")
    assert [client.post("/v1/plans", json={}, headers=late).status_code for _ in range(2)] == [401, 429]


def test_a_replica_knows_keys_without_keeping_a_connection(settings: Settings, grant: Grant, store: Path) -> None:
    key = grant("read")
    client = limited(settings, key=1, read_only=True)
    assert [client.get("/v1/plans", headers=key).status_code for _ in range(2)] == [200, 429]


def test_each_address_has_a_limit_of_its_own(settings: Settings) -> None:
    client = limited(settings, address=1)
    for address in ("192.0.2.1", "192.0.2.2", "2001:db8::1"):
        seen = [client.get("/v1", environ_overrides={"REMOTE_ADDR": address}).status_code for _ in range(2)]
        assert seen == [200, 429]


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
        ("192.0.2.1:40001", "192.0.2.1"),
        ("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::"),
        ("[2001:db8:1:2:3:4:5:6]", "2001:db8:1:2::"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("", None),
        ("not an address", None),
        ("192.0.2.1:", None),
        ("192.0.2.256:80", None),
        ("[x]:80", None),
        ("x" * 500, None),
    ],
)
def test_an_ipv6_site_is_one_caller(address: str, caller: str | None) -> None:
    assert network(address) == caller


@pytest.mark.parametrize(
    ("proxies", "forwarded", "same"),
    [
        (0, ["192.0.2.1", "192.0.2.2"], True),  # anyone may send the header
        (1, ["192.0.2.1", "192.0.2.2"], False),
        (1, ["192.0.2.1, 192.0.2.9", "192.0.2.2, 192.0.2.9"], True),  # what stands before the proxy's is made up
        (2, ["192.0.2.1, 198.51.100.1", "192.0.2.2, 198.51.100.1"], False),
        (2, ["192.0.2.1", "192.0.2.2"], True),  # fewer than there are proxies: the peer's own
        (1, ["192.0.2.1:40001", "192.0.2.1:40002"], True),  # as Azure and IIS write it
        (1, ["192.0.2.1:40001", "192.0.2.2:40001"], False),
        (1, ["[2001:db8::1]:40001", "[2001:db8::2]:40002"], True),
        (1, ["unknown", "_hidden"], True),  # no addresses: they count for the proxy
        (1, ["unknown", "192.0.2.1"], False),
    ],
)
def test_a_forwarded_address_counts_as_far_as_proxies_are_trusted(
    settings: Settings, proxies: int, forwarded: list[str], same: bool
) -> None:
    client = limited(settings, address=1, proxies=proxies)
    seen = [client.get("/v1", headers={"X-Forwarded-For": value}).status_code for value in forwarded]
    assert seen == [200, 429 if same else 200]


@pytest.mark.parametrize("peer", ["", "unix:", "x" * 500])
def test_a_peer_without_an_address_is_one_caller(settings: Settings, peer: str) -> None:
    client = limited(settings, address=1, proxies=1)
    seen = [client.get("/v1", environ_overrides={"REMOTE_ADDR": peer}).status_code for _ in range(2)]
    assert seen == [200, 429]


def test_a_count_that_fails_lets_the_request_pass(
    settings: Settings, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = limited(settings, address=1)
    client.get("/healthz")
    with sqlite3.connect(store.with_name("plans.db-rates")) as raw:
        raw.execute("DROP TABLE hit")
    assert [client.get("/v1").status_code for _ in range(3)] == [200] * 3
    assert "no such table" in caplog.text


def test_a_store_that_cannot_say_whose_a_key_is_leaves_the_address(settings: Settings, store: Path) -> None:
    client = limited(settings, address=1, key=5)
    with sqlite3.connect(store) as raw:
        raw.execute("DROP TABLE api_key")
    assert [client.get("/v1", headers={"Authorization": "Bearer plan_x_y"}).status_code for _ in range(2)] == [503, 429]


def test_the_limits_are_read_and_shown(settings: Settings) -> None:
    found = read({"PLAN_RATE_ADDRESS": "600/60", "PLAN_RATE_KEY": "36000/3600", "PLAN_TRUSTED_PROXIES": "2"})
    assert (found.quotas, found.proxies) == ((Quota("address", 600, 60), Quota("key", 36000, 3600)), 2)
    rate = limited(settings, address=5, key=7).get("/v1").get_json()["limits"]["rate"]
    assert rate == '"address";q=5;w=60, "key";q=7;w=60'


@pytest.mark.parametrize("rate", ["600", "0/60", "600/0", "600/60s", "600 per minute", "-1/60", "60/1000000"])
def test_a_limit_that_cannot_be_used_is_named(rate: str) -> None:
    with pytest.raises(SettingsError, match="PLAN_RATE_KEY must be requests/seconds"):
        read({"PLAN_RATE_KEY": rate})


@pytest.fixture
def counters(tmp_path: Path) -> Counters:
    return Counters(tmp_path / "rates")


def test_the_counters_keep_what_the_library_asks(counters: Counters, clock: list[float]) -> None:
    limiter, item = FixedWindowRateLimiter(counters), RateLimitItemPerSecond(2, 60)
    assert counters.check()
    assert [limiter.hit(item, "a") for _ in range(3)] == [True, True, False]
    assert limiter.test(item, "b")
    assert limiter.get_window_stats(item, "a") == (clock[0] + 60, 0)
    assert limiter.get_window_stats(item, "b") == (clock[0], 2)
    limiter.clear(item, "a")
    assert limiter.hit(item, "a")
    assert counters.reset() == 1
    assert limiter.hit(item, "a", cost=2)


def test_windows_that_are_over_are_forgotten(
    counters: Counters, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "SWEEP_EVERY", 10)
    counters.sweep_in = 10
    for number in range(9):
        counters.incr(f"{number}", 60)
    clock[0] += 61
    for number in range(9, 13):
        counters.incr(f"{number}", 60)
    assert counters.reset() == 4


def test_the_file_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "PAGES_MOST", 10)
    counters = Counters(tmp_path / "rates")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        _count(counters, 10_000)
    assert counters.incr("caller 0", 60) == 2  # who is counted already is counted on


def _count(counters: Counters, callers: int) -> None:
    for number in range(callers):
        counters.incr(f"caller {number}", 60)


@pytest.fixture
def two_workers(store: Path) -> Iterator[str]:
    process, url = start(store, workers=2, PLAN_RATE_ADDRESS="40/3600", PLAN_LOG="0")
    yield url
    process.terminate()
    process.wait(timeout=30)


def test_two_workers_share_one_budget(two_workers: str) -> None:
    left, refused = [], []
    for _ in range(60):
        try:
            with urllib.request.urlopen(f"{two_workers}/v1/plans") as answer:
                left.append(answer.headers["RateLimit"].partition(";t=")[0])
        except urllib.error.HTTPError as error:
            with error:
                refused.append((error.code, json.load(error)["status"]))
    assert refused == [(429, 429)] * 20
    assert left == [f'"address";r={number}' for number in reversed(range(40))]
