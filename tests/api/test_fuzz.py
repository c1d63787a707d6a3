"""Schemathesis over every operation of the contract, against the running service."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from db import connection
from db.clients import keys
from tests.api.test_server import TOP, log_of, start

CONFIG = str(Path(__file__).with_name("schemathesis.toml"))
EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "5")
"""Random requests an operation, after thousands that walk the bounds of every parameter; `make fuzz` asks for more."""


@pytest.mark.usefixtures("second")
def test_a_fuzzer_finds_nothing(store: Path) -> None:
    writer = connection.open_writer(store)
    key = keys.create(writer, "fuzzer", ("admin",), None)
    writer.close()
    process, url = start(store)
    command = [str(Path(sys.executable).parent / "schemathesis"), "--config-file", CONFIG]
    options = [
        "run",
        "openapi.yaml",
        "--url",
        f"{url}/v1",
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--max-examples",
        EXAMPLES,
        "--seed",
        "1",
        "--header",
        f"Authorization: Bearer {key}",
    ]
    hooks = os.environ | {"SCHEMATHESIS_HOOKS": "tests.api.fuzz_hooks", "PYTHONPATH": str(TOP)}
    run = subprocess.run([*command, *options], env=hooks, capture_output=True, text=True, check=False, cwd=TOP)
    process.terminate()
    process.wait(timeout=30)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    log = log_of(store).read_text()
    assert "Traceback" not in log
    assert "Stateful" in run.stdout
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    taken = {(line["method"], line["status"]) for line in lines if line["status"] < 300}
    assert taken >= {("POST", 200), ("POST", 201), ("PATCH", 200)}, "the fuzzer has written nothing"
