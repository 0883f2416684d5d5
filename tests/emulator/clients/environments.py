"""Virtual environments of clients that conflict with our own dependencies."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).parent
_INSTALL_SECONDS = 600


def environment(folder: Path, name: str, *, alone: Sequence[str] = ()) -> Path:
    """The `bin` of a virtual environment with the requirements in `<name>.txt`; an existing one is reused.

    Args:
        folder: keeps environments between test runs.
        name: of the requirements file in this folder.
        alone: names of requirements files that are installed without dependencies.
    """
    files = [HERE / f"{file}.txt" for file in (name, *alone)]
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in files) + sys.version.encode()).hexdigest()[:16]
    place = folder / f"{name}-{digest}"
    complete = place / "complete"
    if not complete.exists():
        shutil.rmtree(place, ignore_errors=True)
        # Using our own pip, if there is one, saves installing another, half of the time.
        own = find_spec("pip") is not None
        _run(sys.executable, "-m", "venv", *(["--without-pip"] if own else []), str(place))
        python = str(place / "bin" / "python")
        pip = [sys.executable, "-m", "pip", "--python", python] if own else [python, "-m", "pip"]
        _run(*pip, "install", "--quiet", "--requirement", str(files[0]))
        for file in files[1:]:
            _run(*pip, "install", "--quiet", "--no-deps", "--requirement", str(file))
        complete.touch()
    return place / "bin"


def run_story(python: Path | str, sdk: str, account: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the scenario with one SDK; its observations are on stdout."""
    return subprocess.run(
        [str(python), "-P", str(HERE / "story.py"), sdk],
        env={"PATH": os.defpath, "PYTHONPATH": str(HERE), **account},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_INSTALL_SECONDS, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
