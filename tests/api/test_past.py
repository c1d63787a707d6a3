"""as_of: every answer of the past is what was answered then."""

import sqlite3
from random import Random
from typing import Any

import pytest
from flask import Flask

from db import connection
from db.edit import load
from db.log import changes, past
from schema.rules import plan_file
from tests.api.contract import ContractClient
from tests.api.test_http import rules, url_of
from tests.edits import edit

URLS = (
    "/v1/plans/hunnan-2021",
    "/v1/plans/hunnan-2021/outline?status_at=2021-07-01&include=indicators,milestones",
    "/v1/sections?limit=1000",
    "/v1/indicators?limit=1000&status_at=2021-07-01&include=section,deadline,observations&count=true",
    "/v1/indicators?sort=-value&status_at=2021-07-01&limit=7&fields=id,target",
    "/v1/indicators?q=技术&status_at=2021-07-01&fields=id,name",
    "/v1/indicators?unit=亿元,家&status_at=2021-07-01&fields=id,target",
    "/v1/indicators?kind=increment&comparator=ge&nature=binding&status_at=2021-07-01&limit=1000",
    "/v1/indicators?department=市科技局&status_at=2021-07-01&limit=1000",
    "/v1/milestones?department=市科技局&status_at=2021-07-01&limit=1000",
    "/v1/indicators?status=overdue,missed,no_data,on_track&status_at=2021-07-01&limit=1000",
    "/v1/indicators/summary?by=unit&status_at=2021-07-01",
    "/v1/indicators/summary?by=department&status_at=2021-07-01",
    "/v1/indicators.csv?status_at=2021-07-01",
    "/v1/indicators/summary?by=section&status_at=2021-07-01",
    "/v1/milestones.ndjson?status_at=2021-07-01",
    "/v1/observations?limit=1000&superseded=true",
    "/v1/deadlines?status_at=2021-07-01",
    "/v1/search?q=知识产权&limit=1000",
    "/v1/milestones/hunnan-2021.2.2.m50/history?limit=1000&fields=seq,operation,before",
    "/v1/indicators/hunnan-2021.2.2.01?status_at=2021-07-01&include=plan,section,deadline,observations",
    "/v1/indicators?plan=hunnan-2021&status_at=2021-07-01&limit=1000&sort=-value&count=true",
    "/v1/indicators?section=hunnan-2021.2&status_at=2021-07-01&limit=1000",
    "/v1/indicators/summary?by=status&plan=hunnan-2021&status_at=2021-07-01",
    "/v1/observations.ndjson?plan=hunnan-2021",
    "/v1/sections.csv?fields=id,counts",
    "/v1/sections?depth=9",
    "/v1/sections.ndjson?sort=-title",
    "/v1/sections?q=发展&limit=5&count=true",
    "/v1/milestones?include=section&sort=name&status_at=2021-07-01",
    "/v1/plans/hunnan-2021/document",
    "/v1/search?q=知识产权&plan=hunnan-2021&limit=1000",
)


def seen(client: ContractClient, url: str, as_of: str = "") -> object:
    """Return what a URL answers, but for the links in it."""
    answer = client.get(f"{url}{'&' if '?' in url else '?'}as_of={as_of}" if as_of else url)
    if answer.status_code == 404:
        return None
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json() | {"next": None} if answer.is_json else answer.get_data(as_text=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_past_is_answered_as_it_was_then(client: ContractClient, writer: sqlite3.Connection, seed: int) -> None:
    random = Random(seed)
    then = {}
    for _ in range(12):
        for _ in range(5):
            edit(writer, random)
        then[connection.now()] = [seen(client, url) for url in URLS]
    for moment, answers in then.items():
        for url, answer in zip(URLS, answers, strict=True):
            assert seen(client, url, moment) == answer, (url, moment)
    assert len({str(answers) for answers in then.values()}) == len(then)


@pytest.mark.parametrize("most", [1, 2, 20])
@pytest.mark.parametrize("url", ["sections?limit=50", "sections?sort=-title", "indicators?include=section&sort=name"])
def test_what_is_counted_of_many_plans_is_read_from_copies_of_few(
    client: ContractClient, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch, url: str, most: int
) -> None:
    for number in range(3):
        plan = load.BUNDLED.read_text("utf-8").replace("hunnan-2021", f"p{number}")
        load.insert(writer, plan_file.parse(plan.encode()), "test")
    monkeypatch.setattr(past, "COPIED_MOST", most)
    now = followed(client, f"/v1/{url}")
    then = followed(client, f"/v1/{url}&as_of={connection.now()}")
    assert [row for page in now for row in page] == [row for page in then for row in page]
    of_plans = [[len({row["plan_id"] for row in page}) for page in pages] for pages in (now, then)]
    assert max(of_plans[1]) == min(most, max(of_plans[0]))


def followed(client: ContractClient, url: str) -> list[list[dict[str, Any]]]:
    """Return the pages of a list."""
    found = []
    while url:
        page = client.get(url).get_json()
        found.append(page["data"])
        url = (page["next"] or "").partition("localhost")[2]
    return found


def test_every_url_of_plans_answers_for_the_past(app: Flask, client: ContractClient) -> None:
    without = {"/v1/vocabularies", "/v1/vocabularies/<vocabulary_name>", "/v1/problems", "/v1/problems/<problem_name>"}
    paths = [rule for rule in rules(app) if rule.rule.startswith("/v1") and rule.rule not in without]
    for rule in paths:
        if rule.rule not in {"/v1/changes", "/v1/plans/<plan_id>/diff"}:
            assert client.get(url_of(app, rule, as_of=connection.now())).status_code == 200, rule
    assert len(paths) > 30


def test_what_is_settled_may_be_kept_for_good_and_the_rest_not(
    client: ContractClient, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(writer, Random(0))  # now: the plan was loaded when the session began
    written = changes.latest(writer)[1]
    url = f"/v1/plans/hunnan-2021?as_of={written}"
    assert client.get(url).headers["Cache-Control"] == "public, no-cache"  # a write of that moment may be under way
    edit(writer, Random(1))
    answer = client.get(url)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    again = client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (304, "public, max-age=31536000, immutable")
    monkeypatch.setattr(past, "SETTLED", -past.SETTLED)
    assert "immutable" in client.get(f"/v1/plans/hunnan-2021?as_of={connection.now()}").headers["Cache-Control"]


def test_before_the_first_change_there_was_nothing(client: ContractClient) -> None:
    assert client.get("/v1/plans?as_of=2000-01-01T00:00:00Z").get_json()["data"] == []
    assert client.get("/v1/plans/hunnan-2021?as_of=2000-01-01T00:00:00Z").status_code == 404
    assert client.get("/v1?as_of=2000-01-01T00:00:00%2B08:00").get_json()["edition"] == 0


def test_statuses_of_the_past_are_those_of_its_day_where_the_service_is(client: ContractClient) -> None:
    for moment, day in (
        ("2021-06-30T17", "2021-07-01"),
        ("0629-06-30T17", "0629-06-30"),
        ("0001-01-01T00", "0001-01-01"),
    ):
        assert client.get(f"/v1?as_of={moment}:00:00Z").get_json()["today"] == day


@pytest.mark.parametrize("moment", ["2999-01-01T00:00:00Z", "9999-12-31T16:00:00Z"])
@pytest.mark.parametrize("url", ["/v1/plans", "/v1/plans.csv", "/v1/plans/hunnan-2021", "/v1"])
def test_the_future_is_refused(client: ContractClient, url: str, moment: str) -> None:
    answer = client.get(f"{url}?as_of={moment}")
    assert answer.status_code == 400
    (fault,) = answer.get_json()["errors"]
    assert (fault["parameter"], fault["detail"]) == ("as_of", "Must not be in the future.")
    assert fault["allowed"][0].startswith("up to 20")


def test_a_cursor_belongs_to_its_moment(client: ContractClient, writer: sqlite3.Connection) -> None:
    moment = changes.latest(writer)[1]
    url = client.get(f"/v1/indicators?limit=2&as_of={moment}").get_json()["next"]
    assert f"as_of={moment}" in url
    assert client.get(url).status_code == 200
    assert client.get(url.replace(str(moment)[:4], "2001", 1)).status_code == 400


def test_a_frequent_word_is_found_in_the_past_in_the_order_of_the_present(
    client: ContractClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("db.text.matching.RANKED", 1)
    now = client.get("/v1/search?q=企业").get_json()["data"]
    assert client.get(f"/v1/search?q=企业&as_of={connection.now()}").get_json()["data"] == now


def test_what_has_been_pruned_is_gone_and_says_from_when_on_it_is_known(
    client: ContractClient, writer: sqlite3.Connection
) -> None:
    loaded = changes.latest(writer)[1]
    edit(writer, Random(1))
    kept = connection.now()
    now = client.get("/v1/indicators?status_at=2021-07-01").get_json()["data"]
    with connection.transaction(writer, "operator"):
        assert changes.prune(writer, kept) > 100
        assert changes.prune(writer, kept) == 0
    answer = client.get(f"/v1/indicators?as_of={loaded}")
    assert answer.status_code == 410
    assert "or later" in answer.get_json()["errors"][0]["allowed"][0]
    for url in ("/v1/indicators.csv", "/v1/plans/hunnan-2021", "/v1"):
        assert client.get(f"{url}?as_of={loaded}").status_code == 410
    first = answer.get_json()["errors"][0]["allowed"][0].removesuffix(" or later")
    for moment in (first, kept):
        assert client.get(f"/v1/indicators?status_at=2021-07-01&as_of={moment}").get_json()["data"] == now
