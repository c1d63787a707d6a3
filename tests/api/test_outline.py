"""The outline and the summary: counts that add up."""

from typing import Any

import pytest

from tests.api.contract import ContractClient
from tests.second_plan import PLAN

pytestmark = pytest.mark.usefixtures("second")


def test_the_outline_nests_every_section(client: ContractClient) -> None:
    outline = client.get("/v1/plans/hunnan-2021/outline").get_json()
    assert [len(top["sections"]) for top in outline["sections"]] == [3, 3, 4, 2, 4]
    numbers = [node["number"] for top in outline["sections"] for node in (top, *top["sections"])]
    assert numbers == [item["number"] for item in client.get("/v1/sections?plan=hunnan-2021").get_json()["data"]]
    assert outline["plan"] == client.get("/v1/plans/hunnan-2021").get_json()


def test_counts_and_tallies_add_up_the_tree(client: ContractClient) -> None:
    outline = client.get("/v1/plans/hunnan-2021/outline?status_at=2021-06-30").get_json()
    total = {"indicators": 66, "milestones": 44}
    for part, number in total.items():
        assert sum(top["counts"][part] for top in outline["sections"]) == number
    assert outline["statuses"]["no_data"] == 110
    for top in outline["sections"]:
        assert top["counts"] == client.get(f"/v1/sections/{top['id']}").get_json()["counts"]
        assert sum(top["statuses"].values()) == top["counts"]["indicators"] + top["counts"]["milestones"]


def test_one_call_draws_a_page(client: ContractClient) -> None:
    url = f"/v1/plans/{PLAN}/outline?include=indicators,milestones&status_at=2025-07-01"
    top = client.get(url).get_json()["sections"][0]
    alone = client.get(f"/v1/indicators?plan={PLAN}&status_at=2025-07-01").get_json()["data"]
    assert top["indicators"] == alone
    assert top["milestones"] == []
    assert [item["code"] for item in top["sections"][0]["milestones"]] == ["1.m01"]


def test_a_plan_without_sections_has_an_empty_outline(client: ContractClient) -> None:
    assert client.get("/v1/plans/hunnan-2021/outline").get_json()["as_of"] >= "2026-01-01"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("kind", {"level": 4, "growth_rate": 1, "increment": 1}),
        ("comparator", {"approx": 1, "ge": 1, "between": 1, "le": 1, "relative": 1, "lt": 1}),
        ("department", {None: 5, "市人社局": 1}),
        ("deadline", {f"{PLAN}.due-2025-12-31": 5, f"{PLAN}.due-2025-06-30": 1}),
        ("due_on", {"2025-12-31": 5, "2025-06-30": 1}),
        ("status", {"no_data": 2, "on_track": 2, "unrated": 1, "overdue": 1}),
        ("plan", {PLAN: 6}),
        ("area", {"330100": 6}),
        ("level", {"city": 6}),
        ("section", {f"{PLAN}.1": 6}),
        ("unit", {"%": 1, "万人": 1, "亿元": 1, "微克/立方米": 1, "项": 1, None: 1}),
        ("base_unit", {"%": 1, "人": 1, "元": 1, "微克/立方米": 1, "项": 1, None: 1}),
        ("direction", {"increase": 4, "decrease": 2}),
        ("nature", {None: 5, "binding": 1}),
        ("commitment", {None: 5, "assured": 1}),
    ],
)
def test_a_summary_counts_by_group(client: ContractClient, by: str, expected: dict[str | None, int]) -> None:
    summary = client.get(f"/v1/indicators/summary?plan={PLAN}&by={by}&status_at=2025-07-01").get_json()
    assert {group["key"]: group["count"] for group in summary["data"]} == expected
    assert summary["total"] == 6
    assert summary["groups"] == len(expected)
    counts = [group["count"] for group in summary["data"]]
    assert counts == sorted(counts, reverse=True)
    for group in summary["data"]:
        assert sum(group["statuses"].values()) == group["count"]


def test_a_summary_takes_the_filters_of_the_list(client: ContractClient) -> None:
    summary = client.get("/v1/indicators/summary?plan=hunnan-2021&section=hunnan-2021.2&q=技术&by=unit").get_json()
    listed = client.get("/v1/indicators?plan=hunnan-2021&section=hunnan-2021.2&q=技术&count=true").get_json()
    assert summary["total"] == listed["total"] > 0


def test_a_summary_says_how_many_groups_it_left_out(client: ContractClient) -> None:
    summary: dict[str, Any] = client.get("/v1/indicators/summary?by=section&limit=1").get_json()
    assert len(summary["data"]) == 1
    assert summary["groups"] == 16
    assert summary["total"] == 72


def test_a_summary_of_nothing_is_empty(client: ContractClient) -> None:
    summary = client.get("/v1/indicators/summary?by=kind&plan=none").get_json()
    assert (summary["data"], summary["groups"], summary["total"]) == ([], 0, 0)
