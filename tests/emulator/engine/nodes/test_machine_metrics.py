from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import psutil
import pytest

from recipebatch.emulator.engine.nodes.machine_metrics import MachineMetrics
from recipebatch.emulator.scheduler.autoscale.metrics import RESOURCE_METRICS

if TYPE_CHECKING:
    from pathlib import Path


def test_every_resource_metric_of_the_formula_language_is_sampled(tmp_path: Path) -> None:
    sample = MachineMetrics(tmp_path).sample()
    # A container may have no disk statistics.
    optional = {"$DiskReadOps", "$DiskWriteOps", "$DiskReadBytes", "$DiskWriteBytes"}
    assert set(sample) - optional == set(RESOURCE_METRICS) - optional
    assert psutil.disk_io_counters() is None or optional <= set(sample)


def test_memory_is_in_megabytes_and_disk_in_gigabytes(tmp_path: Path) -> None:
    sample = MachineMetrics(tmp_path).sample()
    memory = psutil.virtual_memory()
    assert sample["$MemoryBytes"] == pytest.approx((memory.total - memory.available) / 1024**2, rel=0.5)
    assert sample["$DiskBytes"] == pytest.approx(shutil.disk_usage(tmp_path).used / 1024**3, rel=0.1)


def test_counters_count_from_one_sample_to_the_next(tmp_path: Path) -> None:
    metrics = MachineMetrics(tmp_path)
    total = psutil.net_io_counters(pernic=True)
    sample = metrics.sample()
    assert 0.0 <= sample["$NetworkInBytes"] <= sum(port.bytes_recv for port in total.values())
    assert sample["$WallClockSeconds"] >= 0.0


def test_a_busy_processor_shows_in_the_percentage(tmp_path: Path) -> None:
    metrics = MachineMetrics(tmp_path)
    before = sum(os.times()[:2])
    while sum(os.times()[:2]) - before < 0.1:  # seconds of processor time, ten ticks of the counters
        pass
    assert 0.0 < metrics.sample()["$CPUPercent"] <= 100.0
