"""Jobs, schedules and tasks whose states change as the service changes them, after some looks."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from in_memory_run import LABELS, Clock
from plans import a_job, a_plan, a_task

from recipebatch.files import ReadAccess
from recipebatch.phases import PhaseContext
from recipebatch.properties.job import Schedule
from recipebatch.report import Quiet
from recipebatch.runs.labels import RUN
from recipebatch.service import JobSnapshot, TaskSnapshot
from recipebatch.service.snapshots import ScheduleSnapshot
from recipebatch.vocabulary.ids import JobId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OURS = {RUN: "r1"}
NEXT = {"terminating": "completed", "disabling": "disabled", "enabling": "active"}


@dataclass
class Jobs:
    """A Batch account; a state such as `terminating` is seen once before the next, unless it is stuck."""

    jobs: dict[str, str] = field(default_factory=dict)
    schedules: dict[str, str] = field(default_factory=dict)
    tasks: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=lambda: OURS)
    asked: list[str] = field(default_factory=list)
    stuck: bool = False

    def get_job(self, job_id: str) -> JobSnapshot | None:
        state = self.jobs.get(job_id)
        if state is None:
            return None
        if not self.stuck:
            self.jobs[job_id] = NEXT.get(state, state)
        return JobSnapshot(
            id=job_id,
            state=state,
            pool_id="p1",
            all_tasks_complete_mode="terminatejob",
            termination_reason=None,
            metadata=self.metadata,
        )

    def get_job_schedule(self, schedule_id: str) -> ScheduleSnapshot | None:
        state = self.schedules.get(schedule_id)
        if state is None:
            return None
        recent = next((name for name in self.jobs if name.startswith(f"{schedule_id}:")), None)
        return ScheduleSnapshot(
            id=schedule_id, state=state, next_run_time=None, recent_job=recent, metadata=self.metadata
        )

    def terminate_job(self, job_id: str, *, reason: str) -> bool:
        self.asked.append(f"terminate {job_id}: {reason}")
        self.jobs[job_id] = "terminating"
        return True

    def terminate_job_schedule(self, schedule_id: str) -> bool:
        self.asked.append(f"terminate {schedule_id}")
        self.schedules[schedule_id] = "completed"
        return True

    def disable_job(self, job_id: str) -> bool:
        self.asked.append(f"disable {job_id}")
        self.jobs[job_id] = "disabling"
        return True

    def disable_job_schedule(self, schedule_id: str) -> bool:
        self.asked.append(f"disable {schedule_id}")
        self.schedules[schedule_id] = "disabled"
        return True

    def enable_job(self, job_id: str) -> bool:
        self.asked.append(f"enable {job_id}")
        self.jobs[job_id] = "enabling"
        return True

    def enable_job_schedule(self, schedule_id: str) -> bool:
        self.asked.append(f"enable {schedule_id}")
        self.schedules[schedule_id] = "active"
        return True

    def terminate_task(self, job_id: str, task_id: str) -> bool:
        self.asked.append(f"terminate {task_id} of {job_id}")
        self.tasks[task_id] = "completed"
        return True

    def list_tasks(self, _job_id: str) -> Iterator[TaskSnapshot]:
        for name, state in self.tasks.items():
            yield TaskSnapshot(
                id=name,
                state=state,
                state_transition_time=None,
                exit_code=None,
                result=None,
                failure=None,
                failure_details=(),
                node_id=None,
                retry_count=0,
            )


def context(jobs: Jobs, tmp_path: Path, *, schedule: bool = False) -> PhaseContext:
    """The context of a run with the job j1 of two tasks, and the job or schedule j2."""
    first = a_job(a_task("t1"), a_task("t2"))
    second = replace(first, logical="second", id=JobId("j2"), schedule=Schedule() if schedule else None)
    anything: Any = jobs
    nothing: Any = None
    return PhaseContext(
        plan=a_plan(jobs=(first, second)) if schedule else a_plan(jobs=(replace(second, tasks=()), first)),
        labels=LABELS,
        batch=anything,
        blobs=nothing,
        access=nothing,
        read_access=ReadAccess.of_recipe(tmp_path),
        progress=Quiet(),
        poll_interval=timedelta(seconds=1),
        slow_poll_interval=timedelta(seconds=10),
        clock=Clock(),
    )
