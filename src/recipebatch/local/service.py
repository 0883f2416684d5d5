"""Starts, finds, stops and resets the background service of the local account; commands may run at the same time."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import stat
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from recipebatch._version import __version__
from recipebatch.errors import LocalAccountError
from recipebatch.local.account import LocalAccount, LocalStatus
from recipebatch.local.azurite import connection_string
from recipebatch.local.daemon import (
    BATCH_ACCOUNT,
    START_SECONDS,
    ServiceRecord,
    is_running,
    launch,
    read_json,
    read_record,
    set_idle_limit,
    terminate,
    wait_until_ended,
)
from recipebatch.local.file_lock import locked
from recipebatch.local.folders import Folders, folders, make_private
from recipebatch.local.keys import stored_key
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_IDLE_MINUTES = 30.0
"""An account that `apply` started stops after this many idle minutes."""

POSIX = os.name == "posix"
"""Whether the system has the process groups, file locks and file modes that the emulator needs."""

_STOP = 30.0
"""Seconds a service may take to end its tasks and save its state before it is killed."""

_COMMAND_LOCK_TIMEOUT = 180.0
"""Seconds to wait for another command that is starting or stopping the account."""

_ANSWER_TIMEOUT = 10.0
"""Seconds a running service may take to accept a connection; it may be restarting Azurite."""


def ensure_running(*, say: Callable[[str], None], idle_minutes: float | None = DEFAULT_IDLE_MINUTES) -> LocalAccount:
    """Start the local account unless it is running; returns its endpoints and keys.

    Args:
        say: receives progress messages for the user, one line each.
        idle_minutes: if it is started now, it stops after this many idle minutes; None or 0 means never.

    Raises:
        LocalAccountError: it cannot be installed or started.
    """
    paths = _open_folders()
    with _command_lock(paths, say):
        record = _running_service(paths, say) or launch(paths, say=say, idle_minutes=idle_minutes)
        paths.last_use.touch(mode=0o600)
        return _account(paths, record)


def start(
    *,
    say: Callable[[str], None],
    batch_port: int | None = None,
    blob_port: int | None = None,
    idle_minutes: float | None = None,
    time_scale: float | None = None,
) -> LocalStatus:
    """Start the local account unless it is running; sets the idle limit also of a running one.

    Args:
        say: receives progress messages for the user, one line each.
        batch_port: the port of the Batch service; None is the one used last, else a free one.
        blob_port: the port of the blob service, likewise.
        idle_minutes: it stops after this many idle minutes; None or 0 means never.
        time_scale: divisor of the delays of the Batch service; None is 1, or that of the running service.

    Raises:
        LocalAccountError: it cannot be installed or started, a port is taken, or it is already running on another
            port or with another time scale.
    """
    paths = _open_folders()
    with _command_lock(paths, say):
        record = _running_service(paths, say)
        if record is None:
            launch(
                paths,
                say=say,
                batch_port=batch_port,
                blob_port=blob_port,
                idle_minutes=idle_minutes,
                time_scale=time_scale or 1.0,
            )
        else:
            for asked, endpoint in ((batch_port, record.batch_endpoint), (blob_port, record.blob_endpoint)):
                if asked and asked != urlsplit(endpoint).port:
                    raise LocalAccountError(
                        f"the local account is already running at {endpoint}, not on port {asked}",
                        hint="stop it first: recipebatch emulator stop",
                    )
            if time_scale and time_scale != record.time_scale:
                raise LocalAccountError(
                    f"the local account is already running with time scale {record.time_scale:g}, not {time_scale:g}",
                    hint="stop it first: recipebatch emulator stop",
                )
            set_idle_limit(paths, idle_minutes)
            say("the local account is already running")
        paths.last_use.touch(mode=0o600)
    return status()


def stop(*, say: Callable[[str], None]) -> bool:
    """Stop the local account, with its tasks and Azurite; True if it was running. Its state is kept.

    Raises:
        LocalAccountError: another command is starting or stopping it and does not finish in time.
    """
    paths = folders()
    if not POSIX or not paths.state.is_dir():
        return False
    with _command_lock(paths, say):
        return _stop(paths, say)


def reset(*, say: Callable[[str], None]) -> None:
    """Stop the local account and delete its state, including its keys; Azurite stays installed."""
    paths = folders()
    if not POSIX or not paths.state.is_dir():
        return
    with _command_lock(paths, say):
        _stop(paths, say)
        for path in paths.state_files:
            _delete(path)
    say(f"deleted the state of the local account in {paths.state}")


def status() -> LocalStatus:
    """The status of the local account. Changes nothing and does not wait for locks."""
    paths = folders()
    record = read_record(paths.record)
    notes = [f"elevated tasks run as {_user()} (the user who started the emulator)", *_notes()]
    running = record is not None and is_running(record.service)
    if record is not None and not running:
        notes.append("the local account was killed; the next start kills the processes that its tasks left running")
    counts = read_json(paths.counts) if running else None
    if record is not None and running:
        notes.append(f"the waits of the Batch service are divided by {record.time_scale:g} (time scale)")
    minutes = paths.idle_limit.read_text(encoding="ascii") if paths.idle_limit.exists() else "0"
    active = record if running else None
    return LocalStatus(
        running=running,
        pids={"service": active.service.pid, "azurite": active.azurite.pid} if active else {},
        endpoints={"batch": active.batch_endpoint, "blob": active.blob_endpoint} if active else {},
        accounts={"batch": BATCH_ACCOUNT, "storage": active.storage_account} if active else {},
        versions=active.versions if active else {"recipebatch": __version__},
        paths={"state": str(paths.state), "cache": str(paths.cache), "log": str(paths.log)},
        counts=counts if isinstance(counts, dict) else {},
        started_at=active.started_at if active else None,
        idle_minutes=(float(minutes) or None) if active else None,
        notes=tuple(notes),
    )


def _notes() -> list[str]:
    """How the emulator differs from Azure Batch; empty if the emulator's libraries are not installed."""
    try:
        from recipebatch.emulator import Quotas, find_engine
    except ImportError:
        return []
    engine = find_engine()
    quotas = Quotas()
    return [
        "blob containers are mounted (fsmounts) as read-only copies, made when a node starts",
        f"container tasks run with {engine}" if engine else "container tasks fail: docker and podman are missing",
        f"quotas: {quotas.dedicated_cores} dedicated cores, {quotas.low_priority_cores} low-priority cores",
        f"quotas: {quotas.pools} pools, {quotas.active_jobs_and_job_schedules} active jobs and job schedules",
    ]


def _open_folders() -> Folders:
    if not POSIX:
        raise LocalAccountError(
            "the local account needs a POSIX system, Linux or macOS",
            hint="use the Windows Subsystem for Linux, or an Azure Batch account",
        )
    paths = folders()
    make_private(paths.state)
    return paths


def _command_lock(paths: Folders, say: Callable[[str], None]) -> AbstractContextManager[int]:
    """The lock that allows one starting, stopping or resetting command at a time."""
    return locked(
        paths.command_lock,
        timeout=_COMMAND_LOCK_TIMEOUT,
        purpose="starting or stopping the local account",
        on_busy=lambda: say("another command is starting or stopping the local account; waiting for it"),
    )


def _running_service(paths: Folders, say: Callable[[str], None]) -> ServiceRecord | None:
    """The record of a service that accepts connections; else clean up after a killed service and return None."""
    record = _wait_for_record(paths)
    if record is None:
        return None
    if not is_running(record.service):
        say("the local account was killed; restarting it with its state")
        _clean_up(paths, record)
        return None
    endpoints = (record.batch_endpoint, record.blob_endpoint)
    deadline = time.monotonic() + _ANSWER_TIMEOUT
    while not all(_accepts(endpoint) for endpoint in endpoints):
        if time.monotonic() > deadline or not is_running(record.service):
            say("the local account does not answer; restarting it with its state")
            terminate(record.service, timeout=_STOP)
            _clean_up(paths, record)
            return None
        time.sleep(0.05)
    if record.versions.get("recipebatch") != __version__:
        say(f"the local account runs version {record.versions.get('recipebatch')}; stop it to use {__version__}")
    return record


def _wait_for_record(paths: Folders) -> ServiceRecord | None:
    """The record of the service, if any; waits while a service is starting or stopping."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        record = read_record(paths.record)
        if record is not None or not _is_service_alive(paths):
            return record
        if time.monotonic() > deadline:
            raise LocalAccountError(
                f"the local service neither became ready nor ended within {START_SECONDS:.0f} s; see {paths.log}",
                hint=f"end the process that holds {paths.service_lock}",
            )
        time.sleep(0.05)


def _is_service_alive(paths: Folders) -> bool:
    try:
        with locked(paths.service_lock, timeout=0, purpose="running the local account"):
            return False
    except LocalAccountError:
        return True


def _clean_up(paths: Folders, record: ServiceRecord) -> None:
    """Remove the processes, containers and record of a service that has exited or was killed."""
    # Azurite saves and exits after its parent; its folder cannot be used before that.
    if not wait_until_ended(record.azurite, timeout=15):
        terminate(record.azurite, timeout=0)
    with suppress(ImportError):
        # A starting emulator does this as well, but after a stop none may be started.
        from recipebatch.emulator import kill_orphan_processes, remove_orphan_containers

        kill_orphan_processes(paths.batch)
        remove_orphan_containers(paths.batch / "accounts")
    paths.record.unlink(missing_ok=True)
    paths.counts.unlink(missing_ok=True)


def _stop(paths: Folders, say: Callable[[str], None]) -> bool:
    record = _wait_for_record(paths)
    if record is None:
        say("the local account is not running")
        return False
    if is_running(record.service):
        killed = terminate(record.service, timeout=_STOP)
        say(
            f"the local account did not stop within {_STOP:.0f} s and was killed"
            if killed
            else "stopped the local account"
        )
    else:
        say("the local account was killed before; killed the processes that it left running")
    _clean_up(paths, record)
    return True


def _account(paths: Folders, record: ServiceRecord) -> LocalAccount:
    storage_key = stored_key(paths.storage_key)
    account = record.storage_account
    return LocalAccount(
        batch_endpoint=record.batch_endpoint,
        batch_account=BATCH_ACCOUNT,
        batch_key=stored_key(paths.batch_key),
        blob_endpoint=record.blob_endpoint,
        storage_account=account,
        storage_key=storage_key,
        connection_string=Secret(connection_string(record.blob_endpoint, account, storage_key)),
    )


def _accepts(endpoint: str) -> bool:
    parts = urlsplit(endpoint)
    try:
        with socket.create_connection((parts.hostname, parts.port), timeout=2):
            return True
    except OSError:
        return False


def _delete(path: Path) -> None:
    if not path.is_dir():
        path.unlink(missing_ok=True)
        return
    # A task may have removed the permission to delete files.
    for folder, _, _ in os.walk(path):
        with suppress(OSError):
            Path(folder).chmod(stat.S_IRWXU)
    shutil.rmtree(path)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
