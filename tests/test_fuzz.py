"""Schemathesis over every operation of the contract, against the running service."""

import os
import subprocess
import sys
from pathlib import Path

from tests.test_server import TOP, start

EXAMPLES = os.environ.get("FUZZ_EXAMPLES", "15")
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,positive_data_acceptance,unsupported_method"
)


def test_a_fuzzer_finds_nothing(store: Path) -> None:
    process, url = start(store)
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", "openapi.yaml", "--url", f"{url}/v1"]
    options = ["--max-examples", EXAMPLES, "--checks", CHECKS, "--seed", "1", "--generation-database", "none"]
    run = subprocess.run([*command, *options], capture_output=True, text=True, check=False, cwd=TOP)
    process.terminate()
    output, _ = process.communicate(timeout=30)
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
    assert "Traceback" not in output
