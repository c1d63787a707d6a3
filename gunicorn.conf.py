"""How gunicorn serves: `gunicorn` in this folder, or `plan-indicators serve`, reads this file."""

import json
import os
import shutil
import socket
import struct
import tempfile
from uuid import uuid4

import gunicorn.util

MEASUREMENTS = tempfile.mkdtemp(prefix="plan-indicators-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = MEASUREMENTS  # before prometheus_client is loaded, by whichever import

from api import EVERYWHERE  # noqa: E402
from api.problems import MEDIA_TYPE, PROBLEMS  # noqa: E402
from api.settings import read, read_server  # noqa: E402

wsgi_app = "api:create_app()"
SERVER = read_server()
SETTINGS = read()
bind = SERVER.bind
workers = SERVER.workers
worker_class = "gthread"  # threads, so that a slow export does not hold a worker
threads = SERVER.threads
timeout = 60  # a worker that gives no sign of life for a minute is replaced
graceful_timeout = 20  # exports under way may end
keepalive = 15  # a frontend's next request finds its connection open
limit_request_line = 8190  # a query of 8,000 bytes and the path
limit_request_fields = 60
control_socket_disable = True  # no file in the home directory


SILENCE = struct.pack("ll", 10, 0)  # seconds that a caller may say nothing in the middle of a request


def when_ready(server):  # type: ignore[no-untyped-def]  # gunicorn has no annotations
    """Give up on callers who begin a request and do not go on: connections inherit this of the listening socket."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, SILENCE)


def child_exit(server, worker):  # type: ignore[no-untyped-def]  # noqa: ARG001  # gunicorn's signature
    """Tell the measurements that a worker is gone; what it has counted stays counted."""
    from prometheus_client import multiprocess  # noqa: PLC0415  # only once the folder is known

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Leave nothing behind."""
    shutil.rmtree(MEASUREMENTS, ignore_errors=True)


REFUSED = {
    414: ("uri-too-long", f"at most {limit_request_line} bytes"),
    431: ("headers-too-large", f"at most {limit_request_fields} headers of 8190 bytes"),
    500: ("internal-error", "a request that can be answered: the log says what went wrong"),
}
MALFORMED = (
    "malformed-request",
    "HTTP/1.1 with a URL in ASCII: other characters are percent-encoded (curl --get --data-urlencode q=技术)",
)


def _problem(sock, status_int, reason, mesg):  # type: ignore[no-untyped-def]  # noqa: ARG001  # gunicorn's signature
    """Answer what gunicorn itself refuses as a problem (RFC 9457) too, in place of its HTML page."""
    name, allowed = REFUSED.get(status_int, MALFORMED)
    kind = PROBLEMS[name]
    request_id = uuid4().hex
    problem = {
        "type": f"{SETTINGS.public_url or ''}/v1/problems/{name}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.explanation,
        "instance": f"urn:request:{request_id}",
        "errors": [{"parameter": "request", "detail": kind.title + ".", "allowed": [allowed]}],
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    headers = [
        ("Connection", "close"),
        ("Content-Type", MEDIA_TYPE),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Request-Id", request_id),
        *EVERYWHERE,
        *([("Access-Control-Allow-Origin", "*")] if "*" in SETTINGS.cors_origins else []),
    ]
    head = f"HTTP/1.1 {kind.status} {reason}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
    gunicorn.util.write_nonblock(sock, head.encode() + b"\r\n" + body)


gunicorn.util.write_error = _problem
