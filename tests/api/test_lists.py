"""Collections: pages, filters, sort, sparse fields, includes, counts."""

from typing import Any

import pytest

from tests.api.contract import ContractClient
from tests.second_plan import PLAN, SECTION

COLLECTIONS = ("plans", "sections", "indicators", "milestones", "deadlines", "observations")

pytestmark = pytest.mark.usefixtures("second")


def ids(client: ContractClient, url: str) -> list[str]:
    """Follow next to the end."""
    found: list[str] = []
    while url:
        page = client.get(url).get_json()
        found += [item["id"] for item in page["data"]]
        url = page["next"]
    return found


@pytest.mark.parametrize("name", COLLECTIONS)
def test_following_next_gives_every_item_once(client: ContractClient, name: str) -> None:
    total = client.get(f"/v1/{name}?count=true&limit=1").get_json()["total"]
    found = ids(client, f"/v1/{name}?limit=2")
    assert len(found) == len(set(found)) == total > 0


def test_next_is_null_on_the_last_page_and_the_link_header_repeats_it(client: ContractClient) -> None:
    first = client.get("/v1/sections?plan=hunnan-2021&limit=20")
    assert first.headers["Link"] == f'<{first.get_json()["next"]}>; rel="next"'
    last = client.get(first.get_json()["next"])
    assert last.get_json()["next"] is None
    assert len(last.get_json()["data"]) == 1
    assert "Link" not in last.headers


def test_total_is_given_only_when_asked_for(client: ContractClient) -> None:
    assert "total" not in client.get("/v1/plans").get_json()
    assert client.get("/v1/plans?count=true").get_json()["total"] == 2


def test_without_sort_items_come_in_document_order(client: ContractClient) -> None:
    codes = [item["code"] for item in client.get("/v1/indicators?plan=hunnan-2021&limit=1000").get_json()["data"]]
    assert codes == sorted(codes)
    assert len(codes) == 66


def test_nulls_sort_before_every_value_and_pages_do_not_lose_them(client: ContractClient) -> None:
    ascending = ids(client, f"/v1/indicators?plan={PLAN}&sort=value&limit=1")
    assert ascending == [f"{SECTION}.{number:02}" for number in (5, 6, 3, 1, 2, 4)]
    descending = ids(client, f"/v1/indicators?plan={PLAN}&sort=-value&limit=1")
    assert descending == ascending[::-1]


def test_several_sort_keys_combine(client: ContractClient) -> None:
    found = ids(client, f"/v1/indicators?plan={PLAN}&sort=due_on,-value&limit=2")
    assert found == [f"{SECTION}.{number:02}" for number in (6, 4, 2, 1, 3, 5)]


FILTERS: list[tuple[str, list[int]]] = [
    ("kind=growth_rate,increment", [1, 2]),
    ("comparator=between", [3]),
    ("unit=万人", [2]),
    ("base_unit=元", [3]),
    ("direction=decrease", [4, 6]),
    ("nature=binding", [2]),
    ("commitment=assured", [2]),
    ("department=市人社局", [2]),
    ("department=市财政局,无此局", [2]),
    ("deadline=testcity-2025.due-2025-06-30", [6]),
    ("value_min=5.5&value_max=10", [1, 2]),
    ("normalized_min=100000000", [3]),
    ("normalized_max=0", [6]),
    ("due_to=2025-06-30", [6]),
    ("due_from=2025-07-01&kind=increment", [2]),
    ("status=unrated&status_at=2025-07-01", [5]),
    ("status=behind,on_track&status_at=2025-07-01", [2, 4]),
    ("status=overdue&status_at=2025-07-01", [6]),
    ("section=testcity-2025.1", [1, 2, 3, 4, 5, 6]),
    ("section=testcity-2025.1.1", []),
    ("area=33", [1, 2, 3, 4, 5, 6]),
    ("area=21,3301&level=city", [1, 2, 3, 4, 5, 6]),
    ("level=province", []),
    ("updated_since=2999-01-01T00:00:00Z", []),
    ("q=gdp", [6]),
    ("q=GDP50%25", [6]),
    ("q=新增 就业", [2]),
    ("q=收", [5]),
    ("q=居民收入增", []),
]


@pytest.mark.parametrize(("query", "numbers"), FILTERS)
def test_a_filter_gives_what_it_says(client: ContractClient, query: str, numbers: list[int]) -> None:
    assert sorted(ids(client, f"/v1/indicators?plan={PLAN}&{query}")) == [f"{SECTION}.{n:02}" for n in numbers]


def test_indicators_are_found_by_the_paragraph_they_come_from(client: ContractClient) -> None:
    found = client.get("/v1/indicators?plan=hunnan-2021&paragraph=28").get_json()["data"]
    assert {item["source"]["paragraph"] for item in found} == {28}
    assert "城镇登记失业率" in {item["name"] for item in found}


def test_a_section_stands_for_all_below_it(client: ContractClient) -> None:
    below = client.get("/v1/indicators?section=hunnan-2021.2&count=true&limit=1").get_json()["total"]
    parts = [client.get(f"/v1/indicators?section=hunnan-2021.2.{n}&count=true").get_json()["total"] for n in (1, 2, 3)]
    assert below == sum(parts) == 14


MORE: list[tuple[str, list[str]]] = [
    ("/v1/plans?status=draft", [PLAN]),
    ("/v1/plans?area=21", ["hunnan-2021"]),
    ("/v1/plans?level=city", [PLAN]),
    ("/v1/plans?plan=hunnan-2021,none", ["hunnan-2021"]),
    ("/v1/plans?period_from=2022-01-01", [PLAN]),
    ("/v1/plans?period_to=2024-12-31", ["hunnan-2021"]),
    ("/v1/plans?sort=-area_code", [PLAN, "hunnan-2021"]),
    (f"/v1/sections?parent={SECTION}", [f"{SECTION}.1"]),
    (f"/v1/sections?section={SECTION}", [SECTION, f"{SECTION}.1"]),
    (f"/v1/sections?plan={PLAN}&depth=2", [f"{SECTION}.1"]),
    ("/v1/sections?plan=testcity-2025&q=经济发展", [SECTION]),
    ("/v1/milestones?state=done", [f"{SECTION}.m01"]),
    ("/v1/milestones?status=achieved&status_at=2025-05-01", [f"{SECTION}.m01"]),
    (f"/v1/milestones?plan={PLAN}&status=achieved&status_at=2025-04-30", []),
    ("/v1/milestones?department=市发改委", [f"{SECTION}.m01"]),
    ("/v1/milestones?section=testcity-2025.1", [f"{SECTION}.m01"]),
    ("/v1/deadlines?state=due_soon&status_at=2025-06-01", [f"{PLAN}.due-2025-06-30"]),
    ("/v1/deadlines?precision=month", [f"{PLAN}.due-2025-06-30"]),
    ("/v1/deadlines?department=市教育局", [f"{PLAN}.due-2025-12-31"]),
    ("/v1/deadlines?department=市发改委", [f"{PLAN}.due-2025-06-30"]),
    ("/v1/deadlines?due_from=2025-01-01&due_to=2025-11-30", [f"{PLAN}.due-2025-06-30"]),
    ("/v1/observations?indicator=testcity-2025.1.02", [f"{SECTION}.02.o1", f"{SECTION}.02.o3"]),
    ("/v1/observations?obs_status=P&superseded=true", [f"{SECTION}.02.o2"]),
    ("/v1/observations?obs_status=P", []),
    ("/v1/observations?period_to=2025-05-31", [f"{SECTION}.02.o1"]),
    ("/v1/observations?period_from=2025-06-30&obs_status=A", [f"{SECTION}.{o}" for o in ("02.o3", "04.o4", "05.o5")]),
    ("/v1/observations?recorded_since=2025-07-05T00:00:00Z", [f"{SECTION}.05.o5"]),
]  # fmt: skip


@pytest.mark.parametrize(("url", "found"), MORE)
def test_the_other_collections_filter_and_sort_too(client: ContractClient, url: str, found: list[str]) -> None:
    assert ids(client, url) == found


def test_fields_leaves_only_what_was_asked_for(client: ContractClient) -> None:
    page = client.get("/v1/indicators?plan=hunnan-2021&limit=1&fields=name,target.value,source").get_json()
    assert [*page["data"][0]] == ["name", "target", "source"]
    assert [*page["data"][0]["target"]] == ["value"]
    assert [*page["data"][0]["source"]] == ["paragraph", "start", "end"]


def test_without_fields_every_member_is_there_null_where_unknown(client: ContractClient) -> None:
    item = client.get("/v1/indicators/hunnan-2021.2.2.01").get_json()
    assert item["nature"] is None
    assert item["baseline"] == {"value": None, "period": None}
    listed = client.get("/v1/indicators?q=全区技术合同交易额").get_json()["data"][0]
    assert {**listed, "progress": None} == {**item, "progress": None}


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("/v1/indicators/testcity-2025.1.02", ["section", "plan", "deadline", "observations"]),
        ("/v1/milestones/testcity-2025.1.m01", ["section", "plan", "deadline"]),
        ("/v1/deadlines/testcity-2025.due-2025-06-30", ["plan"]),
        ("/v1/sections/testcity-2025.1", ["plan"]),
    ],
)
def test_include_embeds_what_the_thing_itself_says(client: ContractClient, url: str, names: list[str]) -> None:
    item = client.get(f"{url}?include={','.join(names)}&fields=id").get_json()
    assert [*item] == ["id", *names]
    for name in set(names) - {"observations"}:
        alone = client.get(f"/v1/{name}s/{item[name]['id']}").get_json()
        assert item[name] == alone


def test_included_observations_are_the_current_ones_newest_first(client: ContractClient) -> None:
    item = client.get("/v1/indicators/testcity-2025.1.02?include=observations").get_json()
    assert [seen["value"] for seen in item["observations"]] == [4.5, 2]
    assert client.get("/v1/indicators/hunnan-2021.2.2.01?include=observations").get_json()["observations"] == []


def test_the_series_of_an_indicator_comes_oldest_first(client: ContractClient) -> None:
    series = client.get("/v1/indicators/testcity-2025.1.02/observations").get_json()["data"]
    assert [(seen["time_period"], seen["value"]) for seen in series] == [("2025-03", 2), ("2025-06", 4.5)]
    whole = client.get("/v1/indicators/testcity-2025.1.02/observations?superseded=true").get_json()["data"]
    assert [seen["superseded_by"] for seen in whole] == [None, f"{SECTION}.02.o3", None]


def test_a_frequent_word_and_a_rare_one_are_found_alike(client: ContractClient, monkeypatch: Any) -> None:
    rare = sorted(ids(client, "/v1/indicators?q=企业&limit=3"))
    monkeypatch.setattr("db.text.matching.RANKED", 1)
    frequent = ids(client, "/v1/indicators?q=企业&limit=4")
    assert sorted(frequent) == rare
    assert frequent == ids(client, "/v1/indicators?q=企业&sort=plan,position")


def test_the_status_is_computed_for_the_date_asked(client: ContractClient) -> None:
    url = "/v1/indicators/testcity-2025.1.02?fields=progress&status_at="
    statuses = [
        client.get(url + day).get_json()["progress"]["status"]
        for day in ("2025-03-30", "2025-03-31", "2025-06-30", "2025-12-31", "2026-01-01")
    ]
    assert statuses == ["no_data", "on_track", "on_track", "far_behind", "missed"]


def test_a_page_keeps_the_date_of_the_first(client: ContractClient) -> None:
    page = client.get("/v1/indicators?limit=1&status_at=2021-06-30").get_json()
    assert "status_at=2021-06-30" in page["next"]
    assert client.get(page["next"]).get_json()["data"][0]["progress"]["as_of"] == "2021-06-30"
