"""All command lines of this machine: from /proc where there is one (a small system has no `ps`), else from `ps`."""

from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path


def command_lines() -> str:
    places = list(Path("/proc").glob("[0-9]*/cmdline"))
    if not places:
        return subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True, check=True).stdout
    lines = []
    for place in places:
        with suppress(OSError):
            lines.append(place.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return "\n".join(lines)


def environment_of(pid: int) -> str:
    """The environment that a process of ours was started with."""
    place = Path(f"/proc/{pid}/environ")
    if place.exists():
        return place.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    command = ["ps", "eww", "-o", "command=", "-p", str(pid)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
