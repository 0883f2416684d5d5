"""Fast start: commands that need no Azure package import none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """
import sys
from recipebatch.cli.app import main
sys.argv = ["recipebatch", *sys.argv[1:]]
try:
    main()
finally:
    loaded = sorted(name for name in sys.modules if name.split(".")[0] in {"azure", "msal", "requests", "uvicorn"})
    print("LOADED", *loaded, file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["validate", "builtin:topn"], ["plan", "builtin:topn"], ["schema"]])
def test_what_needs_no_account_imports_no_azure_package(arguments: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "LOADED"
