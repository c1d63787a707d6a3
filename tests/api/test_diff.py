"""What became of a plan between two moments."""

import sqlite3

from db import connection
from db.connection import transaction
from tests.api.contract import ContractClient

INDICATOR = "hunnan-2021.2.2.01"
URL = "/v1/plans/hunnan-2021/diff"


def amend(writer: sqlite3.Connection, value: float) -> None:
    with transaction(writer, "office"):
        writer.execute(
            "UPDATE indicator SET target_value = ?, target_normalized_value = ? * 100000000, target_text = ?,"
            " version = version + 1 WHERE id = ?", (value, value, f"≥ {value} 亿元", INDICATOR)
        )  # fmt: skip


def test_a_diff_says_what_came_what_went_and_which_way_targets_moved(
    client: ContractClient, writer: sqlite3.Connection
) -> None:
    first = connection.now()
    amend(writer, 80)
    with transaction(writer, "office"):
        writer.execute("DELETE FROM milestone WHERE id = 'hunnan-2021.2.2.m01'")
    second = connection.now()
    amend(writer, 70)
    found = client.get(f"{URL}?from={first}&to={second}").get_json()
    assert found["effects"] == {"tightened": 1, "relaxed": 0, "unclear": 0, "unchanged": 0}
    (change,) = found["indicators"]["changed"]
    assert (change["id"], change["effect"]) == (INDICATOR, "tightened")
    assert {"field": "target.value", "from": 78, "to": 80} in change["changes"]
    assert [thing["id"] for thing in found["milestones"]["dropped"]] == ["hunnan-2021.2.2.m01"]
    back = client.get(f"{URL}?from={second}").get_json()
    assert back["indicators"]["changed"][0]["effect"] == "relaxed"
    assert back["to"] is None
    nothing = client.get(f"{URL}?from={first}&to={first}").get_json()
    assert [nothing[part]["changed"] for part in ("plan", "indicators", "milestones")] == [[], [], []]


def test_a_plan_that_was_not_there_is_added_as_a_whole(client: ContractClient) -> None:
    found = client.get(f"{URL}?from=2000-01-01T00:00:00Z").get_json()
    assert [thing["id"] for thing in found["plan"]["added"]] == ["hunnan-2021"]
    assert len(found["indicators"]["added"]) == 66
    assert len(found["deadlines"]["added"]) == 1


def test_what_cannot_be_compared_is_refused(client: ContractClient) -> None:
    assert client.get("/v1/plans/none/diff?from=2000-01-01T00:00:00Z").status_code == 404
    for query in ("", "?from=2999-01-01T00:00:00Z", "?from=2020-01-01T00:00:00Z&to=2019-01-01T00:00:00Z"):
        answer = client.get(URL + query)
        assert answer.status_code == 400, query
        assert answer.get_json()["errors"][0]["parameter"] == "from"
    late = client.get(f"{URL}?from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z")
    assert late.status_code == 400


def test_a_diff_of_settled_moments_may_be_kept_for_good(client: ContractClient) -> None:
    past = client.get(f"{URL}?from=2020-01-01T00:00:00Z&to=2020-06-01T00:00:00Z")
    assert past.status_code == 404
    answer = client.get(f"{URL}?from=2020-01-01T00:00:00Z")
    assert answer.headers["Cache-Control"] == "public, no-cache"
