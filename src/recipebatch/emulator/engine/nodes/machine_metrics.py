"""What this machine is like: every node of every pool is a part of it, so all of them report the same.

Needs /proc; a system without it, macOS for example, tells its load alone. Units are those of "Create a formula to
automatically scale compute nodes in a Batch pool": megabytes of memory, gigabytes of disk, bytes and operations.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_SECTOR = 512
_MEGA = 1024 * 1024
_IDLE = (3, 4)
"""Columns of /proc/stat: idle, and waiting for a disk."""
_LOOPBACK = "lo"


class Machine:
    """Measures the machine; what is counted is counted since the last time it was measured.

    Args:
        root: a directory on the disk that holds the nodes.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._counters = _counters()
        self._time = time.monotonic()

    def measure(self) -> dict[str, float]:
        """The metrics of resources by name; some are missing where the system does not tell. Blocking, briefly."""
        before, self._counters = self._counters, _counters()
        began, self._time = self._time, time.monotonic()
        grown = {name: max(0.0, value - before.get(name, value)) for name, value in self._counters.items()}
        busy, idle = grown.pop("busy", 0.0), grown.pop("idle", 0.0)
        load = 100.0 * os.getloadavg()[0] / (os.cpu_count() or 1)
        found = {
            **grown,
            "$CPUPercent": 100.0 * busy / (busy + idle) if busy + idle else min(100.0, load),
            "$WallClockSeconds": self._time - began,
        }
        with suppress(OSError):
            found["$DiskBytes"] = shutil.disk_usage(self._root).used / _MEGA / 1024
        with suppress(OSError, ValueError, KeyError):
            lines = (_PROC / "meminfo").read_text(encoding="ascii").splitlines()
            known = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
            found["$MemoryBytes"] = (known["MemTotal"] - known["MemAvailable"]) / 1024
        return found


def _counters() -> dict[str, float]:
    found: dict[str, float] = {}
    with suppress(OSError, ValueError, IndexError):
        first = (_PROC / "stat").read_text(encoding="ascii").splitlines()[0]
        ticks = [int(part) for part in first.split()[1:9]]
        found["idle"] = float(sum(ticks[column] for column in _IDLE))
        found["busy"] = float(sum(ticks)) - found["idle"]
    with suppress(OSError, ValueError, IndexError):
        disks = [line.split() for line in (_PROC / "diskstats").read_text(encoding="ascii").splitlines()]
        whole = [disk for disk in disks if (Path("/sys/block") / disk[2]).exists()]
        found["$DiskReadOps"] = float(sum(int(disk[3]) for disk in whole))
        found["$DiskReadBytes"] = float(sum(int(disk[5]) for disk in whole) * _SECTOR)
        found["$DiskWriteOps"] = float(sum(int(disk[7]) for disk in whole))
        found["$DiskWriteBytes"] = float(sum(int(disk[9]) for disk in whole) * _SECTOR)
    with suppress(OSError, ValueError, IndexError):
        lines = (_PROC / "net" / "dev").read_text(encoding="ascii").splitlines()[2:]
        ports = {name.strip(): rest.split() for name, _, rest in (line.partition(":") for line in lines)}
        outside = [numbers for name, numbers in ports.items() if name != _LOOPBACK]
        found["$NetworkInBytes"] = float(sum(int(numbers[0]) for numbers in outside))
        found["$NetworkOutBytes"] = float(sum(int(numbers[8]) for numbers in outside))
    return found
