"""What should happen next: plain functions from a snapshot to a decision; the loop carries it out.

`placement.py` gives tasks to nodes, `lifecycle.py` says what follows the end of a run or of a job's last task,
`sizing.py` says which nodes come and go.
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
from recipebatch.emulator.scheduler.recurrence import Rhythm, turn
from recipebatch.emulator.scheduler.sizing import SeenNode, resize

__all__ = [
    "SAMPLE_SECONDS",
    "AfterRun",
    "AutoScaleRun",
    "FormulaSyntaxError",
    "FreeNode",
    "Rhythm",
    "RunningTask",
    "SeenNode",
    "WaitingJob",
    "WaitingTask",
    "after_run",
    "can_ever_run",
    "ends_by_itself",
    "exit_actions",
    "parse",
    "place",
    "preempted",
    "resize",
    "run_document",
    "run_formula",
    "turn",
    "variables",
]
