"""The history of a thing, and the feed of all changes."""

import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.app import create_app
from api.settings import Settings
from api.views import changes as feed
from db import connection
from db.connection import transaction
from db.log import changes, history
from schema.answers.change import RECORDS
from tests.api.contract import ContractClient
from tests.second_plan import SECTION

INDICATOR = "hunnan-2021.2.2.01"
MILESTONE = "hunnan-2021.2.2.m01"


def amend(writer: sqlite3.Connection, value: float, actor: str = "planning office") -> None:
    with transaction(writer, actor):
        writer.execute(
            "UPDATE indicator SET target_value = ?, version = version + 1, updated_at = ? WHERE id = ?",
            (value, connection.changed_at(), INDICATOR),
        )


def remove(writer: sqlite3.Connection) -> None:
    with transaction(writer, "planning office"):
        writer.execute("DELETE FROM milestone WHERE id = ?", (MILESTONE,))


def test_both_rooms_agree_on_what_is_stored() -> None:
    assert {name: list(resource.record) for name, resource in history.RESOURCES.items()}.keys() == {*RECORDS}
    for name, resource in history.RESOURCES.items():
        assert set(resource.record) == set(RECORDS[name]._declared_fields), name


def test_history_says_who_changed_what_and_when_newest_first(
    client: ContractClient, writer: sqlite3.Connection
) -> None:
    for value in (80, 2.94):
        amend(writer, value)
    entries = client.get(f"/v1/indicators/{INDICATOR}/history").get_json()["data"]
    assert [(each["operation"], each["version"], each["previous_version"]) for each in entries] == [
        ("update", 3, 2), ("update", 2, 1), ("create", 1, None),
    ]  # fmt: skip
    values = [[each[side] and each[side]["target"]["value"] for side in ("before", "after")] for each in entries]
    assert values == [[80, 2.94], [78, 80], [None, 78]]
    assert entries[0]["actor"] == "planning office"
    assert entries[0]["at"] == entries[0]["after"]["updated_at"]
    assert entries[1]["after"] == entries[0]["before"]
    shown = client.get(f"/v1/indicators/{INDICATOR}").get_json()
    assert entries[0]["after"] == {name: shown[name] for name in entries[0]["after"]}


def test_what_has_been_deleted_keeps_its_history(client: ContractClient, writer: sqlite3.Connection) -> None:
    remove(writer)
    url = f"/v1/milestones/{MILESTONE}/history"
    assert client.get(f"/v1/milestones/{MILESTONE}").status_code == 404
    last, first = client.get(url).get_json()["data"]
    assert (last["operation"], last["version"], last["after"]) == ("delete", 2, None)
    assert last["before"] == first["after"]
    assert len(client.get(f"{url}.ndjson").get_data().splitlines()) == 2


def test_history_filters_pages_and_exports_like_every_collection(
    client: ContractClient, writer: sqlite3.Connection
) -> None:
    for value in (80, 81, 82):
        amend(writer, value, "office" if value == 81 else "other")
    url = f"/v1/indicators/{INDICATOR}/history"
    page = client.get(f"{url}?limit=3&count=true&fields=seq").get_json()
    assert page["total"] == 4
    rest = client.get(page["next"]).get_json()
    seqs = [each["seq"] for each in page["data"] + rest["data"]]
    assert seqs == sorted(seqs, reverse=True)
    assert len(client.get(f"{url}?actor=office&operation=update").get_json()["data"]) == 1
    at = client.get(f"{url}?sort=seq").get_json()["data"][2]["at"]
    assert len(client.get(f"{url}?at_from={at}").get_json()["data"]) == 2
    assert len(client.get(f"{url}?at_to={at}").get_json()["data"]) == 3
    assert client.get(f"{url}.csv?fields=operation,version&limit=1").status_code == 400
    assert client.get(f"{url}.csv?fields=operation,version").get_data().splitlines()[1] == b"update,4"


@pytest.mark.usefixtures("second")
def test_an_observation_has_one_change_for_ever(client: ContractClient) -> None:
    (entry,) = client.get(f"/v1/observations/{SECTION}.02.o2/history").get_json()["data"]
    assert (entry["operation"], entry["version"], entry["after"]["value"]) == ("create", 1, 4)
    assert len(client.get(f"/v1/observations/{SECTION}.02.o2/history.csv").get_data().splitlines()) > 1


@pytest.mark.parametrize("name", history.RESOURCES)
def test_what_never_was_has_no_history(client: ContractClient, name: str) -> None:
    for url in (f"/v1/{name}s/none/history", f"/v1/{name}s/none/history.csv"):
        answer = client.get(url)
        assert answer.status_code == 404
        assert answer.get_json()["errors"][0]["parameter"] == f"{name}_id"


def test_changes_come_in_the_order_of_commits_with_what_became_of_things(
    client: ContractClient, writer: sqlite3.Connection
) -> None:
    start = client.get("/v1/plans.ndjson").headers["Change-Cursor"]
    amend(writer, 80)
    remove(writer)
    amend(writer, 81)
    page = client.get(f"/v1/changes?since={start}").get_json()
    assert [(each["resource"], each["operation"], each["version"]) for each in page["data"]] == [
        ("indicator", "update", 2), ("milestone", "delete", 2), ("indicator", "update", 3),
    ]  # fmt: skip
    assert [each["after"] and each["after"]["target"]["value"] for each in page["data"]] == [80, None, 81]
    assert not page["more"]
    assert page["cursor"] == client.get("/v1/indicators").headers["Change-Cursor"]


def test_next_can_always_be_followed(client: ContractClient, writer: sqlite3.Connection) -> None:
    page = client.get("/v1/changes?limit=100&resource=indicator,section").get_json()
    assert page["more"] is False
    page = client.get("/v1/changes?limit=10&resource=indicator,section").get_json()
    found = []
    while page["more"]:
        found += page["data"]
        page = client.get(page["next"]).get_json()
    found += page["data"]
    assert len(found) == 66 + 21
    empty = client.get(page["next"]).get_json()
    assert (empty["data"], empty["more"]) == ([], False)
    remove(writer)
    moved = client.get(empty["next"]).get_json()  # nothing of these resources, but the cursor goes on
    assert (moved["data"], moved["more"]) == ([], False)
    assert moved["cursor"] != empty["cursor"]
    amend(writer, 80)
    last = client.get(moved["next"])
    assert len(last.get_json()["data"]) == 1
    assert last.headers["Link"] == f'<{last.get_json()["next"]}>; rel="next"'


def test_changes_of_other_plans_are_left_out(client: ContractClient, second: None) -> None:
    page = client.get("/v1/changes?plan=testcity-2025&limit=1000").get_json()
    assert {each["plan_id"] for each in page["data"]} == {"testcity-2025"}
    assert {each["resource"] for each in page["data"]} == {*RECORDS}


def test_a_cursor_that_does_not_reach_is_gone_and_says_where_to_start_again(
    client: ContractClient, writer: sqlite3.Connection
) -> None:
    start = client.get("/v1/plans").headers["Change-Cursor"]
    amend(writer, 80)
    amend(writer, 81)
    second = client.get(f"/v1/changes?since={start}&limit=1").get_json()["cursor"]
    with transaction(writer, "operator"):
        changes.prune(writer, connection.now())
    for query in ("", f"?since={start}", f"?since={second}", "?since=00000000-100000"):
        answer = client.get(f"/v1/changes{query}")
        assert answer.status_code == 410, query
        (fault,) = answer.get_json()["errors"]
        assert fault["parameter"] == "since"
        assert "/v1/plans.ndjson" in fault["allowed"][0]
    again = client.get("/v1/plans.ndjson").headers["Change-Cursor"]
    assert client.get(f"/v1/changes?since={again}").get_json()["data"] == []


def test_a_replica_that_is_behind_its_caller_keeps_the_callers_cursor(settings: Settings) -> None:
    app = create_app(replace(settings, read_only=True))
    app.test_client_class = ContractClient
    client = app.test_client()
    lineage = client.get("/v1/plans").headers["Change-Cursor"].partition("-")[0]
    for more in ("", "&wait=1"):
        page = client.get(f"/v1/changes?since={lineage}-9999{more}").get_json()
        assert (page["data"], page["cursor"]) == ([], f"{lineage}-9999")


def test_a_writer_that_has_lost_what_its_caller_has_seen_says_so(client: ContractClient) -> None:
    lineage, _, end = client.get("/v1/plans").headers["Change-Cursor"].partition("-")
    assert client.get(f"/v1/changes?since={lineage}-{end}").status_code == 200
    for more in ("", "&wait=15", "&resource=plan"):
        answer = client.get(f"/v1/changes?since={lineage}-{int(end) + 1}{more}")
        assert answer.status_code == 410
        assert "/v1/plans.ndjson" in answer.get_json()["errors"][0]["allowed"][0]


def test_a_copy_that_parts_from_its_origin_takes_no_cursor_of_it(
    client: ContractClient, writer: sqlite3.Connection
) -> None:
    cursor = client.get("/v1/plans").headers["Change-Cursor"]
    with transaction(writer, "operator"):
        changes.part(writer)
    assert client.get(f"/v1/changes?since={cursor}").status_code == 410


def test_who_waits_is_told_at_once_when_something_happens(app: Flask, client: ContractClient, store: Path) -> None:
    url = client.get("/v1/changes?limit=1000").get_json()["next"]

    def later() -> None:
        time.sleep(0.3)
        writer = connection.open_writer(store)
        amend(writer, 80)
        writer.close()

    thread = threading.Thread(target=later)
    thread.start()
    started = time.monotonic()
    page = client.get(f"{url}&wait=10").get_json()
    assert 0.2 < time.monotonic() - started < 5
    assert len(page["data"]) == 1
    thread.join()


def test_who_waits_in_vain_gets_an_empty_page_with_a_cursor(client: ContractClient) -> None:
    url = client.get("/v1/changes?limit=1000").get_json()["next"]
    started = time.monotonic()
    page = client.get(f"{url}&wait=1").get_json()
    assert 0.9 < time.monotonic() - started < 3
    assert page["data"] == []


def test_only_so_many_wait_and_the_rest_are_answered_at_once(settings: Settings) -> None:
    app = create_app(replace(settings, waiters=1))
    client = app.test_client()
    url = client.get("/v1/changes?limit=1000").get_json()["next"] + "&wait=15"
    waiters: Any = app.extensions[feed.WAITERS]
    assert waiters.acquire(blocking=False)
    started = time.monotonic()
    assert client.get(url).get_json()["data"] == []
    assert time.monotonic() - started < 1
    waiters.release()
