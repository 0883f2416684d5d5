"""Finds the processes of a local account, also when its record, its locks or its whole folder are lost.

A process is ended only if it is provably one of the account: its command line is that of the service or of Azurite, and
its identity is in the record or in the lock file, or its folder is that of this account. A word in a command line is no
proof: the user's own Azurite, an editor or a folder may have the same name.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.local.azurite import is_azurite
from recipebatch.local.daemon.processes import ProcessIdentity, command_line_of, identity_of, is_running
from recipebatch.local.daemon.record import read_identities

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.local.folders import Folders

MODULE = "recipebatch.local"
"""The module that the service runs, in all versions."""


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
        tuple(each for each in running if is_azurite(command_line_of(each), location=paths.blobs)),
    )


def all_processes(paths: Folders) -> AccountProcesses:
    """The recorded processes, and those that the list of all processes shows; that takes a moment."""
    services, azurites = (dict.fromkeys(kind) for kind in recorded_processes(paths))
    try:
        import psutil
    except ImportError:  # part of the emulator's libraries; without them no service was started
        return AccountProcesses((), ())
    state = os.path.realpath(paths.state)
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
            is_ours = process.uids().real == os.getuid()
            if not is_ours:
                continue
            if _is_service(command) and process.cwd().removesuffix(" (deleted)") == state:
                kind = services
            elif is_azurite(command, location=paths.blobs):
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
    return ("-m", MODULE) in pairwise(command)
