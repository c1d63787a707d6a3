"""Messages to webhooks: CloudEvents 1.0 (structured JSON), signed as in Standard Webhooks."""

import hmac
import json
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any

from schema.answers.webhook import EVENT, TYPE


def change(source: str, key: str, record: str) -> bytes:
    """Return the event for a change. Its data is the change as in /v1/changes."""
    data = json.loads(record)
    return _event(source, key, f"{data['resource']}.{data['operation']}", data["at"], data, subject=data["id"])


def reset(source: str, key: str, at: str, cursor: str) -> bytes:
    """Return the event for a reset: changes before this cursor are lost, so the receiver must copy all data again."""
    return _event(source, key, "reset", at, {"cursor": cursor})


def ping(source: str, key: str, at: str, webhook_id: str) -> bytes:
    """Return the event for a test."""
    return _event(source, key, "ping", at, {"webhook_id": webhook_id})


def _event(source: str, key: str, kind: str, at: str, data: Any, *, subject: str | None = None) -> bytes:
    members = {
        "specversion": "1.0",
        "id": key,
        "source": source,
        "type": f"{TYPE}.{kind}",
        **({"subject": subject} if subject else {}),
        "time": at,
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def headers(secret: bytes, key: str, moment: float, body: bytes) -> dict[str, str]:
    """Return the headers of a message: id, time of the attempt (Unix seconds), signature over both and the body."""
    timestamp = str(int(moment))
    content = b".".join([key.encode(), timestamp.encode(), body])
    signature = hmac.digest(b64decode(secret.removeprefix(b"whsec_")), content, sha256)
    return {
        "Content-Type": EVENT,
        "User-Agent": f"{TYPE}-webhooks",
        "webhook-id": key,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{b64encode(signature).decode()}",
    }
