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
"""After how long without use an account that `apply` started stops by itself."""

POSIX = os.name == "posix"
"""Process groups, file locks and modes as the emulator needs them."""

_STOP = 30.0
"""Seconds a service may take to end its tasks and save before it is killed."""

_DOOR = 180.0
"""Seconds to wait for another command that starts or stops the account."""

_ANSWER = 10.0
"""Seconds in which a running service must accept a connection; it may be restarting Azurite."""


def ensure_running(*, say: Callable[[str], None], idle_minutes: float | None = DEFAULT_IDLE_MINUTES) -> LocalAccount:
    """Start the local account unless it is running; returns how to reach it.

    Args:
        say: receives a line for the user about everything that is done or found.
        idle_minutes: if it is started now, after how long without use it stops by itself; None or 0 for never.

    Raises:
        LocalAccountError: it cannot be installed or started.
    """
    place = _open_place()
    with _door(place, say):
        record = _running_service(place, say) or launch(place, say=say, idle_minutes=idle_minutes)
        place.last_use.touch(mode=0o600)
        return _account(place, record)


def start(
    *,
    say: Callable[[str], None],
    batch_port: int | None = None,
    blob_port: int | None = None,
    idle_minutes: float | None = None,
    time_scale: float | None = None,
) -> LocalStatus:
    """Start the local account unless it is running; a running one takes over the idle limit.

    Args:
        say: receives a line for the user about everything that is done or found.
        batch_port: the port of the Batch service; None takes the one used last, or a free one.
        blob_port: the same for the blobs.
        idle_minutes: after how long without use it stops by itself; None or 0 for never.
        time_scale: what the Batch service's own waits are divided by; None is 1, or what a running one has.

    Raises:
        LocalAccountError: it cannot be installed or started, a port is taken, or it is already running on another
            port or with another time scale.
    """
    place = _open_place()
    with _door(place, say):
        record = _running_service(place, say)
        if record is None:
            launch(
                place,
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
            set_idle_limit(place, idle_minutes)
            say("the local account is already running")
        place.last_use.touch(mode=0o600)
    return status()


def stop(*, say: Callable[[str], None]) -> bool:
    """Stop the local account, with its tasks and Azurite; True if it was running. Its state stays.

    Raises:
        LocalAccountError: another command is starting or stopping it and does not finish in time.
    """
    place = folders()
    if not POSIX or not place.state.is_dir():
        return False
    with _door(place, say):
        return _stop(place, say)


def reset(*, say: Callable[[str], None]) -> None:
    """Stop the local account and delete its state, its keys too; Azurite stays installed."""
    place = folders()
    if not POSIX or not place.state.is_dir():
        return
    with _door(place, say):
        _stop(place, say)
        for path in place.kept_state:
            _delete(path)
    say(f"deleted the state of the local account in {place.state}")


def status() -> LocalStatus:
    """The status of the local account; changes nothing and does not wait."""
    place = folders()
    record = read_record(place.record)
    notes = [f"elevated tasks run as {_user()} (the user who started the emulator)", *_notes()]
    running = record is not None and is_running(record.service)
    if record is not None and not running:
        notes.append("the local account was killed; the next start kills the processes that its tasks left running")
    counts = read_json(place.counts) if running else None
    if record is not None and running:
        notes.append(f"the waits of the Batch service are divided by {record.time_scale:g} (time scale)")
    minutes = place.idle_limit.read_text(encoding="ascii") if place.idle_limit.exists() else "0"
    seen = record if running else None
    return LocalStatus(
        running=running,
        pids={"service": seen.service.pid, "azurite": seen.azurite.pid} if seen else {},
        endpoints={"batch": seen.batch_endpoint, "blob": seen.blob_endpoint} if seen else {},
        accounts={"batch": BATCH_ACCOUNT, "storage": seen.storage_account} if seen else {},
        versions=seen.versions if seen else {"recipebatch": __version__},
        paths={"state": str(place.state), "cache": str(place.cache), "log": str(place.log)},
        counts=counts if isinstance(counts, dict) else {},
        started_at=seen.started_at if seen else None,
        idle_minutes=(float(minutes) or None) if seen else None,
        notes=tuple(notes),
    )


def _notes() -> list[str]:
    """How the Batch service here differs from Azure; empty if the libraries of the emulator are not installed."""
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


def _open_place() -> Folders:
    if not POSIX:
        raise LocalAccountError(
            "the local account needs a POSIX system, Linux or macOS",
            hint="use the Windows Subsystem for Linux, or an Azure Batch account",
        )
    place = folders()
    make_private(place.state)
    return place


def _door(place: Folders, say: Callable[[str], None]) -> AbstractContextManager[int]:
    """The lock of the commands that start, stop or reset: one at a time."""
    return locked(
        place.door_lock,
        patience=_DOOR,
        purpose="starting or stopping the local account",
        when_busy=lambda: say("another command is starting or stopping the local account; waiting for it"),
    )


def _running_service(place: Folders, say: Callable[[str], None]) -> ServiceRecord | None:
    """The service that runs and answers, or None after cleaning up behind a killed one."""
    record = _settled_record(place)
    if record is None:
        return None
    if not is_running(record.service):
        say("the local account was killed; restarting it with its state")
        _clean_up(place, record)
        return None
    endpoints = (record.batch_endpoint, record.blob_endpoint)
    deadline = time.monotonic() + _ANSWER
    while not all(_accepts(endpoint) for endpoint in endpoints):
        if time.monotonic() > deadline or not is_running(record.service):
            say("the local account does not answer; restarting it with its state")
            terminate(record.service, timeout=_STOP)
            _clean_up(place, record)
            return None
        time.sleep(0.05)
    if record.versions.get("recipebatch") != __version__:
        say(f"the local account runs version {record.versions.get('recipebatch')}; stop it to use {__version__}")
    return record


def _settled_record(place: Folders) -> ServiceRecord | None:
    """The record of the service; waits for one that is just starting or stopping."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        record = read_record(place.record)
        if record is not None or not _service_lives(place):
            return record
        if time.monotonic() > deadline:
            raise LocalAccountError(
                f"the local service neither became ready nor ended within {START_SECONDS:.0f} s; see {place.log}",
                hint=f"end the process that holds {place.service_lock}",
            )
        time.sleep(0.05)


def _service_lives(place: Folders) -> bool:
    try:
        with locked(place.service_lock, patience=0, purpose="running the local account"):
            return False
    except LocalAccountError:
        return True


def _clean_up(place: Folders, record: ServiceRecord) -> None:
    """Remove the processes, containers and record of a service that has ended or was killed."""
    # Azurite saves and ends when its parent does; its folder cannot be used before that.
    if not wait_until_ended(record.azurite, timeout=15):
        terminate(record.azurite, timeout=0)
    with suppress(ImportError):
        # The emulator does so too when it starts; a stop must do it without a start.
        from recipebatch.emulator import kill_orphan_processes, remove_orphan_containers

        kill_orphan_processes(place.batch)
        remove_orphan_containers(place.batch / "accounts")
    place.record.unlink(missing_ok=True)
    place.counts.unlink(missing_ok=True)


def _stop(place: Folders, say: Callable[[str], None]) -> bool:
    record = _settled_record(place)
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
    _clean_up(place, record)
    return True


def _account(place: Folders, record: ServiceRecord) -> LocalAccount:
    storage_key = stored_key(place.storage_key)
    account = record.storage_account
    return LocalAccount(
        batch_endpoint=record.batch_endpoint,
        batch_account=BATCH_ACCOUNT,
        batch_key=stored_key(place.batch_key),
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
    # A task may have removed the permission to delete.
    for folder, _, _ in os.walk(path):
        with suppress(OSError):
            Path(folder).chmod(stat.S_IRWXU)
    shutil.rmtree(path)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
