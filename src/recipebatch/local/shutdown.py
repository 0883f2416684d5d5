"""Ends the processes of the local account and deletes its state, whatever is lost, damaged or hangs."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.errors import LocalAccountError
from recipebatch.local.daemon import (
    all_processes,
    is_running,
    read_processes,
    send_signal,
    terminate,
    wait_until_ended,
)
from recipebatch.local.file_lock import locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.local.daemon import AccountProcesses
    from recipebatch.local.folders import Folders

_STOP = 12.0
"""Seconds a service may take to end its tasks and save its state before it is killed."""

_AZURITE_STOP = 8.0
"""Seconds Azurite may take to save and exit after the service has ended."""

_STOP_LOCK_TIMEOUT = 10.0
"""Seconds that stop and reset wait for such a command; it may hang."""

_DELETIONS = 20


@contextmanager
def stop_lock(paths: Folders, say: Callable[[str], None]) -> Iterator[None]:
    """The same lock for stop and reset, which go on without it if another command does not end."""
    with ExitStack() as stack:
        if paths.state.is_dir():
            try:
                stack.enter_context(
                    locked(
                        paths.command_lock,
                        timeout=_STOP_LOCK_TIMEOUT,
                        purpose="starting or stopping the local account",
                        on_busy=lambda: say(
                            "another command is starting or stopping the local account; waiting for it"
                        ),
                    )
                )
            except OSError as error:
                say(f"cannot use the lock {paths.command_lock}: {error.strerror}; going on without it")
            except LocalAccountError:
                say(f"that command has not ended after {_STOP_LOCK_TIMEOUT:.0f} s; going on without waiting for it")
        yield


def is_service_alive(paths: Folders) -> bool:
    """Whether a process holds the lock of the service."""
    try:
        with locked(paths.service_lock, timeout=0, purpose="running the local account"):
            return False
    except LocalAccountError:
        return True
    except OSError:  # something else has the name of the lock
        return False


def stop_processes(paths: Folders, say: Callable[[str], None]) -> bool:
    """End all processes of the account; True if it was running.

    Raises:
        LocalAccountError: a process does not end although it was killed, or is not visible from here.
    """
    recorded = paths.record.exists()
    found = all_processes(paths)
    if not found.services and not found.azurites and not recorded:
        if paths.state.is_dir() and is_service_alive(paths):
            raise LocalAccountError(
                f"another process holds {paths.service_lock}, but is not visible from here",
                hint="it may run in a container or for another user; stop it there",
            )
        _kill_task_processes(paths)
        say("the local account is not running")
        return False
    end(paths, found, say, stopping=True)
    return True


def end(paths: Folders, found: AccountProcesses, say: Callable[[str], None], *, stopping: bool = False) -> None:
    """End the processes of the account; then remove what they and their tasks left.

    Raises:
        LocalAccountError: a process does not end although it was killed.
    """
    # First of all: a service that ends by itself waits for its Azurite.
    for each in found.azurites:
        send_signal(each, signal.SIGCONT)
    killed = [each for each in found.services if terminate(each, timeout=_STOP)]
    # Azurite saves and exits after its parent; its folder cannot be used before that.
    deadline = time.monotonic() + _AZURITE_STOP
    for each in found.azurites:
        if not wait_until_ended(each, timeout=max(0.0, deadline - time.monotonic())):
            say(f"Azurite did not stop within {_AZURITE_STOP:.0f} s and was killed")
            terminate(each, timeout=0)
    hanging = [each for each in (*found.services, *found.azurites) if is_running(each)]
    if hanging:
        raise LocalAccountError(
            f"process {hanging[0].pid} of the local account does not end although it was killed",
            hint="it waits for a disk or a network that does not answer; restart this machine",
        )
    _kill_task_processes(paths)
    _delete(paths.record)
    _delete(paths.counts)
    if not stopping:
        return
    if killed:
        say(f"the local account did not stop within {_STOP:.0f} s and was killed")
    elif found.services:
        say("stopped the local account")
    else:
        say("the local account was killed before; killed the processes that it left running")


def _kill_task_processes(paths: Folders) -> None:
    """Kill the processes and remove the containers that the tasks of a service left running."""
    for process in read_processes(paths.task_processes):
        send_signal(process, signal.SIGKILL)
    _delete(paths.task_processes)
    with suppress(ImportError):
        # A starting emulator does this as well, but after a stop none may be started.
        from recipebatch.emulator import kill_orphan_processes, remove_orphan_containers

        kill_orphan_processes(paths.batch)
        remove_orphan_containers(paths.batch / "accounts")


def delete_state(paths: Folders) -> bool:
    """Delete all files of the account, unless a service uses them; a service that starts waits until they are gone.

    Returns:
        Whether they were deleted; False if a service is running.

    Raises:
        LocalAccountError: a file cannot be deleted.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(paths.service_lock, timeout=0, purpose="running the local account"))
        except LocalAccountError:
            return False
        except OSError:  # something else has the name of the lock: no service can start
            pass
        _delete_files(paths)
    return True


def _delete_files(paths: Folders) -> None:
    left = [
        error for path in (*paths.state_files, *_temporary_files(paths), *_no_locks(paths)) if (error := _delete(path))
    ]
    if left:
        raise LocalAccountError(
            f"cannot delete {left[0].filename or paths.state}: {left[0].strerror}",
            hint=f"delete the folder {paths.state} by hand",
        )


def _no_locks(paths: Folders) -> list[Path]:
    """What has the name of a lock but cannot be one. The locks themselves stay: other commands may wait for them."""
    return [path for path in (paths.command_lock, paths.service_lock) if path.is_symlink() or not path.is_file()]


def _temporary_files(paths: Folders) -> list[Path]:
    """What a command or service that was killed while it wrote a file has left."""
    return [found for path in paths.state_files for found in paths.state.glob(f".{path.name}.*")]


def _delete(path: Path) -> OSError | None:
    """Delete a file or a folder, without following links; returns the error that prevented it, if any."""
    error: OSError | None = None
    for _ in range(_DELETIONS):
        try:
            if path.is_symlink() or not path.is_dir():
                path.unlink(missing_ok=True)
                return None
            # A task may have removed the permission to delete files.
            for folder, _, _ in os.walk(path):
                with suppress(OSError):
                    Path(folder).chmod(stat.S_IRWXU)
            shutil.rmtree(path)
        except FileNotFoundError:
            return None
        except OSError as refused:
            error = refused
            time.sleep(0.05)
        else:
            return None
    return error
