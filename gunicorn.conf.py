"""How gunicorn serves: `gunicorn` in this folder, or `plan-indicators serve`, reads this file."""

import gc
import os
import shutil
import socket
import struct
import sys
import tempfile
from pathlib import Path

import gunicorn.util

OWN = f"plan-indicators-{os.getpid()}-"
MEASUREMENTS = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if not Path(MEASUREMENTS).name.startswith(OWN):  # a reload reads this file again, and goes on counting
    MEASUREMENTS = tempfile.mkdtemp(prefix=OWN)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = MEASUREMENTS  # before prometheus_client is loaded, by whichever import
gc.disable()  # nothing that is loaded here is garbage: to look for it takes 40 ms of every start

from api.server.refusals import FIELDS, LINE_BYTES, refusal  # noqa: E402
from api.settings import SettingsError, read, read_server  # noqa: E402
from db.connection import StoreError, verify  # noqa: E402

gc.freeze()  # nor need the workers look at it again
gc.enable()

try:
    SERVER, SETTINGS = read_server(), read()
except SettingsError as error:
    sys.exit(f"Error: {error}")  # in a line, not in a traceback
bind = SERVER.bind
workers = SERVER.workers
if SERVER.worker == "asgi":
    wsgi_app = "api.server.asgi:create()"
    worker_class = "api.server.worker.Worker"
    asgi_loop = "asyncio"
    asgi_lifespan = "off"
    asgi_disconnect_grace_period = 0  # a caller who has gone needs nothing more
    http_parser = "python"  # the other one has to be compiled, and is no faster where it matters
else:
    wsgi_app = "api.app:create_app()"
    worker_class = "api.server.threads.Worker"  # threads, so that a slow export does not hold a worker
    threads = SERVER.threads
timeout = 60  # a worker that gives no sign of life for a minute is replaced
graceful_timeout = 20  # exports under way may end
keepalive = 15  # a frontend's next request finds its connection open
limit_request_line = LINE_BYTES
limit_request_fields = FIELDS
forwarder_headers = ""  # SCRIPT_NAME is no header that a caller may send, though he comes from this machine
control_socket_disable = True  # no file in the home directory


SILENCE = struct.pack("ll", 10, 0)  # seconds that a caller may say nothing in the middle of a request


def on_starting(server):  # type: ignore[no-untyped-def]  # noqa: ARG001  # gunicorn's signature
    """Say of a store that cannot be served why, in a line: each worker would with a traceback."""
    try:
        verify(SETTINGS.database)
    except StoreError as error:
        sys.exit(f"Error: {error}")


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


def _problem(sock, status_int, reason, mesg):  # type: ignore[no-untyped-def]  # noqa: ARG001  # gunicorn's signature
    """Answer what gunicorn itself refuses as a problem (RFC 9457) too, in place of its HTML page."""
    gunicorn.util.write_nonblock(sock, refusal(status_int, SETTINGS))


gunicorn.util.write_error = _problem  # for gthread; api/server/worker.py has it for asgi
