"""A job schedule in memory, whose job manager task promises an output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from in_memory_run import NOW, Batch
from plans import a_container, a_job, a_plan, a_pool, a_task_snapshot, an_output

from recipebatch.properties.job import JobManagerTask, JobTask, Schedule
from recipebatch.service import JobSnapshot
from recipebatch.service.snapshots import ScheduleSnapshot

TASK = JobTask(command_line="run", raw={"id": "boss"})
MANAGER = JobManagerTask(task=TASK, output_files=(an_output("result.csv", "day/result.csv"),))
JOB = a_job(job_manager_task=MANAGER, schedule=Schedule(recurrence_interval=timedelta(days=1)), id="s", tasks=None)
PLAN = a_plan(jobs=(JOB,), pools=(a_pool(),), containers=(a_container("out", "c1"),))
BOSS = a_task_snapshot(id="boss", state_transition_time=NOW, began=NOW)


@dataclass
class Scheduled(Batch):
    """A Batch account with a schedule, whose jobs are those that have tasks."""

    running: frozenset[str] = frozenset()
    exists: bool = True

    def get_job_schedule(self, schedule_id: str) -> ScheduleSnapshot | None:  # type: ignore[override]
        last = next(reversed(self.jobs), None)
        there = ScheduleSnapshot(id=schedule_id, state="active", next_run_time=NOW, recent_job=last, metadata={})
        return there if self.exists else None

    def jobs_of_schedule(self, _schedule_id: str) -> tuple[JobSnapshot, ...]:
        return tuple(
            JobSnapshot(
                id=name,
                state="active" if name in self.running else "completed",
                pool_id="p1",
                all_tasks_complete_mode="noaction",
                termination_reason=None,
                metadata={},
            )
            for name in self.jobs
        )
