"""Read-only nodes: PLAN_READ_ONLY=1 over a replica."""

from flask import Flask, request

from api.reply.links import settings
from api.reply.problems import Problem

SAFE = {"GET", "HEAD", "OPTIONS"}


def register(app: Flask) -> None:
    """Refuse every change before any other check."""
    if app.config["PLAN"].read_only:
        app.before_request(_refuse)


def _refuse() -> None:
    if request.method in SAFE or request.url_rule is None:
        return
    writer = settings().writer_url
    where = f"Send changes to {writer}{request.path}." if writer else "Ask the operator where to send changes."
    headers = {"Link": f'<{writer}{request.path}>; rel="edit"'} if writer else {}
    raise Problem("read-only", f"This node is read-only. {where}", headers=headers)
