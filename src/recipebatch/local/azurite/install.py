"""Installs the pinned Azurite into the user's cache, once."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.errors import LocalAccountError
from recipebatch.local.file_lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.local.azurite.node import Node

PIN = Path(__file__).parent / "pin"
"""package.json and package-lock.json (every package by its hash), and what is preloaded into Node.js."""

_PATIENCE = 1200.0
"""Seconds to wait for npm, our own or another process's; a slow line takes minutes."""


@cache
def azurite_version() -> str:
    """The version that is pinned, such as `3.35.0`."""
    package = json.loads((PIN / "package.json").read_text(encoding="utf-8"))
    return str(package["dependencies"]["azurite"])


def install_folder(cache_folder: Path) -> Path:
    """Where the pinned Azurite goes; another lock file makes it another folder, so an installed one never changes."""
    content = b"".join((PIN / name).read_bytes() for name in ("package.json", "package-lock.json"))
    return cache_folder / f"azurite-{azurite_version()}-{hashlib.sha256(content).hexdigest()[:12]}"


def ensure_installed(cache_folder: Path, node: Node, *, say: Callable[[str], None]) -> Path:
    """Install Azurite unless it is installed; returns its folder. Safe when several processes do it at once.

    Raises:
        LocalAccountError: npm failed; the error carries the end of what npm said.
    """
    folder = install_folder(cache_folder)
    if folder.is_dir():
        return folder
    cache_folder.mkdir(parents=True, exist_ok=True)

    def wait_message() -> None:
        say("another process is installing Azurite; waiting for it")

    lock = cache_folder / f"{folder.name}.lock"
    with locked(lock, patience=_PATIENCE, purpose="installing Azurite", when_busy=wait_message):
        if not folder.is_dir():
            say(f"installing Azurite {azurite_version()} (once)…")
            for partial in cache_folder.glob(f".{folder.name}.*"):  # an installation that was killed
                shutil.rmtree(partial, ignore_errors=True)
            _install(folder, node)
    return folder


def _install(folder: Path, node: Node) -> None:
    """Fill a folder beside the final one, then rename it: the final one exists complete or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.", ignore_cleanup_errors=True) as fresh:
        place = Path(fresh) / "azurite"
        place.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(PIN / name, place / name)
        _fetch(place, node)
        installed = json.loads((place / "node_modules/azurite/package.json").read_text(encoding="utf-8"))
        if installed["version"] != azurite_version() or not main_script(place).is_file():
            raise LocalAccountError(
                f"npm installed Azurite {installed['version']} instead of {azurite_version()}",
                hint="look for npm settings that replace packages: `npm config list`",
            )
        place.rename(folder)


def _fetch(place: Path, node: Node) -> None:
    """Let npm fetch the packages of the lock file."""
    # No package of the lock file has an install script; this keeps it so.
    install = ["ci", "--ignore-scripts", "--omit=dev", "--package-lock"]
    # With no way to the registry `npm ci` fails only after it has tried hundreds of packages, which can take a quarter
    # of an hour; one request shows the same in seconds. npm's own cache may still hold them all.
    asked = _run_npm(place, node, ["view", f"azurite@{azurite_version()}", "version", "--fetch-retries=1"])
    ended = _run_npm(place, node, install if asked.code == 0 else [*install, "--offline"])
    if ended.code != 0:
        telling = ended if asked.code == 0 else asked
        raise LocalAccountError(
            f"Azurite {azurite_version()} could not be installed: `{telling.command}` ended with exit code "
            f"{telling.code}:\n{telling.end}",
            hint="if this machine reaches the npm registry through a proxy or a mirror, tell npm so "
            "(HTTPS_PROXY, or `registry=` in ~/.npmrc); then run the command again",
        )


def main_script(folder: Path) -> Path:
    """The script of Azurite's blob service."""
    return folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


_CHATTER = re.compile(r"behind a proxy|^npm error( network)?\s*$|^npm error +(at |[a-z]+: |})")
"""Advice, empty lines, stack traces and dumped properties among npm's errors."""


@dataclass(frozen=True, slots=True)
class _NpmEnd:
    """How a run of npm ended; `end` is the last of what it said."""

    command: str
    code: int
    end: str


def _run_npm(place: Path, node: Node, arguments: list[str]) -> _NpmEnd:
    """Run npm. The user's npm settings hold: registry, proxy, certificates and credentials are theirs to say."""
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--loglevel=error"]
    # npm's own pauses between two attempts are 10 to 60 seconds.
    impatient = ["--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=5000"]
    # guard.cjs ends npm when this process ends, even by SIGKILL: the open stdin is what it watches.
    command = [str(node.program), "--require", str(PIN / "guard.cjs"), str(node.npm), *arguments, *quiet, *impatient]
    with subprocess.Popen(
        command,
        cwd=place,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as npm:
        # Not communicate(): that closes stdin, which is the sign to end.
        limit = threading.Timer(_PATIENCE, npm.kill)
        limit.start()
        try:
            said = npm.stdout.read() if npm.stdout else ""
            code = npm.wait()
        except BaseException:
            npm.kill()
            raise
        finally:
            limit.cancel()
    # The path of npm's log and npm's advice are no help in the error message.
    lines = [line for line in said.splitlines() if line.startswith("npm error") and "debug-0.log" not in line]
    errors = [line for line in lines if not _CHATTER.search(line)]
    end = "\n".join(f"  {line}" for line in (errors or said.splitlines())[:8]) or "  (nothing)"
    return _NpmEnd(command=f"npm {' '.join(arguments[:2])}", code=code, end=end)
