"""What docs/webhooks.md tells receivers to do, done."""

import re
import time
from typing import Any

from deliver import courier, event
from tests.api.test_server import TOP

TEXT = (TOP / "docs" / "webhooks.md").read_text("utf-8")
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="


def test_the_example_verifies_a_message_and_refuses_others() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    verified = names["verified"]
    body = event.ping("/v1/changes", "ping-1", "2026-11-23T08:00:00.000000Z", "wh-1")
    good = event.headers(SECRET.encode(), "ping-1", time.time(), body)
    assert verified(SECRET, good, body)
    assert verified(SECRET, good | {"webhook-signature": f"v1a,x v1,eA== {good['webhook-signature']}"}, body)
    assert not verified(SECRET, good, body + b" ")
    assert not verified(SECRET, good | {"webhook-id": "ping-2"}, body)
    assert not verified(SECRET.replace("M", "N"), good, body)
    for late in (-301, 301):
        assert not verified(SECRET, event.headers(SECRET.encode(), "ping-1", time.time() + late, body), body)


def test_the_intervals_are_those_of_the_program() -> None:
    hours = ", ".join(str(seconds // 3600) for seconds in courier.RETRIES[3:-1])
    assert f"after 5 seconds, 5 minutes, 30 minutes, {hours} and {courier.RETRIES[-1] // 3600} hours" in TEXT
    assert courier.RETRIES[:3] == (5, 5 * 60, 30 * 60)
