"""The examples of the contract: real answers of the service for the bundled plan."""

import json
import re
import tempfile
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from api.reply.problems import PROBLEMS
from api.settings import Settings
from api.views.webhooks import EXAMPLE, WANTED
from db import connection
from db.clients import deliveries, keys, webhooks
from db.edit import load
from schema.query import QUERY_BYTES
from schema.rules import plan_file

HOST = "https://plans.gov.example"
MOMENT = "2021-01-01T00:00:00.000000Z"
TODAY = "2021-10-08"
"""The fixed date of the service that gives the examples."""
INDICATOR = "hunnan-2021.2.2.01"
OBSERVED = [
    {
        "id": f"{INDICATOR}.2021-q{quarter}",
        "indicator_id": INDICATOR,
        "time_period": f"2021-Q{quarter}",
        "value": value,
        "unit": "亿元",
        "obs_status": obs_status,
        "note": "Invented for this example.",
        "reported_by": None,
        "recorded_at": f"2021-{quarter * 3 + 1:02}-08T01:00:00.000000Z",
        "supersedes": None,
        "period_end": period_end,
    }
    for quarter, value, obs_status, period_end in ((1, 17.2, "A", "2021-03-31"), (2, 36.5, "P", "2021-06-30"))
]
"""Invented observations, because the bundled plan has none."""
DOCUMENT: dict[str, Any] = {
    "format": "plan-indicators",
    "format_version": 1,
    "plan": {
        "id": "example-2022",
        "title": "示例计划",
        "title_en": "An example, as small as a plan can be",
        "area_code": "999999",
        "area_name": "示例区",
        "level": "district",
        "period_start": "2022-01-01",
        "period_end": "2022-12-31",
        "status": "draft",
    },
    "deadlines": [{"id": "example-2022.due-2022-12-31", "due_on": "2022-12-31", "precision": "year", "label": "年底"}],
    "sections": [{"id": "example-2022.1", "number": "1", "title": "环境"}],
    "indicators": [
        {
            "id": "example-2022.1.01",
            "section_id": "example-2022.1",
            "code": "1.01",
            "name": "新增绿地面积",
            "kind": "increment",
            "direction": "increase",
            "target": {"comparator": "ge", "value": 22, "unit": "万平方米"},
            "deadline_id": "example-2022.due-2022-12-31",
            "due_precision": "year",
            "deadline_basis": "inherited",
        }
    ],
    "milestones": [],
}
"""An invented plan, small enough to show in full."""
DELIVERED = deliveries.Delivery("5f2c0a1b-2", "change", "delivered", 1, 204, None, MOMENT, MOMENT, None, 1)
SECRET = f"{webhooks.PREFIX}MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
"""Placeholder for a secret."""
PROVOKED: dict[str, tuple[str, str]] = {
    "invalid-parameter": ("/v1/indicators?unti=亿元", "*/*"),
    "not-found": ("/v1/plans/hunnan-2020", "*/*"),
    "not-acceptable": ("/v1/plans", "image/png"),
    "uri-too-long": (f"/v1/plans?plan={'x' * QUERY_BYTES}", "*/*"),
}
"""Requests (URL, Accept) that cause a problem. The other problems cannot be caused on purpose."""


def example_app(observed: Sequence[dict[str, Any]] = ()) -> Flask:
    """Create a service with its own store: the bundled plan, recorded at a fixed moment, and these observations."""
    store = Path(tempfile.mkdtemp()) / "plans.db"
    connection.create(store)
    writer = connection.open_writer(store)
    facts = plan_file.parse(load.BUNDLED.read_bytes())
    writer.execute("UPDATE feed SET lineage = '5f2c0a1b'")
    load.insert(writer, facts | {"observations": [*observed]}, "example", at=MOMENT)
    load.insert(writer, plan_file.parse(json.dumps(DOCUMENT).encode()), "example", at=MOMENT)
    app = create_app(Settings(database=store, public_url=HOST, log=False, today=TODAY))
    app.config["EXAMPLE_KEY"] = keys.create(writer, "example", ("admin",), None)
    with connection.transaction(writer, "example", MOMENT):
        webhooks.insert(writer, {**WANTED, "since": "5f2c0a1b-0"}, EXAMPLE)
    with deliveries.opened(store) as told:
        deliveries.record(told, EXAMPLE, DELIVERED, deliveries.Position(DELIVERED.id, None))
    writer.close()
    return app


def dry_run(client: FlaskClient, method: str, url: str, body: Any) -> Any:
    """Return the answer to a dry run of a write by a client with a key, with the fixed moment as its time."""
    headers = {} if method == "POST" else {"If-Match": "*"}
    response = client.open(f"{url}?validate_only=true", method=method, json=body, headers=headers)
    if response.status_code != HTTPStatus.OK:
        raise ValueError(f"{method} {url} is no example: {response.get_data(as_text=True)}")
    stamped = re.sub(r'"(\w+_at)":"[^"]+"', rf'"\1":"{MOMENT}"', response.get_data(as_text=True))
    stamped = re.sub(r"\b(wh|ping)-[0-9a-f]{16}", r"\1-7d2c9f1e5f2c0a1b", stamped) if method == "POST" else stamped
    return json.loads(stamped)


def made(answer: Any) -> Any:
    """Convert the answer of a dry run to that of a real write."""
    return answer | {"secret": SECRET} if "secret" in answer else answer


def example(client: FlaskClient, url: str) -> Any:
    """Return the answer of the service: parsed JSON, or the text of a file."""
    response = client.get(url)
    if response.status_code != HTTPStatus.OK:
        raise ValueError(f"{url} is no example: {response.get_data(as_text=True)}")
    if not response.is_json:
        return response.get_data(as_text=True)
    return response.get_json()


def problem(client: FlaskClient, name: str) -> Any:
    """Return a problem of the service: a real answer if one can be caused, otherwise a constructed one."""
    if name in PROVOKED:
        url, accept = PROVOKED[name]
        return client.get(url, headers={"Accept": accept}, environ_overrides={"plan.request_id": "7d2c9f1e"}).get_json()
    kind = PROBLEMS[name]
    return {
        "type": f"{HOST}/v1/problems/{name}",
        "title": kind.title,
        "status": kind.status,
        "detail": f"{kind.title}.",
        "instance": "urn:request:7d2c9f1e",
        "errors": [],
    }
