"""Why tasks do not run, or did not do their work: snapshots in, ranked findings out; `look` asks, the rest is pure."""

from recipebatch.phases.watch.diagnosis.findings import Code, Finding, is_command
from recipebatch.phases.watch.diagnosis.jobs import JobLook
from recipebatch.phases.watch.diagnosis.look import (
    look_at_all_access,
    look_at_failures,
    look_at_job,
    look_at_pool,
    look_at_task,
    why_waiting,
)
from recipebatch.phases.watch.diagnosis.pools import PoolLook, node_trouble
from recipebatch.phases.watch.diagnosis.runs import Diagnosis, RunLook, diagnose_run
from recipebatch.phases.watch.diagnosis.tasks import TaskLook, failure_finding, task_findings

__all__ = [
    "Code",
    "Diagnosis",
    "Finding",
    "JobLook",
    "PoolLook",
    "RunLook",
    "TaskLook",
    "diagnose_run",
    "failure_finding",
    "is_command",
    "look_at_all_access",
    "look_at_failures",
    "look_at_job",
    "look_at_pool",
    "look_at_task",
    "node_trouble",
    "task_findings",
    "why_waiting",
]
