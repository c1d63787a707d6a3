"""The service document, health, vocabularies, problems."""

import json
import sqlite3
from pathlib import Path

import pytest
import yaml
from flask import Flask
from werkzeug.exceptions import BadRequest

from api.reply.problems import PROBLEMS
from api.version import VERSION
from db import connection
from schema.vocabulary import VOCABULARIES
from tests.api.contract import ContractClient


def test_every_link_of_the_service_document_leads_somewhere(client: ContractClient) -> None:
    links = client.get("/v1").get_json()["links"]
    for name, url in links.items():
        query = "?by=kind" if name == "summary" else "?q=a" if name == "search" else ""
        assert client.get(url + query).status_code == 200, name


def test_the_edition_follows_every_change(client: ContractClient, store: Path) -> None:
    before = client.get("/v1").get_json()
    writer = connection.open_writer(store)
    with connection.transaction(writer, "test"):
        writer.execute("UPDATE milestone SET state = 'in_progress', version = version + 1 WHERE code = '2.2.m01'")
    writer.close()
    after = client.get("/v1").get_json()
    assert after["edition"] == before["edition"] + 1
    assert after["updated_at"] > before["updated_at"]
    assert client.get("/readyz").get_json()["edition"] == after["edition"]


def test_the_limits_are_the_ones_in_force(client: ContractClient) -> None:
    limits = client.get("/v1").get_json()["limits"]
    assert client.get(f"/v1/indicators?limit={limits['page_most']}").status_code == 200
    assert client.get(f"/v1/indicators?limit={limits['page_most'] + 1}").status_code == 400
    assert len(client.get("/v1/indicators").get_json()["data"]) == limits["page_default"]


def test_the_catalogue_points_to_the_contract_and_its_documentation(client: ContractClient) -> None:
    answer = client.get("/.well-known/api-catalog")
    assert answer.mimetype == "application/linkset+json"
    (entry,) = json.loads(answer.get_data())["linkset"]
    assert entry["anchor"] == "http://localhost/v1"
    for relation in ("service-desc", "service-doc", "status"):
        for target in entry[relation]:
            found = client.get(target["href"])
            assert found.status_code == 200
            assert found.mimetype == target["type"]


def test_a_store_without_its_migrations_is_not_ready(client: ContractClient, store: Path) -> None:
    with sqlite3.connect(store) as raw:
        raw.execute("DELETE FROM _sqlite_migrations")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert client.get("/healthz").get_json() == {"status": "ok"}


def test_a_store_that_breaks_while_serving_is_a_problem_not_a_traceback(client: ContractClient, store: Path) -> None:
    with sqlite3.connect(store) as raw:
        raw.execute("DROP TABLE deadline")
    answer = client.get("/v1/deadlines")
    assert answer.status_code == 503
    assert "deadline" not in answer.get_json()["detail"]


def test_a_fault_of_our_own_is_a_problem_that_tells_nothing_of_the_inside(app: Flask, client: ContractClient) -> None:
    app.view_functions["plans.list_plans"] = lambda: 1 / 0
    answer = client.get("/v1/plans", headers={"X-Request-Id": "find-me"})
    assert answer.status_code == 500
    assert "division" not in answer.get_data(as_text=True)
    assert answer.get_json()["instance"] == "urn:request:find-me"


def test_what_werkzeug_refuses_by_itself_is_a_problem_too(app: Flask, client: ContractClient) -> None:
    def refuse() -> None:
        raise BadRequest("The header is odd.")

    app.view_functions["plans.list_plans"] = refuse
    answer = client.get("/v1/plans")
    assert (answer.status_code, answer.get_json()["detail"]) == (400, "The header is odd.")


def test_the_type_of_every_problem_explains_itself(client: ContractClient) -> None:
    names = [entry["name"] for entry in client.get("/v1/problems").get_json()["data"]]
    assert names == list(PROBLEMS)
    for name, kind in PROBLEMS.items():
        assert client.get(f"/v1/problems/{name}").get_json() == {"name": name, **kind._asdict()}
    assert client.get(client.get("/v1/nothing").get_json()["type"]).status_code == 200


def test_every_vocabulary_is_served_whole(client: ContractClient) -> None:
    listed = client.get("/v1/vocabularies").get_json()["data"]
    assert [entry["name"] for entry in listed] == list(VOCABULARIES)
    for entry in listed:
        served = client.get(entry["url"]).get_json()
        assert [term["code"] for term in served["data"]] == [term.code for term in VOCABULARIES[entry["name"]]]
        assert len(served["data"]) == entry["terms"]


def test_every_answer_tells_the_version_of_the_contract(client: ContractClient) -> None:
    assert client.get("/v1/none").headers["API-Version"] == VERSION
    assert client.get("/v1").get_json()["version"] == VERSION


@pytest.mark.parametrize("url", ["/openapi.json", "/openapi.yaml"])
def test_the_contract_served_is_the_contract_committed(client: ContractClient, url: str) -> None:
    committed = (Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8")
    served = client.get(url).get_data(as_text=True)
    assert yaml.load(served, yaml.CSafeLoader) == yaml.load(committed, yaml.CSafeLoader)
