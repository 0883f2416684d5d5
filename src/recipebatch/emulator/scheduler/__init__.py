"""Decisions as pure functions of a snapshot of the state; the engine carries them out.

`placement` assigns tasks to nodes, `preemption` selects tasks of lower priority to stop, `lifecycle` and
`exit_conditions` decide what follows the end of a task, `recurrence` when a schedule creates a job, `sizing` which
nodes are added and removed, `autoscale` evaluates formulas. None of them reads a clock.
"""

from recipebatch.emulator.scheduler.autoscale.evaluation import AutoScaleRun
from recipebatch.emulator.scheduler.autoscale.syntax.errors import FormulaSyntaxError
from recipebatch.emulator.scheduler.autoscale.syntax.parsing import parse
from recipebatch.emulator.scheduler.exit_conditions import exit_actions
from recipebatch.emulator.scheduler.lifecycle import AfterRun, after_run, ends_by_itself
from recipebatch.emulator.scheduler.model import FreeNode, WaitingJob, WaitingTask
from recipebatch.emulator.scheduler.multi_instance import can_ever_run, variables
from recipebatch.emulator.scheduler.placement import place
from recipebatch.emulator.scheduler.pool_scaling import SAMPLE_SECONDS, run_document, run_formula
from recipebatch.emulator.scheduler.preemption import RunningTask, preempted
from recipebatch.emulator.scheduler.recurrence import Recurrence, next_step
from recipebatch.emulator.scheduler.sizing import SizingNode, resize

__all__ = [
    "SAMPLE_SECONDS",
    "AfterRun",
    "AutoScaleRun",
    "FormulaSyntaxError",
    "FreeNode",
    "Recurrence",
    "RunningTask",
    "SizingNode",
    "WaitingJob",
    "WaitingTask",
    "after_run",
    "can_ever_run",
    "ends_by_itself",
    "exit_actions",
    "next_step",
    "parse",
    "place",
    "preempted",
    "resize",
    "run_document",
    "run_formula",
    "variables",
]
