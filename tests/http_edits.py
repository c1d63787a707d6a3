"""Writes over HTTP at random, as offices make them with their keys."""

from collections.abc import Callable
from random import Random
from typing import Any

from flask.testing import FlaskClient

from tests.edits import NAMES

PLAN = "hunnan-2021"
URL = f"/v1/plans/{PLAN}"


class Office:
    """An office with a key to the plan, which does one thing after the other."""

    def __init__(self, client: FlaskClient, key: str) -> None:
        self.client, self.headers = client, {"Authorization": f"Bearer {key}", "If-Match": "*"}

    def act(self, random: Random) -> int:
        """Do one of the things that an office does to a plan; return the status of the answer."""
        deeds: list[Callable[[Random], int]] = [
            self.report, self.report, self.report_many, self.amend, self.move, self.tick_off, self.add, self.withdraw,
            self.postpone, self.divide, self.rewrite,
        ]  # fmt: skip
        return random.choice(deeds)(random)

    def any(self, random: Random, resource: str) -> dict[str, Any]:
        found: dict[str, Any] = random.choice(self.client.get(f"/v1/{resource}?limit=1000").get_json()["data"])
        return found

    def send(self, method: str, url: str, body: Any = None) -> int:
        answer = self.client.open(url, method=method, json=body, headers=self.headers)
        assert answer.status_code < 300 or answer.status_code in {404, 409, 412, 422}, answer.get_data(as_text=True)
        return answer.status_code

    def value(self, random: Random) -> dict[str, Any]:
        """Make up a value of some indicator, which corrects the one that counts."""
        indicator, period = self.any(random, "indicators")["id"], f"2021-{random.randint(1, 9):02}"
        held = self.client.get(f"/v1/indicators/{indicator}/observations?limit=1000").get_json()["data"]
        before = [item["id"] for item in held if item["time_period"] == period]
        value = random.choice((1, 3.5, 90, -2))
        return {"indicator_id": indicator, "time_period": period, "value": value, "supersedes": (before or [None])[0]}

    def report(self, random: Random) -> int:
        return self.send("POST", "/v1/observations", self.value(random))

    def report_many(self, random: Random) -> int:
        return self.send("POST", "/v1/observations/batch", {"data": [self.value(random) for _ in range(3)]})

    def amend(self, random: Random) -> int:
        body = {"name": random.choice(NAMES), "nature": random.choice(("binding", "expected", None))}
        return self.send("PATCH", f"/v1/indicators/{self.any(random, 'indicators')['id']}", body)

    def move(self, random: Random) -> int:
        section = self.any(random, "sections")["id"]
        resource = random.choice(("indicators", "milestones"))
        return self.send("PATCH", f"/v1/{resource}/{self.any(random, resource)['id']}", {"section_id": section})

    def tick_off(self, random: Random) -> int:
        done = random.random() < 0.5
        body = {"state": "done" if done else "in_progress", "done_on": "2021-06-30" if done else None}
        return self.send("PATCH", f"/v1/milestones/{self.any(random, 'milestones')['id']}", body)

    def add(self, random: Random) -> int:
        due = {"deadline_id": self.any(random, "deadlines")["id"], "due_precision": "day", "deadline_basis": "stated"}
        section = self.any(random, "sections")["id"]
        return self.send("POST", "/v1/milestones", {"section_id": section, "name": random.choice(NAMES), **due})

    def withdraw(self, random: Random) -> int:
        resource = random.choice(("milestones", "indicators", "sections", "deadlines"))
        return self.send("DELETE", f"/v1/{resource}/{self.any(random, resource)['id']}")

    def postpone(self, random: Random) -> int:
        day = f"2021-{random.randint(6, 12):02}-28"
        if random.random() < 0.3:
            new = {"plan_id": PLAN, "due_on": day, "precision": "day", "label": day}
            return self.send("POST", "/v1/deadlines", new)
        return self.send("PATCH", f"/v1/deadlines/{self.any(random, 'deadlines')['id']}", {"due_on": day})

    def divide(self, random: Random) -> int:
        above = random.choice((None, self.any(random, "sections")["id"]))
        return self.send("POST", "/v1/sections", {"plan_id": PLAN, "parent_id": above, "title": random.choice(NAMES)})

    def rewrite(self, random: Random) -> int:
        """Put the document back in another order, without some of its milestones."""
        document = self.client.get(f"{URL}/document").get_json()
        random.shuffle(document["milestones"])
        document["milestones"] = document["milestones"][: random.randint(20, 60)]
        document["plan"]["title_en"] = random.choice(NAMES)
        return self.send("PUT", f"{URL}/document", document)
