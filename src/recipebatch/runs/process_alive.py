"""Whether a process still runs: by its id on this machine, or by what identifies it beyond its id."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# Source: proc_pid_stat(5): starttime is field 22; the second field is in parentheses and may have blanks.
_START_TIME = 22 - 3
_UUID_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessIdentity:
    """What tells a process from every other one that ever had its id.

    Attributes:
        boot: of the machine since it started; empty where that cannot be known.
        namespace: in which `pid` counts; containers have their own. Empty where that cannot be known.
        started: the process's start time, in units of the machine; empty where that cannot be known.
    """

    pid: int
    boot: str = ""
    namespace: str = ""
    started: str = ""


def this_process() -> ProcessIdentity:
    """The identity of this process."""
    return ProcessIdentity(pid=os.getpid(), boot=_boot(), namespace=_namespace(), started=_start_time("self"))


def is_dead(identity: ProcessIdentity) -> bool:
    """Whether a process is known to have ended: False where it may still run, or cannot be seen from here.

    A process of another machine, another start of this machine, or another PID namespace cannot be seen.
    """
    here = (_boot(), _namespace())
    if "" in here or here != (identity.boot, identity.namespace):
        return False
    if not is_alive(identity.pid):
        return True
    if not identity.started or not _proc_is_ours():
        return False
    started = _start_time(str(identity.pid))
    return started not in {"", identity.started}


def is_alive(pid: int) -> bool:
    """Whether this machine has a process of that id; True also where that cannot be asked without harm."""
    if sys.platform == "win32" or pid <= 0:
        # os.kill ends a process there, whatever the signal; 0 and negative ids mean groups of processes.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _boot() -> str:
    if sys.platform == "darwin":
        return _boot_session()
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _boot_session() -> str:
    """The id of this start of macOS, which no change of the clock moves."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        buffer = ctypes.create_string_buffer(_UUID_LENGTH)
        size = ctypes.c_size_t(_UUID_LENGTH)
        if library.sysctlbyname(b"kern.bootsessionuuid", buffer, ctypes.byref(size), None, ctypes.c_size_t(0)) == 0:
            return buffer.value.decode("ascii", "replace")
    return ""


def _namespace() -> str:
    if sys.platform == "darwin":
        return "one"  # macOS has a single one
    try:
        found = [str(Path("/proc/self/ns/pid").readlink())]
    except OSError:
        return ""
    # Start times are counted from the start of the machine as the time namespace has it.
    with suppress(OSError):
        found.append(str(Path("/proc/self/ns/time").readlink()))
    return " ".join(found)


def _proc_is_ours() -> bool:
    """Whether `/proc` lists the processes of our own namespace: in a container it may be that of the machine."""
    try:
        return str(Path("/proc/self").readlink()) == str(os.getpid())
    except OSError:
        return False


def _start_time(process: str) -> str:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return fields[_START_TIME] if len(fields) > _START_TIME else ""
