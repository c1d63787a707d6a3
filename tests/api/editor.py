"""A client that writes: its key goes with every request, and If-Match: * where nothing else is said."""

from pathlib import Path
from sqlite3 import connect
from typing import Any, NamedTuple

from werkzeug.test import TestResponse

from tests.api.contract import ContractClient

PLAN = "hunnan-2021"
SECTION = f"{PLAN}.2.2"
INDICATOR = f"{SECTION}.01"
MILESTONE = f"{SECTION}.m01"
DEADLINE = f"{PLAN}.due-2021-12-31"
NEW_INDICATOR: dict[str, Any] = {
    "section_id": SECTION,
    "name": "新增高新技术企业",
    "kind": "increment",
    "direction": "increase",
    "target": {"comparator": "ge", "value": 120, "unit": "家"},
    "deadline_id": DEADLINE,
    "due_precision": "year",
    "deadline_basis": "inherited",
}
NEW_MILESTONE: dict[str, Any] = {
    name: value for name, value in NEW_INDICATOR.items() if name not in {"kind", "direction", "target"}
}


class Editor(NamedTuple):
    """Write with a key."""

    client: ContractClient
    headers: dict[str, str]

    def get(self, url: str) -> Any:
        return self.client.get(url).get_json()

    def post(self, url: str, body: Any, **headers: str) -> TestResponse:
        return self.client.post(url, json=body, headers={**self.headers, **_named(headers)})

    def patch(self, url: str, body: Any, **headers: str) -> TestResponse:
        return self.client.patch(url, json=body, headers={**self.headers, "If-Match": "*", **_named(headers)})

    def put(self, url: str, body: Any, **headers: str) -> TestResponse:
        return self.client.put(url, json=body, headers={**self.headers, "If-Match": "*", **_named(headers)})

    def delete(self, url: str, **headers: str) -> TestResponse:
        return self.client.delete(url, headers={**self.headers, "If-Match": "*", **_named(headers)})


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def faults(answer: TestResponse, status: int = 422) -> dict[str, str]:
    """Return what is wrong by field (or parameter), of an answer that must have this status."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    return {entry.get("field") or entry["parameter"]: entry["detail"] for entry in answer.get_json()["errors"]}


def dump(store: Path) -> list[str]:
    """Write the whole store out, but for when keys were used and what repeated requests need."""
    with connect(store) as raw:
        lines = list(raw.iterdump())
    return [line for line in lines if "api_key" not in line and "idempotency" not in line]
