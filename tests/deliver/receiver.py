"""A real receiver on this machine: it keeps what it is sent, and answers as it is told to."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

Reply = tuple[int, dict[str, str]]
OK: Reply = (204, {})


class Receiver:
    """Hold the messages received, as (path, headers, body), and decide on each answer by its number and body."""

    def __init__(self, decide: Callable[[int, Any], Reply] = lambda number, body: OK) -> None:
        self.decide = decide
        self.received: list[tuple[str, dict[str, str], bytes]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, headers, _ in self.received]

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.received]

    def wait_for(self, number: int) -> None:
        """Wait until so many messages have come."""
        for _ in range(2400):
            if len(self.received) >= number:
                return
            time.sleep(0.05)
        raise AssertionError(f"{len(self.received)} messages came, not {number}")


@contextmanager
def receiving(receiver: Receiver) -> Iterator[Receiver]:
    """Let a receiver listen."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # whoever sent it was killed
                return
            receiver.received.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            status, headers = receiver.decide(len(receiver.received), json.loads(body))
            self.send_response(status)
            for name, value in {"Content-Length": "0", **headers}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
