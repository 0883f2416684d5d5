"""Finds the processes of a local account, also when its record, its locks or its whole folder are lost.

A process is ended only if it is provably one of the account: its identity is in the record or in the lock file and its
command line is that of the service or of Azurite, or its command line and its folder show that it belongs to this state
folder.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.local.daemon.processes import ProcessIdentity, command_line_of, identity_of, is_running
from recipebatch.local.daemon.record import read_identities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.local.folders import Folders

MODULE = "recipebatch.local"
"""The module that the service runs, in all versions."""

_AZURITE = "azurite"
"""A part of each command line of Azurite."""


class AccountProcesses(NamedTuple):
    """The running processes of one local account."""

    services: tuple[ProcessIdentity, ...]
    azurites: tuple[ProcessIdentity, ...]


def recorded_processes(paths: Folders) -> AccountProcesses:
    """The processes that the record and the lock file name."""
    found = dict.fromkeys((*read_identities(paths.record), *read_identities(paths.service_lock)))
    running = [identity for identity in found if is_running(identity)]
    return AccountProcesses(
        tuple(each for each in running if _is_service(command_line_of(each))),
        tuple(each for each in running if _is_azurite(command_line_of(each))),
    )


def all_processes(paths: Folders) -> AccountProcesses:
    """The recorded processes, and those that the list of all processes shows; that takes a moment."""
    services, azurites = (dict.fromkeys(kind) for kind in recorded_processes(paths))
    try:
        import psutil
    except ImportError:  # part of the emulator's libraries; without them no service was started
        return AccountProcesses((), ())
    state, blobs = os.path.realpath(paths.state), str(paths.blobs)
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            is_ours = process.uids().real == os.getuid()
            if not is_ours:
                continue
            if _is_service(command) and process.cwd().removesuffix(" (deleted)") == state:
                kind = services
            elif _is_azurite(command) and blobs in command:
                kind = azurites
            else:
                continue
        except (psutil.Error, OSError):
            continue
        identity = identity_of(process.pid)
        if identity is not None:
            kind[identity] = None
    return AccountProcesses(tuple(services), tuple(azurites))


def _is_service(command: Sequence[str]) -> bool:
    return MODULE in command


def _is_azurite(command: Sequence[str]) -> bool:
    return any(_AZURITE in part for part in command)
