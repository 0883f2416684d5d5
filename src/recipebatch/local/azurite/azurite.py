"""Starts and stops Azurite, Microsoft's blob emulator, as a child process that exits with its parent."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Self

from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite.install import PIN, azurite_version, ensure_installed, main_script
from recipebatch.local.azurite.node import find_node
from recipebatch.local.file_lock import locked
from recipebatch.local.folders import folders, make_private
from recipebatch.local.keys import new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from recipebatch.local.azurite.node import Node
    from recipebatch.text.secret import Secret

ACCOUNT = "recipebatch"
"""The name of the storage account on this machine."""

_READY_TIMEOUT = 60.0
"""Seconds Azurite may take to become ready; about one on an idle machine, many on one that swaps."""

_STOP = 10.0
"""Seconds Azurite may take to finish requests and save; guard.cjs exits a little earlier by itself."""

_GUARD = "guard.cjs"
"""The name of the script that only recipebatch loads into Azurite."""


class PortTakenError(LocalAccountError):
    """Another program is listening on the requested port."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(
            f"port {port} is taken by another program",
            hint=f"choose another port with {option}, or leave the option out to get a free one",
        )
        self.port = port


@dataclass(frozen=True, slots=True)
class AzuriteInstallation:
    """The Node.js and the installation folder with which `start_azurite` runs Azurite."""

    node: Node
    folder: Path


def ensure_azurite_installed(*, say: Callable[[str], None], cache_folder: Path | None = None) -> AzuriteInstallation:
    """Find Node.js, and install Azurite unless it is installed.

    Args:
        say: receives a line for the user before a slow step.
        cache_folder: defaults to the user's cache folder.

    Raises:
        LocalAccountError: there is no suitable Node.js, or npm failed.
    """
    node = find_node()
    return AzuriteInstallation(node, ensure_installed(cache_folder or folders().cache, node, say=say))


@dataclass
class Azurite:
    """A running Azurite; stop it with `stop()` or by leaving the `with` block.

    Attributes:
        endpoint: the blob endpoint with the account's name in its path: `http://127.0.0.1:PORT/recipebatch`.
        version: of Azurite.
        node_version: of the Node.js that runs it, such as `v22.11.0`.
    """

    endpoint: str
    port: int
    account: str
    key: Secret
    pid: int
    version: str
    node_version: str
    _process: subprocess.Popen[str] = field(repr=False)
    _reader: _Reader = field(repr=False)

    @property
    def connection_string(self) -> str:
        """The argument of `BlobServiceClient.from_connection_string`; contains the key."""
        return connection_string(self.endpoint, self.account, self.key)

    def last_activity(self) -> float:
        """The time of the last request, by `time.monotonic()`, accurate to a second; initially the start time."""
        return self._reader.last_activity

    def running(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Let Azurite finish and save, and wait until it exits; no error if it has exited already."""
        _end(self._process, self._reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def connection_string(endpoint: str, account: str, key: Secret) -> str:
    """The connection string that Azure's tools and SDKs take; contains the key."""
    scheme = endpoint.partition(":")[0]
    return f"DefaultEndpointsProtocol={scheme};AccountName={account};AccountKey={key.reveal()};BlobEndpoint={endpoint};"


def start_azurite(
    location: Path,
    *,
    installed: AzuriteInstallation | None = None,
    key: Secret | None = None,
    port: int = 0,
    switches: Sequence[str] = (),
    preload: Sequence[Path] = (),
    log: Callable[[str], None] = lambda _line: None,
    on_exit: Callable[[], None] = lambda: None,
) -> Azurite:
    """Start Azurite on loopback and return when it accepts requests.

    Args:
        location: its data folder; with the folder of an earlier Azurite, its blobs are available again.
        installed: the installation to run; if omitted, it is found or made.
        key: the account's key, base64; random if omitted.
        port: 0 selects a free one.
        switches: more options of Azurite, such as `--oauth`.
        preload: more JavaScript files to load before Azurite.
        log: receives Azurite's output lines, but no request lines, since their URLs may contain a SAS.
        on_exit: called from another thread when the process has exited for any reason.

    Raises:
        LocalAccountError: Azurite does not start, or another Azurite uses the folder.
        PortTakenError: the port is in use.
    """
    return begin_azurite(
        location,
        installed=installed,
        key=key,
        port=port,
        switches=switches,
        preload=preload,
        log=log,
        on_exit=on_exit,
    ).wait()


@dataclass
class StartingAzurite:
    """An Azurite process that is not ready yet; the caller can do other work meanwhile."""

    _process: subprocess.Popen[str]
    _reader: _Reader
    _key: Secret
    _port: int

    def wait(self) -> Azurite:
        """Wait until it is ready; raises the errors of `start_azurite`."""
        self._reader.ready_or_ended.wait(_READY_TIMEOUT)
        if self._reader.url is not None:
            return Azurite(
                endpoint=f"{self._reader.url}/{ACCOUNT}",
                port=int(self._reader.url.rpartition(":")[2]),
                account=ACCOUNT,
                key=self._key,
                pid=self._process.pid,
                version=azurite_version(),
                node_version=self._reader.node_version,
                _process=self._process,
                _reader=self._reader,
            )
        self.stop()
        said = "\n".join(self._reader.first_lines)
        if "EADDRINUSE" in said or "EACCES" in said:
            raise PortTakenError(self._port, "--blob-port")
        raise LocalAccountError(f"Azurite {azurite_version()} does not start. Its output:\n{said or '(none)'}")

    def stop(self) -> None:
        """Stop it."""
        _end(self._process, self._reader)


def begin_azurite(
    location: Path,
    *,
    installed: AzuriteInstallation | None = None,
    key: Secret | None = None,
    port: int = 0,
    switches: Sequence[str] = (),
    preload: Sequence[Path] = (),
    log: Callable[[str], None] = lambda _line: None,
    on_exit: Callable[[], None] = lambda: None,
) -> StartingAzurite:
    """Start Azurite like `start_azurite`, without waiting until it is ready."""
    installed = installed or ensure_azurite_installed(say=log)
    key = key or new_key()
    make_private(location)
    ours = ["--silent", "--disableTelemetry"]
    # An SDK newer than this Azurite sends a service version unknown to Azurite; its requests work nevertheless.
    ours += ["--skipApiVersionCheck"]
    # Containers reach this machine by a host name whose first label is not the account name.
    ours += ["--disableProductStyleUrl"]
    own = [PIN / name for name in ("verify.cjs", _GUARD, "azurite.cjs")]
    preloaded = [f"--require={path}" for path in (*own, *preload)]
    where = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(location)]
    command = [str(installed.node.program), *preloaded, str(main_script(installed.folder)), *where, *ours, *switches]
    with ExitStack() as stack:
        # Azurite inherits the lock and holds it until it exits: two Azurites would corrupt each other's metadata, and
        # one whose parent was killed takes a moment to save and exit.
        lock = stack.enter_context(
            locked(location / "azurite.lock", timeout=_STOP + 5, purpose=f"running Azurite in {location}")
        )
        process = subprocess.Popen(
            command,
            cwd=location,
            env=_environment(installed, key),
            umask=0o077,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    reader = _Reader(process, log, on_exit)
    reader.start()
    return StartingAzurite(process, reader, key, port)


def is_azurite(command: Sequence[str], *, location: Path) -> bool:
    """Whether a command line is that of an Azurite that `begin_azurite` has started for a data folder.

    Any version of Azurite, in any cache folder, but not an Azurite that the user has started.
    """
    script = main_script(Path("/")).parts[1:]
    folder = os.path.realpath(location)
    return (
        any(part.startswith("--require=") and Path(part).name == _GUARD for part in command)
        and any(Path(part).parts[-len(script) :] == script for part in command)
        and any(name == "--location" and os.path.realpath(value) == folder for name, value in pairwise(command))
    )


def _environment(installed: AzuriteInstallation, key: Secret) -> dict[str, str]:
    """The variables Azurite inherits: the basic ones only, so that NODE_OPTIONS and AZURITE_DB have no effect."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {
        **kept,
        "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key.reveal()}",
        # Node.js raises its limit to the hard one, and cannot tell it.
        "RECIPEBATCH_OPEN_FILES": str(_open_files()),
        # Halves the start time: Node.js 22 and newer caches compiled code there; older versions ignore it.
        "NODE_COMPILE_CACHE": str(installed.folder / "compiled"),
    }


def _open_files() -> int:
    # Imported here: Windows lacks it.
    import resource

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return 10_000 if hard in {resource.RLIM_INFINITY, -1} else hard


class _Reader(threading.Thread):
    """Reads port, Node.js version and request activity from Azurite's output; the rest goes to the log."""

    _LISTENS = re.compile(r"successfully listens on (https?://\S+:\d+)")

    def __init__(self, process: subprocess.Popen[str], log: Callable[[str], None], on_exit: Callable[[], None]) -> None:
        super().__init__(name="azurite-output", daemon=True)
        self.ready_or_ended = threading.Event()
        self.url: str | None = None
        self.node_version = ""
        self.last_activity = time.monotonic()
        self.first_lines: list[str] = []
        self._process = process
        self._log = log
        self._on_exit = on_exit

    def run(self) -> None:
        for line in self._process.stdout or ():
            self._read(line.rstrip())
        self._process.wait()
        self.ready_or_ended.set()
        self._on_exit()

    def _read(self, line: str) -> None:
        if line == "active":
            self.last_activity = time.monotonic()
        elif line.startswith("node v"):
            self.node_version = line.removeprefix("node ")
        elif listens := self._LISTENS.search(line):
            self.url = listens[1]
            self.ready_or_ended.set()
        elif line:
            if len(self.first_lines) < 20:  # noqa: PLR2004 - enough for a stack trace
                self.first_lines.append(line)
            self._log(line)


def _end(process: subprocess.Popen[str], reader: _Reader) -> None:
    """Close the stdin that guard.cjs watches; kill the process if it does not exit in time."""
    if process.stdin and not process.stdin.closed:
        process.stdin.close()
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
    reader.join()
    if process.stdout:
        process.stdout.close()
