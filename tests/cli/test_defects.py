"""What the command prints when it is itself wrong."""

from __future__ import annotations

import json
import subprocess
import sys

KEY = "QUFB" * 21 + "QQ=="
PROGRAM = f"""
import sys
from recipebatch.cli import app as command
from recipebatch.text.secret import Secret

def broken():
    known = Secret("s3cret-of-a-recipe")
    raise RuntimeError("at http://127.0.0.1:1/c/b?sv=1&sig=abc%3D with {KEY} and " + known.reveal())

command.app = broken
sys.argv = ["recipebatch", "apply", "--json"]
command.main()
"""


def test_a_defect_is_told_with_its_place_and_without_secrets() -> None:
    # The program has a key: neither a command line nor a file shows it.
    done = subprocess.run([sys.executable, "-"], input=PROGRAM, capture_output=True, text=True, check=False)
    assert done.returncode == 70
    assert "in broken" in done.stderr
    assert "recipebatch has a defect: RuntimeError: at http://127.0.0.1:1/c/b?*** with *** and ***" in done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "defect"
    for secret in ("abc%3D", "s3cret-of-a-recipe", KEY):
        assert secret not in done.stdout + done.stderr
