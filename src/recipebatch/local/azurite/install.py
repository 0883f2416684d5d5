"""Installs the pinned Azurite into the user's cache, once."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite.manifest import manifest_file, write_manifest
from recipebatch.local.file_lock import locked
from recipebatch.local.folders import CACHE_VARIABLE, in_words, make_private
from recipebatch.local.ownership import check_files, check_own_folder, check_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipebatch.local.azurite.node import Node

PIN = Path(__file__).parent / "pin"
"""Holds package.json, package-lock.json (every package by its hash) and the scripts preloaded into Node.js."""

_NPM_TIMEOUT = 1200.0
"""Seconds to wait for npm, in this or another process; minutes on a slow network."""


@cache
def azurite_version() -> str:
    """The pinned version, such as `3.35.0`."""
    package = json.loads((PIN / "package.json").read_text(encoding="utf-8"))
    return str(package["dependencies"]["azurite"])


def install_folder(cache_folder: Path) -> Path:
    """The installation folder; it depends on the lock file's hash, so an existing installation never changes."""
    content = b"".join((PIN / name).read_bytes() for name in ("package.json", "package-lock.json"))
    return cache_folder / f"azurite-{azurite_version()}-{hashlib.sha256(content).hexdigest()[:12]}"


def is_installed(cache_folder: Path) -> bool:
    """Whether Azurite is installed."""
    folder = install_folder(cache_folder)
    return folder.is_dir() and _is_complete(folder)


def ensure_installed(cache_folder: Path, node: Node, *, say: Callable[[str], None]) -> Path:
    """Install Azurite unless it is installed; returns its folder. Safe for concurrent processes.

    Its code is loaded only if no other user can change it: neither the folder nor one above it can be written to by
    others, and verify.cjs compares each file that is loaded with the manifest.

    Raises:
        LocalAccountError: npm failed, the message contains the first lines of npm's errors; or other users can change
            the folder.
    """
    check_own_folder(cache_folder, variable=CACHE_VARIABLE)
    check_program(node.program)
    folder = install_folder(cache_folder)
    with in_words(f"install Azurite in {cache_folder}"):
        if not _is_complete(folder):
            _install_once(cache_folder, folder, node, say)
    check_own_folder(folder, variable=CACHE_VARIABLE)
    return folder


def _is_complete(folder: Path) -> bool:
    return manifest_file(folder).is_file() and stat.S_IMODE(folder.stat().st_mode) == stat.S_IRWXU


def _install_once(cache_folder: Path, folder: Path, node: Node, say: Callable[[str], None]) -> None:
    if not cache_folder.is_dir():
        make_private(cache_folder)

    def wait_message() -> None:
        say("another process is installing Azurite; waiting for it")

    lock = cache_folder / f"{folder.name}.lock"
    with locked(lock, timeout=_NPM_TIMEOUT, purpose="installing Azurite", on_busy=wait_message):
        if _is_complete(folder):
            return
        if folder.is_dir():
            _adopt(folder)
            return
        say(f"installing Azurite {azurite_version()} with npm, once: it takes from 10 seconds to some minutes…")
        for partial in cache_folder.glob(f".{folder.name}.*"):  # left by a killed installation
            shutil.rmtree(partial, ignore_errors=True)
        _install(folder, node)


def _adopt(folder: Path) -> None:
    """Take over what an earlier version installed, which wrote no manifest, or what was opened to others since."""
    check_own_folder(folder, variable=CACHE_VARIABLE)
    check_files(folder)
    folder.chmod(0o700)
    if not manifest_file(folder).is_file():
        write_manifest(folder)


def _install(folder: Path, node: Node) -> None:
    """Install into a temporary folder, then rename it, so that the final folder is always complete."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.", ignore_cleanup_errors=True) as fresh:
        target = Path(fresh) / "azurite"
        target.mkdir(mode=0o700)
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(PIN / name, target / name)
        _fetch(target, node)
        installed = json.loads((target / "node_modules/azurite/package.json").read_text(encoding="utf-8"))
        if installed["version"] != azurite_version() or not main_script(target).is_file():
            raise LocalAccountError(
                f"npm installed Azurite {installed['version']} instead of {azurite_version()}",
                hint="look for npm settings that replace packages: `npm config list`",
            )
        write_manifest(target)
        os.sync()  # after a power failure the renamed folder must not have files without content
        target.rename(folder)


def _fetch(target: Path, node: Node) -> None:
    """Let npm fetch the packages of the lock file."""
    # No package of the lock file has an install script; this ensures that none is run.
    install = ["ci", "--ignore-scripts", "--omit=dev", "--package-lock"]
    # If the registry is unreachable, `npm ci` fails only after trying hundreds of packages, which can take 15 minutes;
    # one request shows it in seconds. npm's cache may still hold all packages.
    probe = _run_npm(target, node, ["view", f"azurite@{azurite_version()}", "version", "--fetch-retries=1"])
    result = _run_npm(target, node, install if probe.code == 0 else [*install, "--offline"])
    if result.code != 0:
        failed = result if probe.code == 0 else probe
        raise LocalAccountError(
            f"Azurite {azurite_version()} could not be installed: `{failed.command}` ended with exit code "
            f"{failed.code}:\n{failed.output}",
            hint=_UNTRUSTED if _NOT_TRUSTED.search(failed.output) else _NO_REGISTRY,
        )


_NOT_TRUSTED = re.compile(r"\bCERT_|_CERT\b|_CERT_|certificate", re.IGNORECASE)
_UNTRUSTED = (
    "a proxy that inspects TLS signs with a certificate of its own: set NODE_EXTRA_CA_CERTS to a PEM file that holds it"
    " (default: SSL_CERT_FILE, or the system's file of certificates); then run the command again"
)
_NO_REGISTRY = (
    "if this machine reaches the npm registry through a proxy or a mirror, tell npm so "
    "(HTTPS_PROXY, or `registry=` in ~/.npmrc); then run the command again"
)


def _certificates() -> dict[str, str]:
    """The variable by which Node.js trusts the system's certificates beside its own; empty if the user has set it."""
    if os.environ.get("NODE_EXTRA_CA_CERTS"):
        return {}
    import ssl

    found = ssl.get_default_verify_paths().cafile
    return {"NODE_EXTRA_CA_CERTS": found} if found else {}


def main_script(folder: Path) -> Path:
    """The script of Azurite's blob service."""
    return folder / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"


_NPM_NOISE = re.compile(r"behind a proxy|^npm error( network)?\s*$|^npm error +(at |[a-z]+: |})")
"""Lines of npm's errors to leave out: advice, empty lines, stack traces and dumped properties."""


@dataclass(frozen=True, slots=True)
class _NpmResult:
    """The result of one npm command; `output` has up to eight lines, indented."""

    command: str
    code: int
    output: str


def _run_npm(target: Path, node: Node, arguments: list[str]) -> _NpmResult:
    """Run npm with the user's npm settings, such as registry, proxy, certificates and credentials."""
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--no-progress", "--loglevel=error"]
    # By default npm pauses 10 to 60 seconds between two attempts.
    retry_pauses = ["--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=5000"]
    # guard.cjs watches stdin and ends npm when this process exits, even by SIGKILL.
    command = [str(node.program), "--require", str(PIN / "guard.cjs"), str(node.npm), *arguments, *quiet, *retry_pauses]
    with subprocess.Popen(
        command,
        cwd=target,
        env={**os.environ, **_certificates()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        umask=0o077,
    ) as npm:
        # Not communicate(), which closes stdin: guard.cjs would end npm.
        limit = threading.Timer(_NPM_TIMEOUT, npm.kill)
        limit.start()
        try:
            output = npm.stdout.read() if npm.stdout else ""
            code = npm.wait()
        except BaseException:
            npm.kill()
            raise
        finally:
            limit.cancel()
    # Leave out the path of npm's log and npm's advice, which do not help in the error message.
    lines = [line for line in output.splitlines() if line.startswith("npm error") and "debug-0.log" not in line]
    errors = [line for line in lines if not _NPM_NOISE.search(line)]
    excerpt = "\n".join(f"  {line}" for line in (errors or output.splitlines())[:8]) or "  (nothing)"
    return _NpmResult(command=f"npm {' '.join(arguments[:2])}", code=code, output=excerpt)
