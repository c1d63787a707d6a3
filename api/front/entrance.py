"""The entrance: every request gets an id, is measured, and is a line of the log when it is over."""

import time

from api.front import log, metrics
from api.front.headers import everywhere
from api.front.scope import Application, Message, Receive, Scope, Send, header
from api.settings import Settings


def entrance(application: Application, settings: Settings) -> Application:
    """Name, measure and log the requests of an application, and add the headers of every answer.

    What is no HTTP request is left unanswered: the server refuses a WebSocket that nobody accepts.
    """
    new_name = log.names()
    always = [(name.encode(), value.encode()) for name, value in everywhere(settings)]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        given = header(scope, b"x-request-id")
        name = scope["plan.request_id"] = given if given and log.HARMLESS.fullmatch(given) else new_name()
        status = sent = 0

        async def tell(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                metrics.count(scope["method"], scope.get("plan.route"), status, time.perf_counter() - started)
                headers = [*message["headers"], *always, (b"X-Request-Id", name.encode())]
                message = {**message, "headers": headers}
            else:
                sent += len(message["body"])
            await send(message)

        try:
            await application(scope, receive, tell)
        finally:  # when the last byte is handed over, or the caller has gone
            if settings.log and status:
                route, path = scope.get("plan.route"), scope["path"]
                log.write(name, scope["method"], route, path, status=status, started=started, sent=sent)

    return answer
