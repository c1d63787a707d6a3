"""Sections, indicators, milestones and deadlines: create, change, delete; the happy path first, then each refusal."""

import json
from pathlib import Path
from typing import Any

import pytest

from db import connection
from db.edit import load
from schema.rules import plan_file
from tests.api.editor import (
    DEADLINE,
    INDICATOR,
    MILESTONE,
    NEW_INDICATOR,
    NEW_MILESTONE,
    PLAN,
    SECTION,
    Editor,
    dump,
    faults,
)

NEW: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("sections", {"plan_id": PLAN, "title": "新"}, {"id": f"{PLAN}.6", "number": "6", "level": 1, "parent_id": None}),
    (
        "sections",
        {"plan_id": PLAN, "parent_id": f"{PLAN}.2", "title": "新"},
        {"id": f"{PLAN}.2.4", "number": "2.4", "level": 2},
    ),
    ("sections", {"plan_id": PLAN, "title": "新", "number": "9"}, {"id": f"{PLAN}.9"}),
    ("sections", {"plan_id": PLAN, "title": "新", "id": f"{PLAN}.annex"}, {"id": f"{PLAN}.annex", "number": "6"}),
    ("indicators", NEW_INDICATOR, {"id": f"{SECTION}.06", "code": "2.2.06", "due_on": "2021-12-31"}),
    ("indicators", NEW_INDICATOR | {"code": "2.2.99"}, {"id": f"{SECTION}.06", "code": "2.2.99"}),
    ("indicators", NEW_INDICATOR | {"id": f"{SECTION}.33"}, {"id": f"{SECTION}.33", "code": "2.2.06"}),
    ("indicators", NEW_INDICATOR | {"parent_id": INDICATOR}, {"parent_id": INDICATOR}),
    ("indicators", NEW_INDICATOR | {"section_id": f"{PLAN}.2"}, {"id": f"{PLAN}.2.01", "code": "2.01"}),
    ("milestones", NEW_MILESTONE, {"id": f"{SECTION}.m04", "code": "2.2.m04", "state": "planned"}),
    (
        "deadlines",
        {"plan_id": PLAN, "due_on": "2021-06-30", "precision": "month", "label": "6月底前"},
        {"id": f"{PLAN}.due-2021-06-30", "counts": {"indicators": 0, "milestones": 0}},
    ),
]


@pytest.mark.parametrize(("resource", "body", "expected"), NEW)
def test_what_is_created_is_there(
    editor: Editor, resource: str, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    answer = editor.post(f"/v1/{resource}", body)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made = answer.get_json()
    assert made.items() >= expected.items()
    assert made["version"] == 1
    again = editor.client.get(answer.headers["Location"])
    assert again.get_json() == made
    assert again.headers["ETag"] == answer.headers["ETag"]


@pytest.mark.parametrize(("resource", "body", "expected"), NEW)
def test_what_is_only_validated_is_not_there(
    editor: Editor, store: Path, resource: str, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = dump(store)
    answer = editor.post(f"/v1/{resource}?validate_only=true", body)
    assert answer.status_code == 200
    assert answer.get_json().items() >= expected.items()
    assert dump(store) == before


def test_whatever_is_written_the_plan_stays_one_that_can_be_loaded(editor: Editor) -> None:
    for resource, body, _ in NEW:
        editor.post(f"/v1/{resource}", body)
    editor.patch(f"/v1/sections/{PLAN}.1", {"parent_id": f"{PLAN}.3"})
    editor.patch(f"/v1/indicators/{INDICATOR}", {"section_id": f"{PLAN}.5.1"})
    facts = editor.get(f"/v1/plans/{PLAN}/document")
    assert plan_file.parse(json.dumps(facts).encode())
    answer = editor.put(f"/v1/plans/{PLAN}/document", facts)
    assert not answer.get_json()["changed"]


def test_a_new_item_stands_at_the_end_of_its_section(editor: Editor) -> None:
    made = editor.post("/v1/indicators", NEW_INDICATOR).get_json()["id"]
    order = [item["id"] for item in editor.get(f"/v1/indicators?plan={PLAN}&limit=100")["data"]]
    place = order.index(made)
    assert order[place - 1].startswith(f"{SECTION}.0")
    assert order[place + 1].startswith(f"{PLAN}.2.3.")


def test_a_new_item_is_found_by_its_words(editor: Editor) -> None:
    new = NEW_INDICATOR | {"name": "新增瞪羚企業群"}
    assert not editor.get("/v1/indicators?q=瞪羚企业群")["data"]
    made = editor.post("/v1/indicators", new).get_json()["id"]
    assert [item["id"] for item in editor.get("/v1/indicators?q=瞪羚企业群")["data"]] == [made]
    editor.patch(f"/v1/indicators/{made}", {"name": "新增专精特新企业"})
    assert not editor.get("/v1/indicators?q=瞪羚企业群")["data"]
    assert editor.get("/v1/indicators?q=专精特新")["data"]


def test_an_id_is_never_given_again(editor: Editor) -> None:
    made = editor.post("/v1/indicators", NEW_INDICATOR).get_json()["id"]
    assert editor.delete(f"/v1/indicators/{made}").status_code == 204
    assert editor.client.get(f"/v1/indicators/{made}").status_code == 404
    assert editor.post("/v1/indicators", NEW_INDICATOR).get_json()["id"] == f"{SECTION}.07"
    assert faults(editor.post("/v1/indicators", NEW_INDICATOR | {"id": made}), 409) == {
        "id": f"{made} was used before."
    }
    assert editor.post("/v1/sections", {"plan_id": PLAN, "title": "a", "id": SECTION}).status_code == 409


def test_a_second_deadline_on_a_date_has_an_id_of_its_own(editor: Editor) -> None:
    body = {"plan_id": PLAN, "due_on": "2021-12-31", "precision": "day", "label": "年终"}
    assert editor.post("/v1/deadlines", body).get_json()["id"] == f"{DEADLINE}-2"


def test_the_same_deadline_is_not_made_twice(editor: Editor) -> None:
    body = {"plan_id": PLAN, "due_on": "2021-12-31", "precision": "day", "label": "年终"}
    assert editor.post("/v1/deadlines", body).status_code == 201
    assert faults(editor.post("/v1/deadlines", body)) == {
        "label": "Must be unique among deadlines with this date and precision."
    }
    assert editor.post("/v1/deadlines", body | {"precision": "month"}).status_code == 201


BAD: list[tuple[str, Any, dict[str, str]]] = [
    ("sections", {}, {"plan_id": "Missing", "title": "Missing"}),
    ("sections", [], {"body": "Invalid input"}),
    ("sections", {"plan_id": "none", "title": "a"}, {"plan_id": "Must be an id in the store."}),
    ("sections", {"plan_id": PLAN, "title": "a", "parent_id": f"{PLAN}.99"}, {"parent_id": "one of the sections"}),
    ("sections", {"plan_id": PLAN, "title": " a", "level": 1}, {"title": "white space", "level": "derived"}),
    ("sections", {"plan_id": PLAN, "title": "a", "id": "other.1"}, {"id": "Must start with the id of the plan"}),
    ("sections", {"plan_id": PLAN, "title": "a", "nmuber": "1"}, {"nmuber": "Is not a known member"}),
    ("deadlines", {"plan_id": PLAN, "due_on": "2020-12-31", "precision": "day"}, {"due_on": "period", "label": "Miss"}),
    ("deadlines", {"plan_id": PLAN, "due_on": 5, "precision": "day", "label": "a"}, {"due_on": "Must be a date"}),
    (
        "indicators",
        NEW_INDICATOR | {"section_id": f"{PLAN}.9.9", "deadline_id": "x", "parent_id": "y", "name": 3},
        {"section_id": "sections", "deadline_id": "deadlines", "parent_id": "before it", "name": "string"},
    ),
    (
        "indicators",
        NEW_INDICATOR | {"target": {"comparator": "between", "value": 3, "upper": 2, "unit": "parsec"}},
        {"target.upper": "below", "target.unit": "vocabulary"},
    ),
    (
        "indicators",
        NEW_INDICATOR | {"target": {"comparator": "relative", "value": 1, "unit": "家", "foo": 1}},
        {"target.foo": "Is not a known member"},
    ),
    (
        "indicators",
        NEW_INDICATOR | {"target": {"comparator": "ge", "value": 1, "unit": " x"}, "code": "2.2.01"},
        {"target.unit": "white space", "code": "Must be unique"},
    ),
    ("indicators", NEW_INDICATOR | {"departments": ["a", " b"]}, {"departments.1": "white space"}),
    ("indicators", NEW_INDICATOR | {"departments": ["a", "a"]}, {"departments": "Must not contain a value twice."}),
    (
        "indicators",
        NEW_INDICATOR | {"target": {"comparator": "ge", "value": 1, "unit": "家", "text": "hello"}},
        {"target.text": "Is derived from the value, as ≥ 1 家. Leave it out."},
    ),
    ("sections", {"plan_id": PLAN, "title": "a", "id": f"{PLAN}.x", "number": "2.2"}, {"number": "Must be unique"}),
    (
        "deadlines",
        {"plan_id": PLAN, "due_on": "2021-12-30", "precision": "day", "label": "a", "beyond_period": True},
        {"beyond_period": "Must be false because due_on is in the plan's period, which ends on 2021-12-31"},
    ),
    ("milestones", NEW_MILESTONE | {"state": "done"}, {"done_on": "required if state is done"}),
    ("milestones", NEW_MILESTONE | {"state": "done", "done_on": "2990-01-01"}, {"done_on": "after today"}),
    ("milestones", NEW_MILESTONE | {"state": "done", "done_on": "1900-01-01"}, {"done_on": "10 years before"}),
    ("milestones", NEW_MILESTONE | {"code": "x"}, {"code": "Must match"}),
]


@pytest.mark.parametrize(("resource", "body", "expected"), BAD)
def test_every_fault_of_a_new_item_is_named(
    editor: Editor, store: Path, resource: str, body: Any, expected: dict[str, str]
) -> None:
    before = dump(store)
    found = faults(editor.post(f"/v1/{resource}", body))
    assert found.keys() == expected.keys()
    assert all(words in found[name] for name, words in expected.items()), found
    assert dump(store) == before


def test_what_a_field_takes_is_said(editor: Editor) -> None:
    answer = editor.post("/v1/indicators", NEW_INDICATOR | {"kind": "x", "target": {"comparator": "y"}, "codee": 1})
    allowed = {entry["field"]: entry["allowed"] for entry in answer.get_json()["errors"]}
    assert "increment" in allowed["kind"]
    assert "between" in allowed["target.comparator"]
    assert "code" in allowed["codee"]
    answer = editor.patch(f"/v1/plans/{PLAN}", {"source": {"url": "x"}})
    assert "0 to 2000 characters" in answer.get_json()["errors"][0]["allowed"]


def test_a_patch_changes_what_it_names(editor: Editor) -> None:
    before = editor.get(f"/v1/indicators/{INDICATOR}")
    answer = editor.patch(f"/v1/indicators/{INDICATOR}", {"target": {"value": 80}, "departments": ["区科技局"]})
    after = answer.get_json()
    assert (after["target"]["value"], after["target"]["text"]) == (80, "≥ 80 亿元")
    assert after["target"]["normalized_value"] == 8000000000
    assert after["departments"] == ["区科技局"]
    assert after["version"] == 2
    assert after["updated_at"] > before["updated_at"]
    same = {"name", "kind", "code", "section_id", "due_on", "created_at"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert editor.get(f"/v1/indicators/{INDICATOR}") == after


def test_a_patch_is_a_merge_patch(editor: Editor) -> None:
    url = f"/v1/indicators/{INDICATOR}"
    answer = editor.client.patch(
        url,
        data=json.dumps({"name_en": None, "target": {"comparator": "relative", "value": None, "text": "与经济同步"}}),
        headers={**editor.headers, "If-Match": "*", "Content-Type": "application/merge-patch+json"},
    )
    assert answer.status_code == 200
    after = answer.get_json()
    assert after["name_en"] is None
    assert (after["target"]["value"], after["target"]["text"]) == (None, "与经济同步")


def test_what_was_said_for_want_of_a_number_goes_when_there_is_one(editor: Editor) -> None:
    url = f"/v1/indicators/{INDICATOR}"
    editor.patch(url, {"target": {"comparator": "relative", "value": None, "text": "与经济同步"}})
    assert faults(editor.patch(url, {"target": {"text": None}})).keys() == {"target.text"}
    after = editor.patch(url, {"target": {"comparator": "ge", "value": 80}}).get_json()
    assert after["target"]["text"] == "≥ 80 亿元"
    assert editor.patch(url, {"target": after["target"]["text"]}).status_code == 422
    assert editor.patch(url, {"target": {"text": "≥ 80 亿元"}}).get_json()["version"] == after["version"]


def test_an_end_that_moves_behind_a_date_takes_back_that_it_lay_beyond(editor: Editor) -> None:
    late = {"plan_id": PLAN, "due_on": "2030-12-31", "precision": "year", "label": "2030年底", "beyond_period": True}
    url = editor.post("/v1/deadlines", late).headers["Location"]
    assert editor.patch(f"/v1/plans/{PLAN}", {"period_end": "2025-12-31"}).status_code == 200
    assert editor.get(url)["beyond_period"] is True
    assert editor.patch(f"/v1/plans/{PLAN}", {"period_end": "2030-12-31"}).status_code == 200
    assert editor.get(url)["beyond_period"] is False


def test_a_patch_that_changes_nothing_leaves_the_version(editor: Editor, store: Path) -> None:
    before = dump(store)
    for body in ({}, {"target": {"value": 78.0}}, {"id": INDICATOR}):
        assert editor.patch(f"/v1/indicators/{INDICATOR}", body).get_json()["version"] == 1
    assert dump(store) == before


def test_a_patch_is_recorded_with_who_made_it(editor: Editor, store: Path) -> None:
    editor.patch(f"/v1/sections/{SECTION}", {"title": "新标题"})
    with connection.open_writer(store) as raw:
        row = raw.execute("SELECT actor, resource_id, version, before FROM change ORDER BY seq DESC LIMIT 1").fetchone()
    assert row[0].startswith("key ")
    assert row[1:3] == (SECTION, 2)
    assert json.loads(row[3])["title"] != "新标题"


def test_a_section_moves_with_all_below_it(editor: Editor) -> None:
    moved = editor.patch(f"/v1/sections/{PLAN}.2", {"parent_id": f"{PLAN}.4"}).get_json()
    assert moved["level"] == 2
    below = editor.get(f"/v1/sections/{SECTION}")
    assert (below["level"], below["version"], below["id"]) == (3, 2, SECTION)
    order = [item["id"] for item in editor.get(f"/v1/sections?plan={PLAN}&limit=50")["data"]]
    assert order.index(f"{PLAN}.4") < order.index(f"{PLAN}.2") < order.index(SECTION) < order.index(f"{PLAN}.5")


def test_an_indicator_moves_with_its_parts_to_another_section(editor: Editor) -> None:
    part = editor.post("/v1/indicators", NEW_INDICATOR | {"parent_id": INDICATOR}).get_json()["id"]
    assert editor.patch(f"/v1/indicators/{INDICATOR}", {"section_id": f"{PLAN}.5.1"}).status_code == 200
    order = [item["id"] for item in editor.get(f"/v1/indicators?plan={PLAN}&limit=100")["data"]]
    assert order.index(part) == order.index(INDICATOR) + 1


def test_a_date_moves_with_everything_due_by_it(editor: Editor, store: Path) -> None:
    assert editor.patch(f"/v1/deadlines/{DEADLINE}", {"due_on": "2021-12-30"}).status_code == 200
    found = editor.get(f"/v1/indicators/{INDICATOR}")
    assert (found["due_on"], found["version"]) == ("2021-12-30", 2)
    with connection.open_writer(store) as raw:
        versions = raw.execute("SELECT resource_id, version FROM change").fetchall()
    assert len(set(versions)) == len(versions)


def test_a_date_after_the_period_is_refused_unless_it_is_said_to_be_meant(editor: Editor, store: Path) -> None:
    late = {"plan_id": PLAN, "due_on": "2030-12-31", "precision": "year", "label": "2030年底"}
    before = dump(store)
    words = "Must not be after the plan's period, which ends on 2021-12-31, unless beyond_period is true."
    assert faults(editor.post("/v1/deadlines", late)) == {"due_on": words}
    assert faults(editor.patch(f"/v1/deadlines/{DEADLINE}", {"due_on": "2022-01-01"})) == {"due_on": words}
    assert faults(editor.post("/v1/deadlines", late | {"beyond_period": 1})).keys() == {"beyond_period", "due_on"}
    assert dump(store) == before
    made = editor.post("/v1/deadlines", late | {"beyond_period": True})
    assert made.status_code == 201
    assert made.get_json()["beyond_period"] is True
    url = made.headers["Location"]
    assert editor.patch(url, {"label": "到2030年"}).get_json()["version"] == 2
    assert faults(editor.patch(url, {"due_on": "2031-12-31", "beyond_period": False})) == {"due_on": words}
    assert editor.patch(url, {"due_on": "2021-11-30"}).get_json()["beyond_period"] is False
    assert editor.patch(url, {"due_on": "2030-12-31", "beyond_period": True}).status_code == 200
    document = editor.get(f"/v1/plans/{PLAN}/document")
    assert [item.get("beyond_period") for item in document["deadlines"]] == [None, True]
    assert not editor.put(f"/v1/plans/{PLAN}/document", document).get_json()["changed"]
    del document["deadlines"][1]["beyond_period"]
    assert faults(editor.put(f"/v1/plans/{PLAN}/document", document)) == {"deadlines.1.due_on": words}
    found = faults(editor.patch(f"/v1/plans/{PLAN}", {"period_end": "2021-06-30"}), 409)
    assert found == {DEADLINE: "due_on: " + words.replace("2021-12-31", "2021-06-30")}


CHANGES: list[tuple[str, Any, dict[str, str]]] = [
    (f"sections/{PLAN}.2", {"parent_id": SECTION}, {"parent_id": "one of the sections before it"}),
    (f"sections/{PLAN}.2", {"parent_id": f"{PLAN}.2"}, {"parent_id": "one of the sections before it"}),
    (f"sections/{SECTION}", {"title": None}, {"title": "Missing data"}),
    (f"sections/{SECTION}", {"id": "x", "counts": {}}, {"id": "Must not change", "counts": "derived"}),
    (f"sections/{SECTION}", [], {"body": "Must be an object"}),
    (f"deadlines/{DEADLINE}", {"due_on": "2020-12-31"}, {"due_on": "before the plan's period"}),
    (
        f"indicators/{INDICATOR}",
        {"target": {"value": None, "unit": "parsec"}, "section_id": "x", "deadline_id": "y"},
        {"target.value": "Must be null", "target.unit": "vocabulary", "section_id": "sections", "deadline_id": "deadl"},
    ),
    (f"indicators/{INDICATOR}", {"target": {"value": "78"}}, {"target.value": "number"}),
    (f"indicators/{INDICATOR}", {"target": {"text": "hello"}}, {"target.text": "derived from the value, as ≥ 78"}),
    (f"sections/{SECTION}", {"number": "1"}, {"number": "Must be unique"}),
    (f"deadlines/{DEADLINE}", {"beyond_period": True}, {"beyond_period": "Must be false"}),
    (f"milestones/{MILESTONE}", {"state": "done", "done_on": "2099-01-01"}, {"done_on": "Must not be after today"}),
    (f"indicators/{INDICATOR}", {"target": None}, {"target": "Missing data"}),
    (f"indicators/{INDICATOR}", {"target": 5}, {"target": "Invalid input"}),
    (f"indicators/{INDICATOR}", {"parent_id": INDICATOR}, {"parent_id": "before it"}),
    (f"milestones/{MILESTONE}", {"state": "done"}, {"done_on": "required if state is done"}),
    (f"plans/{PLAN}", {"source": {"url": "x"}}, {"source.url": "Not a valid URL"}),
    (f"plans/{PLAN}", {"period_end": "2020-01-01"}, {"period_end": "before period_start"}),
]


@pytest.mark.parametrize(("path", "body", "expected"), CHANGES)
def test_every_fault_of_a_change_is_named(
    editor: Editor, store: Path, path: str, body: Any, expected: dict[str, str]
) -> None:
    before = dump(store)
    found = faults(editor.patch(f"/v1/{path}", body))
    assert found.keys() == expected.keys()
    assert all(words in found[name] for name, words in expected.items()), found
    assert dump(store) == before


def test_a_change_that_breaks_something_else_names_it(editor: Editor) -> None:
    editor.post(f"/v1/indicators/{INDICATOR}/observations", {"time_period": "2021-Q1", "value": 3})
    found = faults(editor.patch(f"/v1/indicators/{INDICATOR}", {"target": {"unit": "元"}}), 409)
    assert found == {f"{INDICATOR}.2021-q1": "unit: Must be the unit of the target, 元."}
    found = faults(editor.patch(f"/v1/plans/{PLAN}", {"period_start": "2022-01-01", "period_end": "2022-12-31"}), 409)
    assert DEADLINE in found


@pytest.mark.parametrize(
    ("path", "in_the_way", "still"),
    [
        (f"sections/{PLAN}.2", f"{PLAN}.2.1", "It still has 3 subsections."),
        (f"sections/{SECTION}", INDICATOR, "It still has 5 indicators, 3 milestones."),
        (f"deadlines/{DEADLINE}", INDICATOR, "It still has 66 indicators, 44 milestones."),
        (f"plans/{PLAN}", SECTION, "It still has 1 deadline, 21 sections, 66 indicators, 44 milestones."),
    ],
)
def test_what_is_referred_to_is_not_deleted(
    editor: Editor, store: Path, path: str, in_the_way: str, still: str
) -> None:
    before = dump(store)
    answer = editor.delete(f"/v1/{path}")
    assert in_the_way in faults(answer, 409)
    assert answer.get_json()["detail"] == still
    assert dump(store) == before


def test_an_indicator_with_values_or_parts_is_not_deleted(editor: Editor) -> None:
    part = editor.post("/v1/indicators", NEW_INDICATOR | {"parent_id": INDICATOR}).get_json()["id"]
    editor.post(f"/v1/indicators/{INDICATOR}/observations", {"time_period": "2021-Q1", "value": 3})
    found = faults(editor.delete(f"/v1/indicators/{INDICATOR}"), 409)
    assert found == {part: "Is one of its parts.", f"{INDICATOR}.2021-q1": "Is one of its values."}


@pytest.mark.parametrize("path", [f"milestones/{MILESTONE}", f"indicators/{INDICATOR}"])
def test_what_nothing_refers_to_is_deleted(editor: Editor, store: Path, path: str) -> None:
    before = dump(store)
    assert editor.delete(f"/v1/{path}?validate_only=true").status_code == 204
    assert dump(store) == before
    assert editor.delete(f"/v1/{path}").status_code == 204
    assert editor.client.get(f"/v1/{path}").status_code == 404
    assert faults(editor.delete(f"/v1/{path}"), 404)


def test_the_state_of_a_milestone_takes_the_scope_report_and_all_else_edit(editor: Editor, grant: Any) -> None:
    reporter = Editor(editor.client, grant("report"))
    url = f"/v1/milestones/{MILESTONE}"
    done = reporter.patch(url, {"state": "done", "done_on": "2021-06-18"}).get_json()
    assert (done["state"], done["status"]) == ("done", "achieved")
    assert reporter.patch(url, {"state": "in_progress", "done_on": None}).get_json()["done_on"] is None
    assert faults(reporter.patch(url, {"state": "planned", "name": "a"}), 403)
    assert editor.patch(url, {"name": "新名"}).get_json()["name"] == "新名"


HEADER = {
    "id": "new-2022",
    "title": "新计划",
    "area_code": "210112",
    "area_name": "浑南区",
    "level": "district",
    "period_start": "2022-01-01",
    "period_end": "2022-12-31",
}


def test_a_plan_is_created_changed_and_deleted(editor: Editor) -> None:
    made = editor.post("/v1/plans", HEADER)
    assert made.status_code == 201
    assert made.headers["Location"].endswith("/v1/plans/new-2022")
    assert (
        editor.patch("/v1/plans/new-2022", {"status": "withdrawn", "source": {"url": "https://a.cn/"}}).status_code
        == 200
    )
    assert editor.get("/v1/plans/new-2022")["source"]["url"] == "https://a.cn/"
    assert faults(editor.post("/v1/plans", HEADER), 409)
    assert editor.delete("/v1/plans/new-2022").status_code == 204
    assert faults(editor.post("/v1/plans", HEADER), 409) == {"id": "new-2022 was used before."}
    assert faults(editor.post("/v1/plans", HEADER | {"level": "x"})).keys() == {"level"}
    assert faults(editor.post("/v1/plans", {})).keys() >= {"id", "title"}


def test_a_plan_deleted_and_loaded_again_goes_on_with_its_versions(editor: Editor, store: Path) -> None:
    editor.post("/v1/plans", HEADER)
    editor.delete("/v1/plans/new-2022")
    writer = connection.open_writer(store)
    document = dict.fromkeys(load.LISTED, ()) | {"format": "plan-indicators", "format_version": 1, "plan": HEADER}
    load.insert(writer, plan_file.parse(json.dumps(document).encode()), "test")
    writer.close()
    assert editor.get("/v1/plans/new-2022")["version"] == 3
