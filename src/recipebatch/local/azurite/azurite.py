"""Starts and stops Azurite, Microsoft's blob emulator, as a child that cannot outlive its parent."""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite.install import PIN, azurite_version, ensure_installed, main_script
from recipebatch.local.azurite.node import find_node
from recipebatch.local.file_lock import locked
from recipebatch.local.folders import folders, make_private
from recipebatch.local.keys import new_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from recipebatch.local.azurite.node import Node
    from recipebatch.text.secret import Secret

ACCOUNT = "recipebatch"
"""The name of the storage account on this machine."""

_READY = 60.0
"""Seconds from start to answering; a second on an idle machine, more on one that swaps."""

_STOP = 10.0
"""Seconds to finish requests and save; guard.cjs gives up a little earlier by itself."""


class PortTakenError(LocalAccountError):
    """Another program listens on the port that was asked for."""

    def __init__(self, port: int, option: str) -> None:
        super().__init__(
            f"port {port} is taken by another program",
            hint=f"choose another port with {option}, or leave the option out to get a free one",
        )
        self.port = port


@dataclass(frozen=True, slots=True)
class Installed:
    """What `start_azurite` runs: a Node.js, and the folder into which Azurite was installed."""

    node: Node
    folder: Path


def installed_azurite(*, say: Callable[[str], None], cache_folder: Path | None = None) -> Installed:
    """Find Node.js, and install Azurite unless it is installed.

    Args:
        say: receives a line for the user when this will take long.
        cache_folder: the user's cache folder when left out.

    Raises:
        LocalAccountError: there is no fitting Node.js, or npm failed.
    """
    node = find_node()
    return Installed(node, ensure_installed(cache_folder or folders().cache, node, say=say))


@dataclass
class Azurite:
    """A running Azurite; stop it with `stop()` or by leaving the `with` block.

    Attributes:
        endpoint: the blob endpoint with the account's name in its path: `http://127.0.0.1:PORT/recipebatch`.
        version: Azurite's own.
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
        """What `BlobServiceClient.from_connection_string` takes; it contains the key."""
        return connection_string(self.endpoint, self.account, self.key)

    def last_activity(self) -> float:
        """When a request was last seen, by `time.monotonic()`, give or take a second; the start counts, too."""
        return self._reader.last_activity

    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Let Azurite finish and save, and return when it has ended; no error if it has ended already."""
        _end(self._process, self._reader)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def connection_string(endpoint: str, account: str, key: Secret) -> str:
    """The text by which Azure's tools and SDKs find a storage account; it contains the key."""
    scheme = endpoint.partition(":")[0]
    return f"DefaultEndpointsProtocol={scheme};AccountName={account};AccountKey={key.reveal()};BlobEndpoint={endpoint};"


def start_azurite(
    location: Path,
    *,
    installed: Installed | None = None,
    key: Secret | None = None,
    port: int = 0,
    switches: Sequence[str] = (),
    preload: Sequence[Path] = (),
    log: Callable[[str], None] = lambda _line: None,
    when_ended: Callable[[], None] = lambda: None,
) -> Azurite:
    """Start Azurite on loopback and return when it answers.

    Args:
        location: its folder; the same one brings the same blobs back.
        installed: where it is installed; left out, it is found, or installed now.
        key: the account's key, base64; a random one when left out.
        port: 0 takes a free one.
        switches: more of Azurite's own, such as `--oauth`.
        preload: more JavaScript files to load before Azurite.
        log: receives what Azurite prints; requests are not among it, since their URLs may carry a SAS.
        when_ended: called from another thread when the process has ended, however that came about.

    Raises:
        LocalAccountError: Azurite does not come up, or another one uses the folder.
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
        when_ended=when_ended,
    ).wait()


@dataclass
class StartingAzurite:
    """An Azurite that was started and does not answer yet; its parent can do other work meanwhile."""

    _process: subprocess.Popen[str]
    _reader: _Reader
    _key: Secret
    _port: int

    def wait(self) -> Azurite:
        """Return it once it answers; the errors are those of `start_azurite`."""
        self._reader.ready_or_ended.wait(_READY)
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
    installed: Installed | None = None,
    key: Secret | None = None,
    port: int = 0,
    switches: Sequence[str] = (),
    preload: Sequence[Path] = (),
    log: Callable[[str], None] = lambda _line: None,
    when_ended: Callable[[], None] = lambda: None,
) -> StartingAzurite:
    """Start Azurite like `start_azurite`, without waiting until it answers."""
    installed = installed or installed_azurite(say=log)
    key = key or new_key()
    make_private(location)
    ours = ["--silent", "--disableTelemetry"]
    # An SDK newer than this Azurite names a service version that Azurite does not know; what it asks for is the same.
    ours += ["--skipApiVersionCheck"]
    # A container reaches this machine by a host name, whose first label is not the account.
    ours += ["--disableProductStyleUrl"]
    preloaded = [f"--require={path}" for path in (PIN / "guard.cjs", PIN / "azurite.cjs", *preload)]
    where = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(location)]
    command = [str(installed.node.program), *preloaded, str(main_script(installed.folder)), *where, *ours, *switches]
    with ExitStack() as stack:
        # Inherited by Azurite, the lock lasts as long as it does: two of them would ruin each other's metadata, and
        # one whose parent was killed takes a moment to save and end.
        lock = stack.enter_context(
            locked(location / "azurite.lock", patience=_STOP + 5, purpose=f"running Azurite in {location}")
        )
        process = subprocess.Popen(
            command,
            cwd=location,
            env=_environment(installed, key),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(lock,),
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    reader = _Reader(process, log, when_ended)
    reader.start()
    return StartingAzurite(process, reader, key, port)


def _environment(installed: Installed, key: Secret) -> dict[str, str]:
    """What Azurite sees of ours: what a program needs to run; neither NODE_OPTIONS nor AZURITE_DB may change it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ") if name in os.environ}
    return {
        **kept,
        "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key.reveal()}",
        # Halves the start: Node.js 22 and newer keeps compiled code there, older ones ignore it.
        "NODE_COMPILE_CACHE": str(installed.folder / "compiled"),
    }


class _Reader(threading.Thread):
    """Reads Azurite's output: its port, its Node.js version, signs of use; the rest goes to the log."""

    _LISTENS = re.compile(r"successfully listens on (https?://\S+:\d+)")

    def __init__(
        self, process: subprocess.Popen[str], log: Callable[[str], None], when_ended: Callable[[], None]
    ) -> None:
        super().__init__(name="azurite-output", daemon=True)
        self.ready_or_ended = threading.Event()
        self.url: str | None = None
        self.node_version = ""
        self.last_activity = time.monotonic()
        self.first_lines: list[str] = []
        self._process = process
        self._log = log
        self._when_ended = when_ended

    def run(self) -> None:
        for line in self._process.stdout or ():
            self._read(line.rstrip())
        self._process.wait()
        self.ready_or_ended.set()
        self._when_ended()

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
    """Close the stdin that guard.cjs watches; kill what has not ended in time."""
    if process.stdin and not process.stdin.closed:
        process.stdin.close()
    try:
        process.wait(_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
    reader.join()
    if process.stdout:
        process.stdout.close()
