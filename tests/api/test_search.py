"""Search over everything at once."""

import pytest

from tests.api.contract import ContractClient
from tests.second_plan import SECTION

pytestmark = pytest.mark.usefixtures("second")


def hits(client: ContractClient, query: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    url = f"/v1/search?{query}"
    while url:
        page = client.get(url).get_json()
        found += page["data"]
        url = page["next"]
    return found


def test_indicators_come_first_then_milestones_then_sections(client: ContractClient) -> None:
    kinds = [hit["resource"] for hit in hits(client, "q=企业")]
    assert kinds == sorted(kinds, key=("indicator", "milestone", "section").index)
    assert set(kinds) == {"indicator", "milestone", "section"}


def test_the_earlier_the_word_and_the_shorter_the_name_the_sooner(client: ContractClient) -> None:
    names = [hit["name"] for hit in hits(client, "q=企业&resource=indicator")]
    assert len(names) > 3
    places = [name.index("企业") for name in names]
    assert places == sorted(places)


def test_hits_say_where_the_words_stand(client: ContractClient) -> None:
    (hit,) = hits(client, "q=技术 合同&plan=hunnan-2021&resource=indicator")
    assert hit["name"] == "全区技术合同交易额"
    assert hit["matches"] == [{"field": "name", "ranges": [[2, 6]]}]
    (english,) = hits(client, "q=Unemployment&resource=indicator")
    assert english["matches"] == [{"field": "name_en", "ranges": [[17, 29]]}]


def test_a_department_is_found_too(client: ContractClient) -> None:
    (hit,) = hits(client, "q=人社")
    assert hit["matches"] == [{"field": "lead_department", "ranges": [[1, 3]]}]


@pytest.mark.parametrize("words", ["经济发展", "經濟發展", "經济发展", "展"])
def test_traditional_and_simplified_find_each_other(client: ContractClient, words: str) -> None:
    found = hits(client, f"q={words}&plan=testcity-2025&resource=section")
    assert [hit["id"] for hit in found] == [SECTION]


@pytest.mark.parametrize("words", ["gdp50%25", "ＧＤＰ", "ｇｄｐ５", "50%EF%BC%85"])
def test_width_and_case_make_no_difference(client: ContractClient, words: str) -> None:
    assert [hit["id"] for hit in hits(client, f"q={words}&plan=testcity-2025")] == [f"{SECTION}.06"]


def test_pages_join_across_resources(client: ContractClient) -> None:
    whole = client.get("/v1/search?q=业&limit=1000").get_json()
    assert whole["next"] is None
    for limit in (1, 3, 7):
        assert hits(client, f"q=业&limit={limit}") == whole["data"]


def test_the_url_of_a_hit_is_the_thing_itself(client: ContractClient) -> None:
    found = hits(client, "q=经济")
    assert found
    for hit in found:
        assert client.get(hit["url"]).get_json()["id"] == hit["id"]


def test_filters_narrow_a_search(client: ContractClient) -> None:
    narrowed = hits(client, "q=经济&area=33")
    assert narrowed == hits(client, "q=经济&plan=testcity-2025") != []
    assert hits(client, "q=经济&level=province") == []
