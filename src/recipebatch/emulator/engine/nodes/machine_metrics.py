"""Resource metrics of this machine; all nodes are directories of it, so they all report the same values.

Units are those of "Create a formula to automatically scale compute nodes in a Batch pool": MB of memory, GB of disk,
bytes and operations.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

_MEGA = 1024 * 1024
_LOOPBACK = ("lo", "lo0")
"""The loopback interface on Linux and on macOS."""


class MachineMetrics:
    """Samples the machine; counters count from one sample to the next.

    Args:
        root: a directory on the disk that holds the nodes.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._counters = _counters()
        self._time = time.monotonic()

    def sample(self) -> dict[str, float]:
        """The resource metrics by name; metrics that the system lacks are left out. Blocks for about 1 ms."""
        before, self._counters = self._counters, _counters()
        began, self._time = self._time, time.monotonic()
        grown = {name: max(0.0, value - before.get(name, value)) for name, value in self._counters.items()}
        busy, idle = grown.pop("busy"), grown.pop("idle")
        memory = psutil.virtual_memory()
        found = {
            **grown,
            "$CPUPercent": 100.0 * busy / (busy + idle) if busy + idle else 0.0,
            "$WallClockSeconds": self._time - began,
            "$MemoryBytes": (memory.total - memory.available) / _MEGA,
        }
        with suppress(OSError):
            found["$DiskBytes"] = psutil.disk_usage(str(self._root)).used / _MEGA / 1024
        return found


def _counters() -> dict[str, float]:
    cpu = psutil.cpu_times()
    idle = cpu.idle + getattr(cpu, "iowait", 0.0)
    # Linux counts the time of virtual machines twice, as `guest` and as `user`.
    twice = getattr(cpu, "guest", 0.0) + getattr(cpu, "guest_nice", 0.0)
    found = {"idle": idle, "busy": sum(cpu) - twice - idle}
    if (disk := psutil.disk_io_counters()) is not None:
        found["$DiskReadOps"], found["$DiskWriteOps"] = float(disk.read_count), float(disk.write_count)
        found["$DiskReadBytes"], found["$DiskWriteBytes"] = float(disk.read_bytes), float(disk.write_bytes)
    ports = [port for name, port in psutil.net_io_counters(pernic=True).items() if name not in _LOOPBACK]
    found["$NetworkInBytes"] = float(sum(port.bytes_recv for port in ports))
    found["$NetworkOutBytes"] = float(sum(port.bytes_sent for port in ports))
    return found
