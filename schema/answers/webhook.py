"""Schemas of webhooks, their deliveries and their messages."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.answers.change import CURSOR, SHOWN, ChangeSchema
from schema.answers.target import URL_MOST
from schema.fields import Text, Timestamp, identifier, plan_identifier
from schema.item import NULL, Strict, stamps

WEBHOOKS_MOST = 100
"""Maximum number of webhooks; each may occupy a thread of `plan-indicators deliver`."""
EVENT = "application/cloudevents+json"
"""Media type of a message: CloudEvents in structured mode."""
TYPE = "plan-indicators"
"""Prefix of the type of every event."""
STATES = ("active", "paused", "disabled")
KINDS = ("change", "reset", "ping")
STATUSES = ("queued", "retrying", "delivered", "dead")
AFTER = r"^[0-9]{1,18}$"


class WebhookFactsSchema(Strict):
    """A subscription: where to send which changes."""

    url = Text(
        URL_MOST,
        required=True,
        metadata={"description": "URL of the receiver: http or https, public address, no password."},
    )
    description = Text(500, metadata={"description": "Description."}, **NULL)
    plans = fields.List(
        plan_identifier(),
        validate=validate.Length(max=query.VALUES_MOST),
        load_default=list,
        metadata={"description": "Send changes of these plans only. Empty: all plans."},
    )
    resources = fields.List(
        fields.String(validate=validate.OneOf(tuple(SHOWN))),
        validate=validate.Length(max=len(SHOWN)),
        load_default=list,
        metadata={"description": "Send changes of these resources only. Empty: all resources."},
    )
    state = fields.String(
        validate=validate.OneOf(STATES[:2]),
        load_default="active",
        metadata={"description": "`paused` holds messages back. `active` resumes at once after the last one sent."},
    )


class WebhookCreateSchema(WebhookFactsSchema):
    """A new webhook."""

    since = Text(24, pattern=CURSOR, metadata={"description": "Send changes after this cursor. Default: from now on."})


class WebhookSchema(Strict):
    """A webhook, without its secret."""

    id = identifier(metadata={"description": "Id of the webhook."})
    url = Text(URL_MOST, metadata={"description": "URL of the receiver."})
    description = Text(500, metadata={"description": "Description."}, **NULL)
    plans = fields.List(plan_identifier(), validate=validate.Length(max=query.VALUES_MOST))
    resources = fields.List(
        fields.String(validate=validate.OneOf(tuple(SHOWN))), validate=validate.Length(max=len(SHOWN))
    )
    state = fields.String(
        validate=validate.OneOf(STATES), metadata={"description": "`disabled`: the receiver answered 410."}
    )
    reason = Text(200, metadata={"description": "Why it is disabled; null if it is not."}, **NULL)
    since = Text(24, pattern=CURSOR, metadata={"description": "Cursor after which it starts."})
    cursor = Text(
        24, pattern=CURSOR, metadata={"description": "Changes up to this cursor were delivered, given up or skipped."}
    )
    failing_since = Timestamp(
        metadata={"description": "Time since which attempts have failed (UTC); null if they succeed."}, **NULL
    )
    created_by = Text(200, metadata={"description": "Name of the key that created it."})
    version, created_at, updated_at = stamps().values()


class WebhookCreatedSchema(WebhookSchema):
    """A new webhook with its secret."""

    secret = Text(
        60,
        pattern=r"^whsec_[A-Za-z0-9+/]{43}=$",
        metadata={
            "description": "Secret that signs messages (Standard Webhooks). Shown only here; null with validate_only."
        },
        **NULL,
    )


class WebhooksSchema(Strict):
    """The list of webhooks."""

    data = fields.List(fields.Nested(WebhookSchema), validate=validate.Length(max=WEBHOOKS_MOST))


class DeliverySchema(Strict):
    """A message to a webhook, with the state of its delivery."""

    id = Text(40, metadata={"description": "webhook-id of the message, the same at every attempt."})
    kind = fields.String(
        validate=validate.OneOf(KINDS),
        metadata={"description": "change; reset, after which receivers copy all data again; or ping, a test."},
    )
    status = fields.String(
        validate=validate.OneOf(STATUSES),
        metadata={"description": "`dead`: no further attempt, unless one is requested."},
    )
    attempts = fields.Integer(validate=validate.Range(0, 1_000_000), metadata={"description": "Number of attempts."})
    answer = fields.Integer(
        validate=validate.Range(100, 999), metadata={"description": "HTTP status of the last answer."}, **NULL
    )
    error = Text(500, metadata={"description": "Why there was no answer, or why the message cannot be sent."}, **NULL)
    created_at = Timestamp(metadata={"description": "Time of creation (UTC)."})
    attempted_at = Timestamp(metadata={"description": "Time of the last attempt (UTC)."}, **NULL)
    next_attempt_at = Timestamp(metadata={"description": "Latest time of the next attempt (UTC)."}, **NULL)


class DeliveriesSchema(Strict):
    """Messages to a webhook, newest first."""

    data = fields.List(fields.Nested(DeliverySchema), validate=validate.Length(max=query.LIMIT_MOST))
    next = fields.Url(
        validate=validate.Length(max=9000), metadata={"description": "URL of the next page; null on the last."}, **NULL
    )


class EventSchema(Strict):
    """The message that reports a change to a webhook (CloudEvents 1.0)."""

    specversion = fields.String(validate=validate.OneOf(["1.0"]), metadata={"description": "Version of CloudEvents."})
    id = Text(40, metadata={"description": "Cursor of the change. source and id identify the event."})
    source = Text(2000, metadata={"description": "URL of the change feed."})
    type = Text(60, metadata={"description": "`plan-indicators.{resource}.{operation}`."})
    subject = identifier(metadata={"description": "Id of the changed item."})
    time = Timestamp(metadata={"description": "Time at which the change was recorded (UTC)."})
    datacontenttype = fields.String(
        validate=validate.OneOf(["application/json"]), metadata={"description": "Media type of data."}
    )
    data = fields.Nested(ChangeSchema, metadata={"description": "The change, as in /v1/changes."})


class DeliveryRequestSchema(Strict):
    """A request for a delivery."""

    id = Text(
        40, metadata={"description": "Id of a message to deliver again at once. Default: create a test message (ping)."}
    )


DeliveriesQuerySchema: Any = Strict.from_dict(
    {
        "status": query.any_of(fields.String(validate=validate.OneOf(STATUSES)), "Status of the delivery."),
        "limit": query.whole(
            1, query.LIMIT_MOST, "Maximum number of messages on the page.", load_default=query.LIMIT_DEFAULT
        ),
        "after": Text(18, pattern=AFTER, metadata={"description": "Cursor in `next` of the previous page."}),
    },
    name="DeliveriesQuerySchema",
)
