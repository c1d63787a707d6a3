"""A client that writes over HTTP and may be killed at any moment, as may the worker that it talks to.

Each request has an Idempotency-Key, is sent again until it is answered, and what was done is acknowledged afterwards.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from random import Random
from typing import Any

PLAN, SECTION = "hunnan-2021", "hunnan-2021.2.2"
INDICATORS = [f"{SECTION}.0{number}" for number in range(1, 6)]
DEADLINE = f"{PLAN}.due-2021-12-31"
MILESTONES = [f"{PLAN}.{place}" for place in ("1.1.m01", "1.1.m02", "1.2.m01", "2.2.m01", "2.2.m02", "2.2.m03")]
"""Those that each writer, by its number, changes."""
AGAIN = {409, 500, 502, 503, 507}
"""Answered so, a request may have been carried out or not: 409 says that the first is still being worked on."""


def send(method: str, url: str, body: Any = None, **headers: str) -> tuple[int, Any, str, int]:
    """Send a request until it is answered: status, headers, text, and how often it was sent again."""
    data = None if body is None else json.dumps(body).encode()
    named = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    for times in range(2000):
        try:
            request = urllib.request.Request(url, data, named, method=method)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.headers, answer.read().decode(), times
        except urllib.error.HTTPError as error:
            if error.code not in AGAIN:
                return error.code, error.headers, error.read().decode(), times
        except (OSError, HTTPException):
            pass  # the worker was killed, before or after it did what it was asked
        time.sleep(0.05)
    raise AssertionError("the service does not come back")


class Client:
    """Write with a key; acknowledge what was done as lines of JSON, each in one system call."""

    def __init__(self, url: str, key: str, acknowledged: int, number: int) -> None:
        self.url, self.acknowledged, self.number = url, acknowledged, number
        self.headers = {"Authorization": f"Bearer {key}"}
        self.random = Random(os.getpid())
        self.count = 0

    def get(self, path: str) -> tuple[Any, Any]:
        status, headers, text, _ = send("GET", self.url + path)
        assert status == 200, text
        return json.loads(text), headers

    def write(self, method: str, path: str, body: Any, name: str, **headers: str) -> Any:
        """Write once, and acknowledge it under a name if it was taken."""
        key = {"Idempotency_Key": name, **self.headers, **headers}
        status, _, text, times = send(method, self.url + path, body, **key)
        if status >= 500 or status in {400, 401, 403, 404, 428}:
            raise AssertionError(text)
        if status < 300:  # else someone else was faster
            line = json.dumps({"name": name, "method": method, "path": path, "again": times})
            os.write(self.acknowledged, f"{line}\n".encode())
        return json.loads(text) if text and status < 300 else None

    def name(self) -> str:
        self.count += 1
        return f"w{self.number}-{os.getpid()}-{self.count}"

    def report(self) -> None:
        """Report two values together, of one of the two months that are this writer's."""
        name, period = self.name(), f"2021-{2 * self.number + self.random.randint(1, 2):02}"
        values = []
        for indicator in self.random.sample(INDICATORS, 2):
            held, _ = self.get(f"/v1/indicators/{indicator}/observations?limit=1000")
            before = [item["id"] for item in held["data"] if item["time_period"] == period]
            value: dict[str, Any] = {
                "indicator_id": indicator,
                "time_period": period,
                "value": self.count,
                "note": name,
            }
            values.append(value | {"supersedes": before[0] if before else None})
        self.write("POST", "/v1/observations/batch", {"data": values}, name)

    def amend(self) -> None:
        """Change the state that was seen."""
        path, name = f"/v1/milestones/{MILESTONES[self.number]}", self.name()
        _, headers = self.get(path)
        self.write("PATCH", path, {"name": name}, name, If_Match=headers["ETag"])

    def add(self) -> None:
        """Add something, and perhaps take it away again."""
        due = {"deadline_id": DEADLINE, "due_precision": "year", "deadline_basis": "inherited"}
        name = self.name()
        made = self.write("POST", "/v1/milestones", {"section_id": SECTION, "name": name, **due}, name)
        if made and self.random.random() < 0.5:
            self.write("DELETE", f"/v1/milestones/{made['id']}", None, self.name(), If_Match="*")

    def read(self) -> None:
        """Read all values reported: of those reported together there is both or neither."""
        status, _, text, _ = send("GET", f"{self.url}/v1/observations.ndjson?superseded=true&fields=note")
        assert status == 200, text
        notes = [json.loads(line)["note"] for line in text.splitlines()]
        assert all(notes.count(note) == 2 for note in set(notes)), "a half of a write was seen"


def main(url: str, key: str, acknowledged: int, number: int) -> None:
    """Write for ever, or read for ever where the number is of no writer."""
    client = Client(url, key, acknowledged, number)
    while True:
        if number >= len(MILESTONES):
            client.read()
        else:
            client.random.choice((client.report, client.report, client.amend, client.add))()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
