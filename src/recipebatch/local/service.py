"""Starts, finds, stops and resets the background service of the local account; commands may run at the same time."""

from __future__ import annotations

import getpass
import http.client
import os
import signal
import time
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recipebatch._version import __version__
from recipebatch.errors import LocalAccountError
from recipebatch.local.account import LocalAccount, LocalStatus
from recipebatch.local.azurite import connection_string
from recipebatch.local.daemon import (
    BATCH_ACCOUNT,
    START_SECONDS,
    ServiceEndedError,
    ServiceRecord,
    all_processes,
    idle_limit,
    is_of_other_version,
    is_running,
    launch,
    read_json,
    read_record,
    recorded_processes,
    send_signal,
    set_idle_limit,
)
from recipebatch.local.file_lock import locked
from recipebatch.local.folders import NOT_WRITABLE, OTHER_FOLDERS, Folders, folders, make_private
from recipebatch.local.keys import stored_key
from recipebatch.local.shutdown import delete_state, end, is_service_alive, stop_lock, stop_processes
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


DEFAULT_IDLE_MINUTES = 30.0
"""An account that `apply` started stops after this many idle minutes."""

POSIX = os.name == "posix"
"""Whether the system has the process groups, file locks and file modes that the emulator needs."""

_COMMAND_LOCK_TIMEOUT = 180.0
"""Seconds to wait for another command that is starting or stopping the account."""

_ANSWER_TIMEOUT = 30.0
"""Seconds a running service may take to answer a request; it may be restarting Azurite."""

_LAUNCHES = 3
"""How often a start is repeated: once for each crash that one task may cause."""

_REQUEST_TIMEOUT = 5.0
_PATIENCE = 2.0
"""Seconds after which a wait is explained."""


def ensure_running(*, say: Callable[[str], None], idle_minutes: float | None = DEFAULT_IDLE_MINUTES) -> LocalAccount:
    """Start the local account unless it is running; returns its endpoints and keys.

    Args:
        say: receives progress messages for the user, one line each.
        idle_minutes: if it is started now, it stops after this many idle minutes; None or 0 means never.

    Raises:
        LocalAccountError: it cannot be installed or started.
    """
    paths = folders()
    with _readable_errors(paths):
        _open(paths)
        with _command_lock(paths, say):
            record = _running_service(paths, say) or _launch(paths, say=say, idle_minutes=idle_minutes)
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
    paths = folders()
    with _readable_errors(paths):
        _open(paths)
        with _command_lock(paths, say):
            record = _running_service(paths, say)
            if record is None:
                _launch(
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
                        f"the local account is already running with time scale {record.time_scale:g}, "
                        f"not {time_scale:g}",
                        hint="stop it first: recipebatch emulator stop",
                    )
                set_idle_limit(paths, idle_minutes)
                say("the local account is already running")
            paths.last_use.touch(mode=0o600)
    return status()


def stop(*, say: Callable[[str], None]) -> bool:
    """Stop the local account, with its tasks and Azurite; True if it was running. Its state is kept.

    A service that does not end by itself is killed, also if its record, its locks or its folder are lost.

    Raises:
        LocalAccountError: a process does not end although it was killed, or is not visible from here.
    """
    paths = folders()
    if not POSIX:
        return False
    with _readable_errors(paths), stop_lock(paths, say):
        return stop_processes(paths, say)


def reset(*, say: Callable[[str], None]) -> None:
    """Stop the local account and delete its state, including its keys; Azurite stays installed.

    Raises:
        LocalAccountError: as `stop`, or a file cannot be deleted.
    """
    paths = folders()
    if not POSIX:
        return
    with _readable_errors(paths), stop_lock(paths, say):
        stop_processes(paths, say)
        if not paths.state.is_dir():
            return
        while not delete_state(paths):  # another command has started it meanwhile
            stop_processes(paths, say)
    say(f"deleted the state of the local account in {paths.state}")


def is_up() -> bool:
    """Whether the local account runs. Changes nothing and does not wait for locks."""
    record = read_record(folders().record)
    return record is not None and is_running(record.service)


def has_state() -> bool:
    """Whether there was a local account before, and it was not reset."""
    return folders().batch.is_dir()


def status() -> LocalStatus:
    """The status of the local account. Changes nothing and does not wait for locks."""
    paths = folders()
    record = read_record(paths.record)
    notes = [f"elevated tasks run as {_user()} (the user who started the emulator)", *_notes()]
    running = record is not None and is_running(record.service)
    if record is not None and not running:
        notes.append("the local account was killed; the next start kills the processes that its tasks left running")
    if record is None and (lost := recorded_processes(paths).services):
        notes.append(
            f"process {lost[0].pid} is starting or stopping, or has lost its record: recipebatch emulator stop"
        )
    counts = read_json(paths.counts) if running else None
    if record is not None and running:
        notes.append(f"the waits of the Batch service are divided by {record.time_scale:g} (time scale)")
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
        idle_minutes=idle_limit(paths) if active else None,
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
        "blob containers are mounted (fsmounts) as folders that are kept equal to them: writable ones are written back",
        f"container tasks run with {engine}" if engine else "container tasks fail: docker and podman are missing",
        f"quotas: {quotas.dedicated_cores} dedicated cores, {quotas.low_priority_cores} spot cores",
        f"quotas: {quotas.nodes} nodes, {quotas.pools} pools",
        f"quotas: {quotas.active_jobs_and_job_schedules} active jobs and job schedules",
    ]


def _open(paths: Folders) -> None:
    if not POSIX:
        raise LocalAccountError(
            "the local account needs a POSIX system, Linux or macOS",
            hint="use the Windows Subsystem for Linux, or an Azure Batch account",
        )
    make_private(paths.state)


@contextmanager
def _readable_errors(paths: Folders) -> Iterator[None]:
    """What the file system refuses, such as a write to a full disk, is an error in words."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        if isinstance(error.filename, str) and error.filename != str(paths.state):
            reason += f" ({error.filename})"
        raise LocalAccountError(
            f"cannot use the state of the local account in {paths.state}: {reason}",
            hint=OTHER_FOLDERS
            if error.errno in NOT_WRITABLE
            else "make room on that disk, or check the permissions of the folder; `recipebatch emulator reset` deletes "
            "what is damaged",
        ) from error


def _command_lock(paths: Folders, say: Callable[[str], None]) -> AbstractContextManager[int]:
    """The lock that allows one starting, stopping or resetting command at a time."""
    return locked(
        paths.command_lock,
        timeout=_COMMAND_LOCK_TIMEOUT,
        purpose="starting or stopping the local account",
        on_busy=lambda: say("another command is starting or stopping the local account; waiting for it"),
    )


def _running_service(paths: Folders, say: Callable[[str], None]) -> ServiceRecord | None:
    """The record of a service that answers requests; else clean up after a killed service and return None."""
    record = _wait_for_record(paths, say)
    if record is None:
        # None is recorded; one whose folder was deleted may still use the ports.
        lost = all_processes(paths)
        if lost.services or lost.azurites:
            say("a service of the local account has lost its record; restarting it with its state")
            end(paths, lost, say)
        return None
    if not is_running(record.service):
        say("the local account was killed; restarting it with its state")
        end(paths, recorded_processes(paths), say)
        return None
    if not _wait_for_answers(record, say):
        say("the local account does not answer; restarting it with its state")
        end(paths, all_processes(paths), say)
        return None
    if record.versions.get("recipebatch") != __version__:
        say(f"the local account runs version {record.versions.get('recipebatch')}; stop it to use {__version__}")
    return record


def _launch(paths: Folders, *, say: Callable[[str], None], **options: Any) -> ServiceRecord:
    """Start the service; again if it is killed meanwhile: after some crashes it fails the task that does that."""
    for _ in range(_LAUNCHES):
        try:
            return launch(paths, say=say, **options)
        except ServiceEndedError:
            say("the service of the local account ended while it started; starting it again")
            end(paths, all_processes(paths), say)
    return launch(paths, say=say, **options)


def _wait_for_record(paths: Folders, say: Callable[[str], None]) -> ServiceRecord | None:
    """The record of the service, if any; waits while a service is starting or stopping.

    A running service that has lost its record writes it again within a second. One that does not is given up.
    """
    begun = time.monotonic()
    explained = False
    while True:
        record = read_record(paths.record)
        if record is not None or not is_service_alive(paths) or is_of_other_version(paths.record):
            return record
        waited = time.monotonic() - begun
        if waited > START_SECONDS:
            return None
        if waited > _PATIENCE and not explained:
            explained = True
            say("the local service is starting or stopping; waiting for it")
        time.sleep(0.05)


def _wait_for_answers(record: ServiceRecord, say: Callable[[str], None]) -> bool:
    """Whether the service answers in time; one that was stopped by a signal (SIGSTOP) is continued."""
    begun = time.monotonic()
    explained = False
    for endpoint in (record.batch_endpoint, record.blob_endpoint):
        while not _answers(endpoint):
            waited = time.monotonic() - begun
            if waited > _ANSWER_TIMEOUT or not is_running(record.service):
                return False
            for process in (record.service, record.azurite):
                send_signal(process, signal.SIGCONT)
            if waited > _PATIENCE and not explained:
                explained = True
                say("the local account does not answer; waiting for it")
            time.sleep(0.05)
    return True


def _answers(endpoint: str) -> bool:
    """Whether a request gets any answer: a process that hangs still accepts connections."""
    parts = urlsplit(endpoint)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_REQUEST_TIMEOUT)
    try:
        connection.request("GET", parts.path or "/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
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


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"
