"""Whole plans: got as a document, put back changed, the difference applied and told."""

import json
from pathlib import Path
from typing import Any

import pytest

from db import connection
from db.edit import load
from schema.rules import plan_file
from tests.api.editor import DEADLINE, INDICATOR, MILESTONE, PLAN, SECTION, Editor, dump, faults
from tests.second_plan import PLAN as SECOND
from tests.second_plan import document

URL = f"/v1/plans/{PLAN}/document"


def ids(answer: Any, outcome: str) -> list[tuple[str, str]]:
    return [(entry["resource"], entry["id"]) for entry in answer.get_json()[outcome]]


def test_a_document_is_what_the_command_line_exports(editor: Editor, store: Path) -> None:
    with connection.open_writer(store) as raw:
        assert editor.get(URL) == load.export(raw, PLAN)
    assert "plan_id" in faults(editor.client.get("/v1/plans/none/document"), 404)


def test_the_same_document_changes_nothing_however_often(editor: Editor, store: Path) -> None:
    before = dump(store)
    got = editor.client.get(URL)
    for _ in range(2):
        answer = editor.put(URL, got.get_json(), If_Match=got.headers["ETag"])
        assert answer.status_code == 200
        assert answer.headers["ETag"] == got.headers["ETag"]
        assert [len(answer.get_json()[name]) for name in ("created", "changed", "deleted", "left")] == [0, 0, 0, 133]
        assert ("plan", PLAN) in ids(answer, "left")
    assert dump(store) == before


def test_the_difference_is_applied_and_told(editor: Editor, store: Path) -> None:
    facts = editor.get(URL)
    new = facts["indicators"][0] | {"id": f"{PLAN}.1.1.90", "code": "1.1.90", "name": "新"}
    facts["indicators"][3]["target"]["value"] += 1
    facts["plan"]["title"] = "改"
    gone = facts["milestones"].pop(0)["id"]
    facts["indicators"].insert(1, new)
    before = dump(store)
    dry = editor.put(f"{URL}?validate_only=true", facts)
    assert dump(store) == before
    answer = editor.put(URL, facts)
    assert answer.get_json() == dry.get_json()
    assert ids(answer, "created") == [("indicator", new["id"])]
    assert ids(answer, "deleted") == [("milestone", gone)]
    assert set(ids(answer, "changed")) >= {("plan", PLAN), ("indicator", facts["indicators"][4]["id"])}
    assert editor.get(f"/v1/indicators/{facts['indicators'][4]['id']}")["version"] == 2
    assert editor.client.get(URL).headers["ETag"] == answer.headers["ETag"]
    assert editor.get(URL) == facts
    assert not editor.put(URL, facts).get_json()["changed"]


def test_what_a_document_took_away_another_brings_back(editor: Editor) -> None:
    facts = editor.get(URL)
    less = facts | {"indicators": [item for item in facts["indicators"] if item["id"] != INDICATOR]}
    assert ids(editor.put(URL, less), "deleted") == [("indicator", INDICATOR)]
    assert ids(editor.put(URL, facts), "created") == [("indicator", INDICATOR)]
    assert editor.get(URL) == facts
    assert editor.get(f"/v1/indicators/{INDICATOR}")["version"] == 3


def test_a_new_plan_is_put_whole(editor: Editor) -> None:
    url = f"/v1/plans/{SECOND}/document"
    answer = editor.client.put(url, json=document(), headers={**editor.headers, "If-None-Match": "*"})
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/v1/plans/{SECOND}")
    assert plan_file.parse(json.dumps(editor.get(url)).encode())["plan"]["id"] == SECOND
    again = editor.client.put(url, json=document(), headers={**editor.headers, "If-None-Match": "*"})
    assert "If-None-Match" in faults(again, 412)


def test_only_a_document_brings_back_a_plan_that_was_deleted(editor: Editor) -> None:
    header = {name: value for name, value in document()["plan"].items() if name != "source"}
    assert editor.post("/v1/plans", header).status_code == 201
    assert editor.delete(f"/v1/plans/{SECOND}").status_code == 204
    assert faults(editor.post("/v1/plans", header), 409) == {"id": f"{SECOND} was used before."}
    url = f"/v1/plans/{SECOND}/document"
    answer = editor.client.put(url, json=document(), headers={**editor.headers, "If-None-Match": "*"})
    assert answer.status_code == 201
    told = editor.get(f"/v1/plans/{SECOND}/history?fields=operation,version")["data"]
    assert [(each["operation"], each["version"]) for each in told] == [("create", 3), ("delete", 2), ("create", 1)]


def test_values_once_reported_stay_whatever_a_document_says(editor: Editor) -> None:
    facts = editor.get(URL)
    value = editor.post(f"/v1/indicators/{INDICATOR}/observations", {"time_period": "2021-Q1", "value": 3}).get_json()
    answer = editor.put(URL, facts)
    assert ids(answer, "deleted") == []
    assert ("observation", value["id"]) in ids(answer, "left")
    full = editor.get(URL)
    full["observations"][0]["value"] = 4
    assert faults(editor.put(URL, full)) == {
        "observations.0.value": "Must not change. To correct a value, add an observation that supersedes it."
    }
    new = full["observations"][0] | {"id": f"{INDICATOR}.o2", "time_period": "2021-Q2"}
    assert ids(editor.put(URL, facts | {"observations": [new]}), "created") == [("observation", new["id"])]
    facts["indicators"] = [item for item in facts["indicators"] if item["id"] != INDICATOR]
    assert value["id"] in faults(editor.put(URL, facts), 409)


BROKEN = [
    ({"plan": {"id": "x"}}, {"plan.title", "format", "plan.id"}),
    ([], {"body"}),
    ({"format": "plan-indicators", "format_version": 2, "foo": 1}, {"format_version", "plan", "foo"}),
]


@pytest.mark.parametrize(("body", "fields"), BROKEN)
def test_a_broken_document_is_refused_with_every_fault(
    editor: Editor, store: Path, body: Any, fields: set[str]
) -> None:
    before = dump(store)
    assert faults(editor.put(URL, body)).keys() >= fields
    assert dump(store) == before


def test_every_rule_between_parts_holds_in_a_document(editor: Editor, store: Path) -> None:
    before = dump(store)
    facts = editor.get(URL)
    facts["indicators"][0]["section_id"] = f"{PLAN}.9"
    facts["indicators"][1]["target"]["unit"] = "parsec"
    facts["sections"][0]["parent_id"] = facts["sections"][1]["id"]
    found = faults(editor.put(URL, facts))
    assert found.keys() == {"indicators.1.target.unit"}
    del facts["indicators"][1]
    found = faults(editor.put(URL, facts))
    assert found.keys() == {"indicators.0.section_id", "sections.0.parent_id"}
    assert dump(store) == before


def test_who_creates_a_plan_says_that_there_is_none(editor: Editor) -> None:
    url, sent = f"/v1/plans/{SECOND}/document", editor.get(URL)
    bare = editor.client.put(url, json=sent, headers=editor.headers)
    assert faults(bare, 428) == {"If-None-Match": "Is required, because the plan does not exist yet."}
    assert bare.get_json()["errors"][0]["allowed"] == ["*"]
    any_state = editor.put(url, sent)
    assert faults(any_state, 412) == {"If-Match": "The item does not exist."}
    assert any_state.get_json()["detail"] == "The item does not exist."
    there = editor.client.put(URL, json=sent, headers=editor.headers)
    assert faults(there, 428) == {"If-Match": "Is required."}


def test_a_document_of_another_plan_is_refused(editor: Editor) -> None:
    found = faults(editor.put(f"/v1/plans/{SECOND}/document", editor.get(URL), If_None_Match="*"), 412)
    assert found == {"If-Match": "The item does not exist."}
    other = editor.client.put(
        f"/v1/plans/{SECOND}/document", json=editor.get(URL), headers={**editor.headers, "If-None-Match": "*"}
    )
    assert faults(other) == {"plan.id": "Must be the id in the path."}


def test_moving_a_date_in_a_document_moves_what_is_due_by_it(editor: Editor) -> None:
    facts = editor.get(URL)
    facts["deadlines"][0]["due_on"] = "2021-12-30"
    answer = editor.put(URL, facts)
    assert ("deadline", DEADLINE) in ids(answer, "changed")
    assert ("milestone", MILESTONE) in ids(answer, "changed")
    assert ("section", SECTION) in ids(answer, "left")


def test_an_empty_document_empties_a_plan_which_can_then_be_deleted(editor: Editor) -> None:
    facts = editor.get(URL)
    bare = {name: facts[name] for name in ("format", "format_version", "plan")} | {part: [] for part in load.LISTED}
    assert len(ids(editor.put(URL, bare), "deleted")) == 132
    assert editor.delete(f"/v1/plans/{PLAN}").status_code == 204


@pytest.mark.parametrize("part", load.LISTED)
def test_a_list_that_is_left_out_deletes_nothing(editor: Editor, store: Path, part: str) -> None:
    facts, before = editor.get(URL), dump(store)
    del facts[part]
    assert faults(editor.put(URL, facts)) == {part: "Is required. Use an empty list if there are none."}
    assert dump(store) == before


def test_a_document_has_its_lists_even_where_they_are_empty(editor: Editor) -> None:
    facts = editor.get(URL) | {"milestones": []}
    assert editor.put(URL, facts).status_code == 200
    assert editor.get(URL) == facts
    assert not editor.put(URL, facts).get_json()["changed"]


def test_a_document_that_is_wrong_throughout_is_answered_with_its_first_faults(editor: Editor, store: Path) -> None:
    facts, before = editor.get(URL), dump(store)
    facts["indicators"] = [{"x": number} for number in range(5000)]
    found = faults(editor.put(URL, facts))
    assert found["body"] == "There are more faults. Only the first 1000 are listed."
    assert len(found) <= 1001
    assert dump(store) == before


def test_a_value_recorded_at_a_moment_still_to_come_is_refused(editor: Editor, store: Path) -> None:
    facts, before = editor.get(URL), dump(store)
    value = {"id": f"{INDICATOR}.x", "indicator_id": INDICATOR, "time_period": "2021-05", "value": 1, "unit": "亿元"}
    facts["observations"] = [value | {"recorded_at": "2990-01-01T00:00:00Z"}]
    assert faults(editor.put(URL, facts)) == {"observations.0.recorded_at": "Must not be in the future."}
    assert dump(store) == before
    facts["observations"] = [value | {"recorded_at": "2021-06-02T00:00:00Z"}]
    assert ids(editor.put(URL, facts), "created") == [("observation", f"{INDICATOR}.x")]


def test_an_order_alone_is_a_change_of_places(editor: Editor) -> None:
    facts = editor.get(URL)
    section = [item for item in facts["milestones"] if item["section_id"] == SECTION]
    rest = [item for item in facts["milestones"] if item["section_id"] != SECTION]
    place = facts["milestones"].index(section[0])
    facts["milestones"] = [*rest[:place], *reversed(section), *rest[place:]]
    answer = editor.put(URL, facts)
    assert {resource for resource, _ in ids(answer, "changed")} == {"milestone"}
    assert ids(answer, "created") == ids(answer, "deleted") == []
    order = [item["id"] for item in editor.get(f"/v1/milestones?section={SECTION}")["data"]]
    assert order == [item["id"] for item in reversed(section)]
    assert editor.get(URL) == facts


def test_another_id_is_another_thing(editor: Editor) -> None:
    editor.post(f"/v1/indicators/{INDICATOR}/observations", {"time_period": "2021-Q1", "value": 3})
    facts = editor.get(URL)
    for item in facts["milestones"]:
        item["id"] = item["id"].replace(MILESTONE, f"{SECTION}.m77")
    answer = editor.put(URL, facts)
    assert ids(answer, "created") == [("milestone", f"{SECTION}.m77")]
    assert ids(answer, "deleted") == [("milestone", MILESTONE)]
    for item in facts["indicators"]:
        item["id"] = item["id"].replace(INDICATOR, f"{SECTION}.77")
    facts["observations"] = []
    found = faults(editor.put(URL, facts), 409)
    assert found == {f"{INDICATOR}.2021-q1": "indicator_id: Must be the id of one of the indicators."}
