"""Webhooks: what a subscription takes and shows, and what became of its messages."""

from typing import Any

from marshmallow import fields, validate

from schema import query
from schema.change import CURSOR, SHOWN, ChangeSchema
from schema.fields import Text, Timestamp, identifier, plan_identifier
from schema.item import NULL, Strict, stamps
from schema.target import URL_MOST

WEBHOOKS_MOST = 100
"""Each may hold a thread of `plan-indicators deliver`."""
EVENT = "application/cloudevents+json"
"""The media type of a message: structured CloudEvents."""
TYPE = "plan-indicators"
"""How the type of every event begins."""
STATES = ("active", "paused", "disabled")
KINDS = ("change", "reset", "ping")
STATUSES = ("queued", "retrying", "delivered", "dead")
AFTER = r"^[0-9]{1,18}$"


class WebhookFactsSchema(Strict):
    """Whom to tell of which changes."""

    url = Text(
        URL_MOST, required=True, metadata={"description": "Where to: http or https, at a public address, no password."}
    )
    description = Text(500, metadata={"description": "What it is for."}, **NULL)
    plans = fields.List(
        plan_identifier(),
        validate=validate.Length(max=query.VALUES_MOST),
        load_default=list,
        metadata={"description": "Changes of these plans only; of all, if empty."},
    )
    resources = fields.List(
        fields.String(validate=validate.OneOf(tuple(SHOWN))),
        validate=validate.Length(max=len(SHOWN)),
        load_default=list,
        metadata={"description": "Changes of these sorts of things only; of all, if empty."},
    )
    state = fields.String(
        validate=validate.OneOf(STATES[:2]),
        load_default="active",
        metadata={"description": "`paused` holds messages back; `active` goes on where it stood, at once."},
    )


class WebhookCreateSchema(WebhookFactsSchema):
    """A new webhook."""

    since = Text(
        24, pattern=CURSOR, metadata={"description": "Tell what changed after this cursor; left out, from now on."}
    )


class WebhookSchema(Strict):
    """A webhook, without its secret."""

    id = identifier(metadata={"description": "Its id."})
    url = Text(URL_MOST, metadata={"description": "Where messages go."})
    description = Text(500, metadata={"description": "What it is for."}, **NULL)
    plans = fields.List(plan_identifier(), validate=validate.Length(max=query.VALUES_MOST))
    resources = fields.List(
        fields.String(validate=validate.OneOf(tuple(SHOWN))), validate=validate.Length(max=len(SHOWN))
    )
    state = fields.String(
        validate=validate.OneOf(STATES), metadata={"description": "`disabled` is what the receiver has made of it."}
    )
    reason = Text(200, metadata={"description": "Why it is disabled; null while it is not."}, **NULL)
    since = Text(24, pattern=CURSOR, metadata={"description": "The cursor after which it begins."})
    cursor = Text(24, pattern=CURSOR, metadata={"description": "The cursor up to which its receiver has been told."})
    failing_since = Timestamp(metadata={"description": "Since when attempts fail; null while they do not."}, **NULL)
    created_by = Text(200, metadata={"description": "The name of the key that made it."})
    version, created_at, updated_at = stamps().values()


class WebhookCreatedSchema(WebhookSchema):
    """A new webhook, with its secret, which no other answer shows."""

    secret = Text(
        60,
        pattern=r"^whsec_[A-Za-z0-9+/]{43}=$",
        metadata={"description": "What messages are signed with (Standard Webhooks); null with validate_only."},
        **NULL,
    )


class WebhooksSchema(Strict):
    """The webhooks."""

    data = fields.List(fields.Nested(WebhookSchema), validate=validate.Length(max=WEBHOOKS_MOST))


class DeliverySchema(Strict):
    """A message to a webhook, and how its delivery stands."""

    id = Text(40, metadata={"description": "The webhook-id of the message: the same at every attempt."})
    kind = fields.String(
        validate=validate.OneOf(KINDS),
        metadata={"description": "A change; a reset, after which to copy everything anew; or a test."},
    )
    status = fields.String(
        validate=validate.OneOf(STATUSES),
        metadata={"description": "`dead`: no attempt will be made any more, unless it is asked for."},
    )
    attempts = fields.Integer(
        validate=validate.Range(0, 1_000_000), metadata={"description": "How often it has been tried."}
    )
    answer = fields.Integer(
        validate=validate.Range(100, 999), metadata={"description": "Status that was answered last."}, **NULL
    )
    error = Text(500, metadata={"description": "Why there was no answer, or why it did not do."}, **NULL)
    created_at = Timestamp(metadata={"description": "When the message was made (UTC)."})
    attempted_at = Timestamp(metadata={"description": "When it was tried last (UTC)."}, **NULL)
    next_attempt_at = Timestamp(metadata={"description": "When it is tried again at the latest (UTC)."}, **NULL)


class DeliveriesSchema(Strict):
    """Messages to a webhook, newest first."""

    data = fields.List(fields.Nested(DeliverySchema), validate=validate.Length(max=query.LIMIT_MOST))
    next = fields.Url(
        validate=validate.Length(max=9000), metadata={"description": "URL of the next page; null on the last."}, **NULL
    )


class EventSchema(Strict):
    """What a webhook is told of a change (CloudEvents 1.0)."""

    specversion = fields.String(validate=validate.OneOf(["1.0"]), metadata={"description": "Version of CloudEvents."})
    id = Text(40, metadata={"description": "The cursor of the change; with source, names the event."})
    source = Text(2000, metadata={"description": "The feed that the change stands in."})
    type = Text(60, metadata={"description": "`plan-indicators.{resource}.{operation}`."})
    subject = identifier(metadata={"description": "The id of what was changed."})
    time = Timestamp(metadata={"description": "When the change was recorded (UTC)."})
    datacontenttype = fields.String(
        validate=validate.OneOf(["application/json"]), metadata={"description": "What data is."}
    )
    data = fields.Nested(ChangeSchema, metadata={"description": "The change, as /v1/changes gives it."})


class DeliveryRequestSchema(Strict):
    """What to deliver."""

    id = Text(40, metadata={"description": "A message to deliver again, at once; left out, a test (ping) is made."})


DeliveriesQuerySchema: Any = Strict.from_dict(
    {
        "status": query.any_of(fields.String(validate=validate.OneOf(STATUSES)), "Which stand so."),
        "limit": query.whole(1, query.LIMIT_MOST, "Messages on a page at most.", load_default=query.LIMIT_DEFAULT),
        "after": Text(18, pattern=AFTER, metadata={"description": "Where the page before ended: in its `next`."}),
    },
    name="DeliveriesQuerySchema",
)
