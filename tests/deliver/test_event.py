"""What a webhook is told: verified by the libraries that receivers use."""

import json
from datetime import UTC, datetime

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from deliver import event

SOURCE = "https://plans.gov.example/v1/changes"
SECRET = b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
RECORD = {
    "seq": 7, "at": "2026-11-23T08:00:00.000000Z", "actor": "office", "operation": "update", "version": 2,
    "previous_version": 1, "resource": "indicator", "id": "hunnan-2021.2.2.01", "plan_id": "hunnan-2021",
    "after": {"name": "技术合同"},
}  # fmt: skip


def test_a_change_is_a_cloud_event() -> None:
    body = event.change(SOURCE, "5f2c0a1b-7", json.dumps(RECORD, ensure_ascii=False))
    read = JSONFormat().read(CloudEvent, body)
    assert (read.get_id(), read.get_source(), read.get_specversion()) == ("5f2c0a1b-7", SOURCE, "1.0")
    assert (read.get_type(), read.get_subject()) == ("plan-indicators.indicator.update", "hunnan-2021.2.2.01")
    assert read.get_time() == datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert read.get_datacontenttype() == "application/json"
    assert read.get_data() == RECORD
    assert "技术合同".encode() in body


def test_a_reset_and_a_ping_are_cloud_events() -> None:
    for body, kind in (
        (event.reset("/v1/changes", "a-reset", RECORD["at"], "5f2c0a1b-9"), "reset"),  # type: ignore[arg-type]
        (event.ping("/v1/changes", "ping-1", RECORD["at"], "wh-1"), "ping"),  # type: ignore[arg-type]
    ):
        read = JSONFormat().read(CloudEvent, body)
        assert (read.get_type(), read.get_subject()) == (f"plan-indicators.{kind}", None)


def test_a_receiver_verifies_the_signature_and_refuses_anything_else() -> None:
    body = event.change(SOURCE, "5f2c0a1b-7", json.dumps(RECORD, ensure_ascii=False))
    now = datetime.now(UTC).timestamp()
    headers = event.headers(SECRET, "5f2c0a1b-7", now, body)
    receiver = Webhook(SECRET.decode())
    assert receiver.verify(body, headers)["data"] == RECORD
    forged = [
        (body + b" ", headers),
        (body, headers | {"webhook-id": "5f2c0a1b-8"}),
        (body, headers | {"webhook-timestamp": str(int(now) + 1)}),
        (body, event.headers(b"whsec_" + b"A" * 43 + b"=", "5f2c0a1b-7", now, body)),
        (body, event.headers(SECRET, "5f2c0a1b-7", now - 301, body)),  # a replay
    ]
    for sent, head in forged:
        with pytest.raises(WebhookVerificationError):
            receiver.verify(sent, head)
