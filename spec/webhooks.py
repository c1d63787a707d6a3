"""The messages to webhooks: the member `webhooks` of OpenAPI 3.1."""

from typing import Any

from apispec import APISpec

from schema.answers.webhook import EVENT, TYPE, EventSchema
from spec.components import reference

TEXT = {"type": "string", "maxLength": 200, "pattern": "^[ -~]+$"}
HEADERS = {
    "webhook-id": (
        "Id of the message, the same at every attempt. Use it to detect duplicates.",
        "5f2c0a1b-2",
    ),
    "webhook-timestamp": (
        "Time of this attempt in seconds since 1970. Refuse messages that are more than 5 minutes off.",
        "1795420800",
    ),
    "webhook-signature": (
        "`v1,` and the base64 HMAC-SHA256, with the secret, of id, timestamp and body joined by dots.",
        "v1,iq5Nq1GpTgWmWyWvPdF2yJ8hJt1Jc0mJ7U2wq8mC3nE=",
    ),
}


def describe(spec: APISpec, change: dict[str, Any], source: str) -> dict[str, Any]:
    """Describe the message for a change. The example is a change that the contract also shows elsewhere."""
    event = {
        "specversion": "1.0",
        "id": f"5f2c0a1b-{change['seq']}",
        "source": source,
        "type": f"{TYPE}.{change['resource']}.{change['operation']}",
        "subject": change["id"],
        "time": change["at"],
        "datacontenttype": "application/json",
        "data": change,
    }
    parameters = [
        {"name": name, "in": "header", "required": True, "description": text, "schema": TEXT, "example": example}
        for name, (text, example) in HEADERS.items()
    ]
    return {
        "change": {
            "post": {
                "operationId": "tellChange",
                "summary": "Send a change to a webhook",
                "description": "`plan-indicators deliver` sends messages in order, at least once, signed as in Standard"
                " Webhooks. Other types are `plan-indicators.reset` (changes before data.cursor are lost: copy all data"
                " again) and `plan-indicators.ping` (a test).",
                "tags": ["Webhooks"],
                "security": [],
                "parameters": parameters,
                "requestBody": {
                    "required": True,
                    "description": "A CloudEvent 1.0 in structured mode (JSON).",
                    "content": {EVENT: {"schema": reference(spec, EventSchema), "example": event}},
                },
                "responses": {
                    "204": {"description": "Accepted. Any 2xx within 15 seconds is the same; the body is not read."},
                    "410": {"description": "No longer wanted. The webhook is disabled."},
                    "default": {
                        "description": "Failed. The message is sent again at growing intervals for three days."
                    },
                },
            }
        }
    }
