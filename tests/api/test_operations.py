"""What an operator relies on: measurements, the audit log, nodes that only read."""

import json
import os
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.front import log
from api.settings import Settings
from db import connection
from db.connection import transaction
from tests.api.contract import ContractClient
from tests.api.test_server import TOP, start
from tests.edits import edit


def samples(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_are_measured_by_route_and_status(client: ContractClient) -> None:
    route = {"method": "GET", "route": "/v1/indicators/<indicator_id>"}

    def count(status: str) -> float:
        found = samples(client.get("/metrics").get_data(as_text=True))
        return found.get(("plan_requests_total", frozenset((route | {"status": status}).items())), 0)

    before = count("200"), count("404")
    for key in ("hunnan-2021.2.2.01", "hunnan-2021.2.2.01", "none"):
        client.get(f"/v1/indicators/{key}")
    assert (count("200") - before[0], count("404") - before[1]) == (2, 1)
    found = samples(client.get("/metrics").get_data(as_text=True))
    assert found["plan_request_seconds_count", frozenset([("route", "/v1/indicators/<indicator_id>")])] >= 3


def test_what_callers_make_up_is_no_label(client: ContractClient) -> None:
    client.get("/made/up")
    client.open("/v1/plans", method="PROPFIND")
    text = client.get("/metrics").get_data(as_text=True)
    assert "made" not in text
    assert "PROPFIND" not in text
    assert 'method="other"' in text


def test_the_store_is_measured(client: ContractClient, store: Path, writer: sqlite3.Connection) -> None:
    def now() -> dict[str, float]:
        return {name: value for (name, _), value in samples(client.get("/metrics").get_data(as_text=True)).items()}

    before = now()
    edit(writer, Random(1))
    assert now()["plan_change_sequence"] > before["plan_change_sequence"] == 133
    assert before["plan_store_bytes"] > 100_000
    assert "plan_replica_age_seconds" not in before
    store.with_name("plans.db-txid").write_text("0000000000000001")
    assert 0 <= now()["plan_replica_age_seconds"] < 60


def test_measurements_add_up_over_all_workers(store: Path) -> None:
    process, url = start(store, workers=2)
    try:
        for _ in range(40):
            urllib.request.urlopen(f"{url}/v1/plans").close()
        with urllib.request.urlopen(f"{url}/metrics") as answer:
            found = samples(answer.read().decode())
    finally:
        process.terminate()
        process.wait(timeout=30)
    labels = {"method": "GET", "route": "/v1/plans", "status": "200"}
    assert found["plan_requests_total", frozenset(labels.items())] == 40


def test_every_write_is_a_line_of_the_audit_log(settings: Settings, tmp_path: Path, writer: sqlite3.Connection) -> None:
    path = tmp_path / "audit.log"
    create_app(replace(settings, audit=path))
    try:
        with transaction(writer, "planning office"):
            writer.execute("UPDATE milestone SET version = version + 1 WHERE code IN ('2.2.m01', '2.1.m01')")
        with transaction(writer, "nobody"):
            pass
        with pytest.raises(sqlite3.IntegrityError), transaction(writer, "clumsy"):
            writer.execute("UPDATE plan SET version = 0")
    finally:
        log.audit(None)
    edit(writer, Random(1))  # not logged any more
    (line,) = map(json.loads, path.read_text("utf-8").splitlines())
    assert (line["actor"], line["first"], line["last"]) == ("planning office", 134, 135)
    assert line["request_id"] is None
    assert line["at"].endswith("Z")
    assert {(each["operation"], each["resource"], each["version"]) for each in line["changes"]} == {
        ("update", "milestone", 2)
    }


def test_a_line_of_the_audit_log_names_the_request_and_the_key(
    settings: Settings, tmp_path: Path, grant: Callable[..., dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    path, key = tmp_path / "audit.log", grant("edit")
    client = create_app(replace(settings, audit=path, log=True)).test_client()
    headers = {**key, "If-Match": "*", "X-Request-Id": "r-17"}
    try:
        for name, more in (("一", ""), ("二", "?validate_only=true")):
            url = f"/v1/milestones/hunnan-2021.2.2.m01{more}"
            assert client.patch(url, json={"name": name}, headers=headers).status_code == 200
        date = {"plan_id": "hunnan-2021", "due_on": "2021-06-30", "precision": "month", "label": "6月底前"}
        assert client.post("/v1/deadlines", json=date, headers={**headers, "Idempotency-Key": "a"}).status_code == 201
    finally:
        log.audit(None)
    lines = list(map(json.loads, path.read_text("utf-8").splitlines()))
    assert [line["request_id"] for line in lines] == ["r-17"] * 2
    assert {line["actor"][:4] for line in lines} == {"key "}
    assert [json.loads(line)["request_id"] for line in capsys.readouterr().out.splitlines()] == ["r-17"] * 3


def test_a_node_that_only_reads_names_the_one_that_writes(settings: Settings) -> None:
    app = create_app(replace(settings, read_only=True, writer_url="https://writer.example"))
    app.add_url_rule("/v1/probe", view_func=dict, methods=["POST"])
    answer = app.test_client().post("/v1/probe")
    assert answer.status_code == 403
    assert answer.get_json()["detail"].endswith("Send changes to https://writer.example/v1/probe.")
    assert answer.headers["Link"] == '<https://writer.example/v1/probe>; rel="edit"'
    assert app.test_client().get("/v1/plans").status_code == 200
    assert app.test_client().post("/v1/none").status_code == 404
    silent = create_app(replace(settings, read_only=True))
    silent.add_url_rule("/v1/probe", view_func=dict, methods=["POST"])
    assert "Ask the operator" in silent.test_client().post("/v1/probe").get_json()["detail"]


def test_a_replica_shows_new_data_when_its_mark_moves(settings: Settings, store: Path) -> None:
    """Litestream waits until no connection is open, so none is kept between requests."""
    mark = store.with_name("plans.db-txid")
    mark.write_text("1")
    client = create_app(replace(settings, read_only=True)).test_client()
    assert client.get("/v1").get_json()["edition"] == 133
    assert client.get("/readyz").get_json()["edition"] == 133  # asks the store twice
    assert client.get(f"/v1?as_of={connection.now()}").get_json()["edition"] == 133
    writer = connection.open_writer(store)
    edit(writer, Random(1))
    writer.close()
    mark.unlink()
    mark.write_text("2")
    os.utime(mark, (1, 1))
    assert client.get("/v1").get_json()["edition"] > 133
    assert client.get(f"/v1?as_of={connection.now()}").get_json()["edition"] > 133
    assert client.get("/v1/nothing").status_code == 404


def test_the_program_needs_no_folder_for_measurements() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    script = "from api.front import metrics; print(metrics.REQUESTS._type)"
    run = subprocess.run([sys.executable, "-c", script], env=environment, cwd=TOP, check=True, capture_output=True)
    assert run.stdout == b"counter\n"


def test_what_other_workers_have_counted_is_read_from_their_files(
    client: ContractClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.get("/v1/plans")
    (tmp_path / "counted").mkdir()
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "counted"))
    text = client.get("/metrics").get_data(as_text=True)
    assert "plan_change_sequence" in text
    assert "plan_requests_total" not in text  # no worker has written into this folder
