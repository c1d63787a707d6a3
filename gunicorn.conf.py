"""How gunicorn serves: `gunicorn` in this folder, or `plan-indicators serve`, reads this file."""

import json
import os
import shutil
import tempfile
import textwrap
from uuid import uuid4

import gunicorn.util

MEASUREMENTS = tempfile.mkdtemp(prefix="plan-indicators-")
os.environ["PROMETHEUS_MULTIPROC_DIR"] = MEASUREMENTS  # before any worker loads prometheus_client

wsgi_app = "api:create_app()"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("PLAN_WORKERS") or min(4, os.cpu_count() or 1))
worker_class = "gthread"  # threads, so that a slow export does not hold a worker
threads = int(os.environ.get("PLAN_THREADS") or 4)
timeout = 60  # a worker that gives no sign of life for a minute is replaced
graceful_timeout = 20  # exports under way may end
keepalive = 15  # a frontend's next request finds its connection open
limit_request_line = 8190  # a query of 8,000 bytes and the path
limit_request_fields = 60
control_socket_disable = True  # no file in the home directory


def child_exit(server, worker):  # type: ignore[no-untyped-def]  # noqa: ARG001  # gunicorn's signature
    """Tell the measurements that a worker is gone; what it has counted stays counted."""
    from prometheus_client import multiprocess  # noqa: PLC0415  # only once the folder is known

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Leave nothing behind."""
    shutil.rmtree(MEASUREMENTS, ignore_errors=True)


REFUSED = {
    414: ("uri-too-long", "The request line is too long.", f"at most {limit_request_line} bytes"),
    431: ("headers-too-large", "The headers are too large.", f"at most {limit_request_fields} headers of 8190 bytes"),
}
MALFORMED = (
    "malformed-request",
    "The request is not valid HTTP.",
    "METHOD URL HTTP/1.1 in ASCII: other characters are percent-encoded (curl --get --data-urlencode q=技术)",
)


def _problem(sock, status_int, reason, mesg):  # type: ignore[no-untyped-def]  # noqa: ARG001  # gunicorn's signature
    """Answer what gunicorn itself refuses as a problem (RFC 9457) too, in place of its HTML page."""
    name, detail, allowed = REFUSED.get(status_int, MALFORMED)
    problem = {
        "type": f"/v1/problems/{name}",
        "title": reason,
        "status": status_int,
        "detail": detail,
        "instance": f"urn:uuid:{uuid4()}",
        "errors": [{"parameter": "request", "detail": detail, "allowed": [allowed]}],
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    head = textwrap.dedent(f"""\
        HTTP/1.1 {status_int} {reason}\r
        Connection: close\r
        Content-Type: application/problem+json\r
        Cache-Control: no-store\r
        Content-Length: {len(body)}\r
        \r
        """)
    gunicorn.util.write_nonblock(sock, head.encode() + body)


gunicorn.util.write_error = _problem
