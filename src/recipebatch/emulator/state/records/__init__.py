"""Records: the state of pools, nodes, jobs, tasks and job schedules."""

from recipebatch.emulator.state.records.job import JobRecord
from recipebatch.emulator.state.records.job_schedule import ScheduleRecord
from recipebatch.emulator.state.records.pool import Json, NodeRecord, PoolRecord
from recipebatch.emulator.state.records.task import TaskRecord

__all__ = [
    "JobRecord",
    "Json",
    "NodeRecord",
    "PoolRecord",
    "ScheduleRecord",
    "TaskRecord",
]
