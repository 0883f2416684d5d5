"""The entry point: errors become text and an exit code, and with --json one document."""

from __future__ import annotations

import json
import subprocess
import sys

KEY = "QUFB" * 21 + "QQ=="
PROGRAM = f"""
import sys
from recipebatch.cli import app as command
from recipebatch.text.secret import Secret

def broken(**_):
    known = Secret("s3cret-of-a-recipe")
    raise RuntimeError("at http://127.0.0.1:1/c/b?sv=1&sig=abc%3D with {KEY} and " + known.reveal())

command.app = broken
sys.argv = ["recipebatch", "apply", "--json"]
command.main()
"""


def test_a_bug_is_reported_with_its_position_and_without_secrets() -> None:
    # The program has a key: neither a command line nor a file shows it.
    done = subprocess.run([sys.executable, "-"], input=PROGRAM, capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "in broken" in done.stderr
    assert "recipebatch has a defect: RuntimeError: at http://127.0.0.1:1/c/b?*** with *** and ***" in done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "defect"
    for secret in ("abc%3D", "s3cret-of-a-recipe", KEY):
        assert secret not in done.stdout + done.stderr


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "recipebatch", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_an_error_is_text_on_stderr_and_a_document_on_stdout() -> None:
    done = run("validate", "no-such.yaml", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["problems"][0]["code"] == "unreadable-recipe"
    done = run("explain", "no-such-code", "--json")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert json.loads(done.stdout)["error"]["code"] == "usage"


def test_what_the_parser_of_the_command_line_refuses_is_a_usage_error() -> None:
    done = run("validate", "--no-such-option", "--json")
    assert done.returncode == 2
    assert "--no-such-option" in done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "usage"
    assert run("validate", "--no-such-option").stdout == ""
