"""Observations: reported one by one or together, never overwritten, and the status that follows."""

from pathlib import Path
from typing import Any

import pytest

from schema.fields import ID_LENGTH
from tests.api.editor import INDICATOR, PLAN, SECTION, Editor, dump, faults

URL = f"/v1/indicators/{INDICATOR}/observations"


def test_a_value_is_reported_and_the_status_follows_at_once(editor: Editor) -> None:
    progress = f"/v1/indicators/{INDICATOR}?fields=progress&status_at=2021-06-30"
    assert editor.get(progress)["progress"]["status"] == "no_data"
    answer = editor.post(URL, {"time_period": "2021-Q2", "value": 30.5})
    assert answer.status_code == 201
    made = answer.get_json()
    assert (made["id"], made["unit"], made["plan_id"]) == (f"{INDICATOR}.2021-q2", "亿元", PLAN)
    assert editor.client.get(answer.headers["Location"]).get_json() == made
    after = editor.get(progress)["progress"]
    assert (after["status"], after["latest"]["value"], after["achieved_share"]) == ("behind", 30.5, 0.391)
    by_section = editor.get(f"/v1/indicators/summary?by=section&plan={PLAN}&status_at=2021-06-30")["data"]
    assert next(group for group in by_section if group["key"] == SECTION)["statuses"]["behind"] == 1
    outline = editor.get(f"/v1/plans/{PLAN}/outline?status_at=2021-06-30")
    assert outline["statuses"]["behind"] == 1


def test_a_correction_supersedes_and_the_history_stays(editor: Editor) -> None:
    first = editor.post(URL, {"time_period": "2021-Q1", "value": 10}).get_json()["id"]
    second = editor.post(URL, {"time_period": "2021-Q1", "value": 12, "supersedes": first}).get_json()
    assert second["id"] == f"{INDICATOR}.2021-q1-2"
    assert [item["value"] for item in editor.get(URL)["data"]] == [12]
    assert [item["value"] for item in editor.get(f"{URL}?superseded=true")["data"]] == [10, 12]
    assert editor.get(f"/v1/observations/{first}")["superseded_by"] == second["id"]
    assert editor.client.get(f"{URL}.csv").get_data(as_text=True).count("\n") == 2


def test_a_target_without_a_number_takes_values_without_a_unit(editor: Editor) -> None:
    target = {"target": {"comparator": "relative", "value": None, "unit": None, "text": "同步"}}
    assert editor.patch(f"/v1/indicators/{INDICATOR}", target).status_code == 200
    assert editor.post(URL, {"time_period": "2021", "value": 5}).get_json()["unit"] is None


COPIED = ("section_id", "name", "kind", "direction", "target", "deadline_id", "due_precision", "deadline_basis")
WRONG: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {"time_period": "Missing", "value": "Missing"}),
    ({"time_period": "2021-13", "value": "1"}, {"time_period": "Must match", "value": "number"}),
    ({"time_period": "0000", "value": 1}, {"time_period": "Must be a year"}),
    ({"time_period": "2021-Q1", "value": 1, "unit": "元"}, {"unit": "unit of the target"}),
    ({"time_period": "2021-Q1", "value": 1, "supersedes": "x"}, {"supersedes": "Must be null"}),
    (
        {"time_period": "2021-Q3", "value": 1},
        {"supersedes": f"current observation for this period, {INDICATOR}.2021-q3"},
    ),
    ({"time_period": "2021-Q1", "value": 1, "id": f"{INDICATOR}.2021-q3"}, {"id": "used before"}),
    ({"time_period": "2021-Q1", "value": 1, "id": "other.1"}, {"id": f"Must start with {INDICATOR}."}),
    ({"time_period": "2021-Q1", "value": 1, "id": f"{SECTION}.03.2021-q1"}, {"id": f"Must start with {INDICATOR}."}),
    (
        {"time_period": "2012-06", "value": 9999},
        {"time_period": "before the plan's period, which starts on 2021-01-01"},
    ),
    ({"time_period": "1900", "value": 1, "unit": "元"}, {"time_period": "before", "unit": "unit of the target"}),
    ({"time_period": "2022-Q1", "value": 1}, {"time_period": "Must not start after 2021-12-31"}),
    ({"time_period": "2022-Q1", "value": 1, "obs_status": "F"}, {"time_period": "Must not start after"}),
    ({"time_period": "2021-Q1", "value": 1, "recorded_at": "2021-01-01T00:00:00Z"}, {"recorded_at": "derived"}),
    ({"time_period": "2021-Q1", "value": 1, "indicator_id": INDICATOR}, {"indicator_id": "derived"}),
    ({"time_period": "2021-Q1", "value": 1.0000000001}, {"value": "decimals"}),
]


@pytest.mark.parametrize(("body", "expected"), WRONG)
def test_every_fault_of_a_value_is_named(
    editor: Editor, store: Path, body: dict[str, Any], expected: dict[str, str]
) -> None:
    editor.post(URL, {"time_period": "2021-Q3", "value": 40})
    before = dump(store)
    found = faults(editor.post(URL, body))
    assert found.keys() == expected.keys()
    assert all(words in found[name] for name, words in expected.items()), found
    assert dump(store) == before


def test_a_value_of_what_is_not_there_is_refused(editor: Editor) -> None:
    body = {"time_period": "2021", "value": 1}
    assert "indicator_id" in faults(editor.post(f"/v1/indicators/{PLAN}.9.9.99/observations", body), 404)
    assert "indicator_id" in faults(editor.post("/v1/observations", body | {"indicator_id": f"{PLAN}.9.9.99"}))
    assert "indicator_id" in faults(editor.post("/v1/observations", body))


def test_a_value_that_was_reported_is_neither_changed_nor_deleted(editor: Editor) -> None:
    url = editor.post(URL, {"time_period": "2021-Q1", "value": 10}).headers["Location"]
    assert faults(editor.patch(url, {"value": 1}), 405) == {}
    assert faults(editor.delete(url), 405) == {}


def test_a_batch_is_recorded_whole_and_may_correct_itself(editor: Editor) -> None:
    one = {"indicator_id": INDICATOR, "time_period": "2021-Q1", "value": 10}
    two = one | {"value": 11, "supersedes": f"{INDICATOR}.2021-q1"}
    answer = editor.post("/v1/observations/batch", {"data": [one, two]})
    assert answer.status_code == 201
    assert [item["value"] for item in answer.get_json()["data"]] == [10, 11]
    assert answer.get_json()["data"][0]["superseded_by"] == answer.get_json()["data"][1]["id"]


def test_each_fault_of_a_batch_is_named_by_its_index_and_nothing_is_recorded(editor: Editor, store: Path) -> None:
    before = dump(store)
    good = {"indicator_id": INDICATOR, "time_period": "2021-Q1", "value": 10}
    found = faults(editor.post("/v1/observations/batch", {"data": [good, 5, good | {"unit": "元"}, {"foo": 1}]}))
    assert found.keys() >= {"data.2.unit", "data.3.foo", "data.3.indicator_id", "data.3.value", "data.1"}
    assert "data.0.value" not in found
    found = faults(editor.post("/v1/observations/batch", {"data": [good, good]}))
    assert found.keys() == {"data.1.supersedes"}
    assert faults(editor.post("/v1/observations/batch", {"data": []})).keys() == {"data"}
    assert faults(editor.post("/v1/observations/batch", {"data": 5})).keys() == {"data"}
    assert faults(editor.post("/v1/observations/batch", [good])).keys() == {"body"}
    assert dump(store) == before


def test_every_fault_of_a_batch_that_is_wrong_throughout_is_named(editor: Editor, store: Path) -> None:
    before = dump(store)
    bad = {"indicator_id": f"{PLAN}.none", "time_period": "2021-Q1", "value": "10"}
    found = faults(editor.post("/v1/observations/batch", {"data": [bad] * 500}))
    assert found.keys() == {f"data.{index}.{name}" for index in range(500) for name in ("indicator_id", "value")}
    found = faults(editor.post("/v1/observations/batch", {"data": [bad] * 1000}))
    assert found.keys() == {*(f"data.{index}.value" for index in range(1000)), "body"}
    assert found["body"] == "There are more faults. Only the first 1000 are listed."
    assert faults(editor.post("/v1/observations/batch", {"data": [bad] * 1001})) == {
        "data": "Must have at most 1000 values."
    }
    assert dump(store) == before


def test_a_period_to_come_can_only_be_forecast_and_a_forecast_never_counts(editor: Editor) -> None:
    assert editor.patch(f"/v1/plans/{PLAN}", {"period_end": "2990-12-31"}).status_code == 200
    coming = {"time_period": "2989", "value": 5}
    words = "unless obs_status is F (forecast)."
    answer = editor.post(URL, coming)
    assert faults(answer)["time_period"].endswith(words)
    assert answer.get_json()["errors"][0]["allowed"][0] == "a period from 2021-01-01 to 2990-12-31"
    batch = editor.post("/v1/observations/batch", {"data": [coming | {"indicator_id": INDICATOR}]})
    assert faults(batch)["data.0.time_period"].endswith(words)
    document = editor.get(f"/v1/plans/{PLAN}/document")
    value = coming | {"id": f"{INDICATOR}.x", "indicator_id": INDICATOR, "unit": "亿元"}
    document["observations"] = [value | {"recorded_at": "2021-06-02T00:00:00Z"}]
    put = editor.put(f"/v1/plans/{PLAN}/document", document)
    assert faults(put)["observations.0.time_period"].endswith(words)
    assert editor.post(URL, coming | {"obs_status": "F"}).status_code == 201
    progress = f"/v1/indicators/{INDICATOR}?fields=progress&status_at=2990-01-01"
    assert editor.get(progress)["progress"]["latest"] is None


def test_an_id_that_would_be_too_long_is_named(editor: Editor) -> None:
    long = f"{PLAN}.{'x' * (ID_LENGTH - len(PLAN) - 1)}"
    facts = {name: value for name, value in editor.get(f"/v1/indicators/{INDICATOR}").items() if name in COPIED}
    facts["target"] = {"comparator": "ge", "value": 78, "unit": "亿元"}
    assert editor.post("/v1/indicators", facts | {"id": long}).status_code == 201
    found = faults(editor.post(f"/v1/indicators/{long}/observations", {"time_period": "2021-Q1", "value": 1}))
    assert found == {"id": f"Must have at most {ID_LENGTH} characters."}


def test_a_change_of_the_plan_leaves_no_value_outside_of_it(editor: Editor) -> None:
    value = editor.post(URL, {"time_period": "2021-02", "value": 5}).get_json()["id"]
    found = faults(editor.patch(f"/v1/plans/{PLAN}", {"period_start": "2021-03-01"}), 409)
    assert found == {value: "time_period: Must not end before the plan's period, which starts on 2021-03-01."}
    document = editor.get(f"/v1/plans/{PLAN}/document")
    document["plan"]["period_start"] = "2021-03-01"
    assert value not in faults(editor.put(f"/v1/plans/{PLAN}/document", document))


def test_a_dry_run_reports_nothing(editor: Editor, store: Path) -> None:
    before = dump(store)
    one = {"indicator_id": INDICATOR, "time_period": "2021-Q1", "value": 10}
    assert editor.post("/v1/observations?validate_only=true", one).status_code == 200
    assert editor.post("/v1/observations/batch?validate_only=true", {"data": [one]}).status_code == 200
    assert dump(store) == before
