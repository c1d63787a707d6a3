"""Measurements for Prometheus, right over all workers: each counts in files that whoever is asked adds up."""

import os
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from api.reply.links import settings
from api.request.store import store
from db.log import changes

blueprint = Blueprint("metrics", __name__)

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 20)
COUNTED = CollectorRegistry()
REQUESTS = Counter("plan_requests", "Requests answered.", ["method", "route", "status"], registry=COUNTED)
LATENCY = Histogram("plan_request_seconds", "Time to the first byte.", ["route"], buckets=BUCKETS, registry=COUNTED)
METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}


def count(method: str, route: str | None, status: int, seconds: float) -> None:
    """Count a request, and the time to its first byte."""
    requests, latency = _series(method if method in METHODS else "other", route or "none", status)
    requests.inc()
    latency.observe(seconds)


@cache
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Find what counts; looked up once, as that costs more than counting. A path is no label: callers make them up."""
    return REQUESTS.labels(method, route, status), LATENCY.labels(route)


@blueprint.get("/metrics")
def get_metrics() -> Response:
    """Give the measurements in the format of Prometheus."""
    registry = COUNTED
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    body = generate_latest(registry) + "".join(_state_of_the_store()).encode()
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"})


def _state_of_the_store() -> Iterator[str]:
    """Measure the store now: the same for all workers, so nothing is kept."""
    path = settings().database
    files = [path, path.with_name(f"{path.name}-wal")]
    feed = changes.feed(store())
    yield _gauge("plan_store_bytes", "Size of the store and its log.", sum(_size(file) for file in files))
    yield _gauge("plan_change_sequence", "Sequence of the last change.", feed.latest)
    yield _gauge("plan_change_pruned", "Sequence up to which changes are forgotten.", feed.pruned)
    replicated = path.with_name(f"{path.name}-txid")
    if replicated.exists():
        age = max(0.0, time.time() - replicated.stat().st_mtime)
        yield _gauge("plan_replica_age_seconds", "Seconds since the replica was last written to.", age)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _gauge(name: str, text: str, value: float) -> str:
    return f"# HELP {name} {text}\n# TYPE {name} gauge\n{name} {value}\n"
