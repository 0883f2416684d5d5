"""The background service: runs the emulator in this process and Azurite as a child process."""

from __future__ import annotations

import errno
import json
import os
import platform
import queue
import signal
import sqlite3
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from recipebatch._version import __version__
from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite import (
    ACCOUNT,
    PortTakenError,
    begin_azurite,
    connection_string,
    ensure_azurite_installed,
    start_azurite,
)
from recipebatch.local.daemon.idle_time import LastUse, has_running_tasks, idle_limit
from recipebatch.local.daemon.log_file import write_entry, write_log_to
from recipebatch.local.daemon.processes import ProcessIdentity, identity_of
from recipebatch.local.daemon.record import BATCH_ACCOUNT, ServiceRecord, read_json
from recipebatch.local.daemon.service_files import PURPOSE, ServiceFiles
from recipebatch.local.file_lock import locked
from recipebatch.local.folders import make_private, write_private
from recipebatch.local.keys import stored_key
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from recipebatch.emulator import Emulator
    from recipebatch.local.azurite import Azurite, AzuriteInstallation
    from recipebatch.local.folders import Folders

_TICK = 1.0
"""Seconds between two checks of counts and idle time; events are handled at once."""

_MAX_PAUSE = 30.0
"""Longest pause in seconds before restarting an Azurite that keeps exiting."""

_SERVICE_LOCK_TIMEOUT = 30.0
"""Seconds to wait until another service has stopped."""

_MAX_PORT = 65535

_STOP = "stop"
_AZURITE_ENDED = "azurite ended"


def serve(paths: Folders, *, batch_port: int, blob_port: int, time_scale: float, ready: int) -> int:
    """Serve until SIGTERM, or until idle for too long; returns the exit code.

    Args:
        paths: the account's folders and files.
        batch_port: the port requested by the user, or 0.
        blob_port: likewise.
        time_scale: divisor of the delays of the Batch service.
        ready: a file descriptor; receives one line of JSON when the start has succeeded or failed.
    """
    events: queue.SimpleQueue[str] = queue.SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: events.put(_STOP))
    report = _StartReport(ready)
    write_log_to(paths.log)
    try:
        with locked(paths.service_lock, timeout=_SERVICE_LOCK_TIMEOUT, purpose=PURPOSE) as lock:
            files = ServiceFiles(paths, lock=lock, log=write_entry)
            service = _Service(paths, files, events, time_scale=time_scale)
            try:
                notes = service.start(batch_port=batch_port, blob_port=blob_port)
                report.answer({"notes": notes})
                service.run()
            finally:
                service.stop()
    except LocalAccountError as error:
        write_entry(f"failed: {error}")
        report.answer({"error": error.message, "hint": error.hint})
        return 1
    except sqlite3.DatabaseError as error:
        write_entry(f"failed: {traceback.format_exc()}")
        report.answer({"error": f"its database cannot be used: {error}", "hint": _database_hint(error)})
        return 1
    except OSError as error:
        write_entry(f"failed: {traceback.format_exc()}")
        report.answer({"error": f"its files cannot be used: {error}", "hint": f"see {paths.log}"})
        return 1
    except Exception as error:  # noqa: BLE001 - the starting command learns of it only here
        write_entry(f"failed: {traceback.format_exc()}")
        report.answer({"error": f"its service failed: {type(error).__name__}: {error}", "hint": f"see {paths.log}"})
        return 1
    return 0


def _database_hint(error: sqlite3.DatabaseError) -> str:
    if isinstance(error, sqlite3.OperationalError):  # the disk is full or read-only
        return "make room on the disk of the state folder, then start again"
    return "it is damaged; delete the state of the local account: recipebatch emulator reset"


class _Service:
    def __init__(
        self, paths: Folders, files: ServiceFiles, events: queue.SimpleQueue[str], *, time_scale: float
    ) -> None:
        self._paths = paths
        self._files = files
        self._time_scale = time_scale
        self._events = events
        self._emulator: Emulator | None = None
        self._azurite: Azurite | None = None
        self._installed: AzuriteInstallation | None = None
        self._restart_at: float | None = None
        self._pause = 0.0
        self._restarted = time.monotonic()
        self._last_use = LastUse(paths.last_use)
        self._counts: dict[str, int] = {}

    def start(self, *, batch_port: int, blob_port: int) -> list[str]:
        """Start emulator and Azurite and write the record; returns notes for the user."""
        paths = self._paths
        make_private(paths.state)
        ports = _remembered_ports(paths)
        notes: list[str] = []
        self._installed = ensure_azurite_installed(say=write_entry, cache_folder=paths.cache)
        starting = begin_azurite(
            paths.blobs,
            installed=self._installed,
            key=stored_key(paths.storage_key),
            port=blob_port or ports.get("blob", 0),
            log=write_entry,
            on_exit=lambda: self._events.put(_AZURITE_ENDED),
        )
        try:
            # Azurite loads its code meanwhile.
            blobs = blob_port or ports.get("blob", 0)
            self._emulator = self._start_emulator(batch_port, ports.get("batch", 0), blobs, notes)
        except BaseException:
            starting.stop()
            raise
        try:
            self._azurite = starting.wait()
        except PortTakenError as error:
            if blob_port:
                raise
            notes.append(f"port {error.port} of the blob service is taken by another program; using another port")
            self._azurite = self._start_azurite(0)
        self._emulator.use_auto_storage(self._auto_storage(self._azurite.endpoint))
        self._discard_exit_events()
        write_private(paths.ports, json.dumps({"batch": _port_of(self._emulator.endpoint), "blob": self._azurite.port}))
        record = ServiceRecord(
            service=_identity(os.getpid()),
            azurite=_identity(self._azurite.pid),
            batch_endpoint=self._emulator.endpoint,
            blob_endpoint=self._azurite.endpoint,
            storage_account=self._azurite.account,
            started_at=datetime.now(UTC).isoformat(timespec="seconds"),
            versions=_versions(self._azurite),
            time_scale=self._time_scale,
        )
        self._keep_files()
        self._files.publish(record)
        write_entry(f"ready: Batch at {self._emulator.endpoint}, blobs at {self._azurite.endpoint}")
        return notes

    def run(self) -> None:
        """Handle events until a stop is requested or the service was idle for too long."""
        while True:
            try:
                event = self._events.get(timeout=self._tick())
            except queue.Empty:
                event = None
            if event == _STOP:
                write_entry("stopping: signal received")
                return
            if event == _AZURITE_ENDED:
                self._schedule_restart()
            if self._restart_at is not None and time.monotonic() >= self._restart_at:
                self._restart_azurite()
            if not self._files.owns_folder():
                write_entry("stopping: its folder was deleted, or another service uses it")
                return
            self._keep_files()
            if self._idle_too_long() and self._stop_if_idle():
                return

    def stop(self) -> None:
        """Stop emulator and Azurite; no process of the local account is left."""
        self._files.remove()
        if self._emulator is not None:
            emulator, self._emulator = self._emulator, None
            emulator.stop()
        if self._azurite is not None:
            self._azurite.stop()
        write_entry("stopped")

    def _auto_storage(self, blob_endpoint: str) -> Secret:
        key = stored_key(self._paths.storage_key)
        return Secret(connection_string(blob_endpoint, ACCOUNT, key))

    def _start_emulator(self, asked: int, remembered: int, blobs: int, notes: list[str]) -> Emulator:
        # Imported here because it is the slowest import; Azurite loads its code meanwhile.
        from recipebatch.emulator import adopt_orphans, start_emulator

        adopt_orphans()

        def start_on(port: int) -> Emulator:
            key = stored_key(self._paths.batch_key)
            return start_emulator(
                self._paths.batch,
                port=port,
                account_name=BATCH_ACCOUNT,
                account_key=key,
                time_scale=self._time_scale,
                # Resumed tasks need it at once. At the very first start the port of Azurite is not known yet.
                auto_storage=self._auto_storage(f"http://127.0.0.1:{blobs}/{ACCOUNT}") if blobs else None,
            )

        try:
            return start_on(asked or remembered)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES} or not (asked or remembered):
                raise
            if asked:
                raise PortTakenError(asked, "--batch-port") from error
        notes.append(f"port {remembered} of the Batch service is taken by another program; using another port")
        return start_on(0)

    def _start_azurite(self, port: int) -> Azurite:
        return start_azurite(
            self._paths.blobs,
            installed=self._installed,
            key=stored_key(self._paths.storage_key),
            port=port,
            log=write_entry,
            on_exit=lambda: self._events.put(_AZURITE_ENDED),
        )

    def _schedule_restart(self) -> None:
        """Schedule a restart of Azurite: at once, or after a pause that grows while it keeps exiting."""
        if self._azurite is None or self._azurite.running() or self._restart_at is not None:
            return
        now = time.monotonic()
        self._pause = 0.0 if now - self._restarted > 2 * _MAX_PAUSE else min(_MAX_PAUSE, 2 * self._pause + 0.1)
        self._restart_at = now + self._pause
        write_entry("Azurite ended; restarting it")

    def _restart_azurite(self) -> None:
        if self._azurite is None:
            return
        self._restarted = time.monotonic()
        self._restart_at = None
        try:
            self._azurite = self._start_azurite(self._azurite.port)
        except LocalAccountError as error:
            write_entry(f"cannot restart Azurite: {error}")
            self._pause = min(_MAX_PAUSE, 2 * self._pause + 0.1)
            self._restart_at = time.monotonic() + self._pause
            return
        if (record := self._files.record) is not None:
            self._files.record = replace(record, azurite=_identity(self._azurite.pid))
        self._files.keep(None)

    def _tick(self) -> float:
        waits = [_TICK]
        if self._restart_at is not None:
            waits.append(max(0.0, self._restart_at - time.monotonic()))
        if limit := idle_limit(self._paths):
            waits.append(limit * 60 / 4)
        return min(waits)

    def _keep_files(self) -> None:
        with suppress(TimeoutError):
            if self._emulator is not None:
                self._counts = self._emulator.counts()
                self._files.keep_processes(self._emulator.task_processes())
        self._files.keep(self._counts)

    def _idle_too_long(self) -> bool:
        # Asked at every check, so that a use is noticed when it happens.
        unused = self._last_use.seconds()
        limit = idle_limit(self._paths)
        if not limit or self._emulator is None or self._azurite is None or has_running_tasks(self._counts):
            return False
        requested = time.monotonic() - max(self._emulator.last_activity(), self._azurite.last_activity())
        # A command that has just found the account running must still be able to use it.
        return min(requested, unused) > limit * 60

    def _stop_if_idle(self) -> bool:
        """Stop if still idle, under the command lock, so that no command is using this service at that moment."""
        try:
            with locked(self._paths.command_lock, timeout=0, purpose="starting or stopping the local account"):
                if not self._idle_too_long():
                    return False
                write_entry("stopping: idle for too long")
                self.stop()
                return True
        except LocalAccountError:
            return False

    def _discard_exit_events(self) -> None:
        """Discard the exit events of Azurite processes that failed on a taken port; keep a stop request."""
        with suppress(queue.Empty):
            while self._events.get_nowait() != _STOP:
                pass
            self._events.put(_STOP)


def _remembered_ports(paths: Folders) -> dict[str, int]:
    """The ports used last; a damaged file names none."""
    found = read_json(paths.ports)
    named = found.items() if isinstance(found, dict) else ()
    return {name: port for name, port in named if type(port) is int and 0 < port <= _MAX_PORT}


def _identity(pid: int) -> ProcessIdentity:
    # A process that has just exited gets an identity that matches no process.
    return identity_of(pid) or ProcessIdentity(pid, "ended")


def _versions(azurite: Azurite) -> dict[str, str]:
    found = {
        "recipebatch": __version__,
        "azurite": azurite.version,
        "node": azurite.node_version.removeprefix("v"),
        "python": platform.python_version(),
    }
    for package in ("azure-batch", "azure-storage-blob"):
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found


def _port_of(endpoint: str) -> int:
    return int(endpoint.rstrip("/").rpartition(":")[2])


class _StartReport:
    """Sends the result of the start, once, to the command that started the service; it may have exited."""

    def __init__(self, pipe: int) -> None:
        self._pipe: int | None = pipe

    def answer(self, message: dict[str, object]) -> None:
        if self._pipe is None:
            return
        pipe, self._pipe = self._pipe, None
        with suppress(OSError):
            os.write(pipe, json.dumps(message).encode("utf-8") + b"\n")
        # After an error the exit closes it: the command waits until this process is gone.
        if "error" not in message:
            os.close(pipe)
