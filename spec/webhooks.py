"""What the contract says of the messages that webhooks get: `webhooks` of OpenAPI 3.1."""

from typing import Any

from apispec import APISpec

from schema.webhook import EVENT, TYPE, EventSchema
from spec.components import reference

TEXT = {"type": "string", "maxLength": 200, "pattern": "^[ -~]+$"}
HEADERS = {
    "webhook-id": (
        "Names the message: the same at every attempt, so that one that comes twice can be told.",
        "5f2c0a1b-2",
    ),
    "webhook-timestamp": (
        "When this attempt is made, in seconds since 1970: refuse what is minutes off.",
        "1795420800",
    ),
    "webhook-signature": (
        "`v1,` and HMAC-SHA256 with the secret over id, timestamp and body, joined by dots, in base64.",
        "v1,iq5Nq1GpTgWmWyWvPdF2yJ8hJt1Jc0mJ7U2wq8mC3nE=",
    ),
}


def describe(spec: APISpec, change: dict[str, Any], source: str) -> dict[str, Any]:
    """Describe the message that a change is; its example is that of a change shown elsewhere in the contract."""
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
                "summary": "Tell a webhook of a change",
                "description": "Sent by `plan-indicators deliver`, signed as Standard Webhooks describes, in order, at"
                " least once. Besides changes there are events of the type `plan-indicators.reset` (data: the `cursor`"
                " before which nothing is known any more: copy everything anew) and `plan-indicators.ping` (a test).",
                "tags": ["Webhooks"],
                "security": [],
                "parameters": parameters,
                "requestBody": {
                    "required": True,
                    "description": "A CloudEvent 1.0 in structured JSON.",
                    "content": {EVENT: {"schema": reference(spec, EventSchema), "example": event}},
                },
                "responses": {
                    "204": {"description": "Taken, as any other 2xx within 15 seconds; the body is not read."},
                    "410": {"description": "No longer wanted: the webhook is disabled."},
                    "default": {"description": "Anything else: it is tried again, later and later, for three days."},
                },
            }
        }
    }
