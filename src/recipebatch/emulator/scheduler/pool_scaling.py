"""Evaluates a pool's formula on its samples, at any time scale. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.emulator.scheduler.autoscale import AutoScaleRun, PoolSizes, Samples, evaluate
from recipebatch.emulator.state import to_datetime

if TYPE_CHECKING:
    from recipebatch.emulator.state import PoolRecord

SAMPLE_SECONDS = 30
"""Sampling interval. Source: "Create a formula to automatically scale compute nodes in a Batch pool"."""


def run_formula(pool: PoolRecord, formula: str, *, now: int, time_scale: float) -> AutoScaleRun:
    """Evaluate a formula for a pool; the pool is not changed.

    Intervals in a formula are scaled: with a time scale of 60 the last ten minutes are the last ten seconds of real
    time. `time()` returns the real time.

    Args:
        pool: its nodes and its history.
        formula: its text.
        now: ticks.
        time_scale: the divisor of the service's delays.

    Raises:
        FormulaSyntaxError: the text is not a formula.
    """
    samples = Samples()
    for moment, values in pool.history:
        samples.add(to_datetime(now - round((now - moment) * time_scale)), values)
    dedicated = sum(node.is_dedicated for node in pool.nodes.values())
    current = PoolSizes(
        current_dedicated=dedicated,
        current_low_priority=len(pool.nodes) - dedicated,
        target_dedicated=pool.target_dedicated,
        target_low_priority=pool.target_low_priority,
        task_slots_per_node=pool.slots_per_node,
    )
    return evaluate(formula, now=to_datetime(now), samples=samples, current=current)


def run_document(run: AutoScaleRun, now: int) -> dict[str, Any]:
    """An `autoScaleRun`; its timestamp is in ticks."""
    document: dict[str, Any] = {"timestamp": now, "results": run.results}
    if run.error is not None:
        document["error"] = {
            "code": run.error.code,
            "message": run.error.message,
            "values": [{"name": name, "value": value} for name, value in run.error.values],
        }
    return document
