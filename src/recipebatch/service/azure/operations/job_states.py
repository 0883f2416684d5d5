"""Jobs, job schedules and tasks that are ended, disabled and enabled with the azure-batch SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import models
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from recipebatch.service.azure.from_sdk import job_snapshot
from recipebatch.service.azure.sdk_errors import error_code, translated
from recipebatch.vocabulary import error_codes

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.batch import BatchClient

    from recipebatch.service.snapshots import JobSnapshot

# What is asked for is so already, or the job ends by itself: its state says which, and the caller looks at it.
_CLOSED_JOB = frozenset({error_codes.JOB_COMPLETED, error_codes.JOB_BEING_TERMINATED, error_codes.JOB_BEING_DELETED})
_CLOSED_SCHEDULE = frozenset(
    {
        error_codes.JOB_SCHEDULE_COMPLETED,
        error_codes.JOB_SCHEDULE_BEING_TERMINATED,
        error_codes.JOB_SCHEDULE_BEING_DELETED,
    }
)
_ENDED_TASK = frozenset({error_codes.TASK_COMPLETED, error_codes.JOB_COMPLETED})
_NOT_DISABLED = error_codes.OPERATION_INVALID_FOR_CURRENT_STATE


class AzureJobStates:
    """The jobs of a schedule, and calls that stop or pause work, which answer before that has happened."""

    _client: BatchClient

    def terminate_job(self, job_id: str, *, reason: str) -> bool:
        """End a job: its running tasks are terminated; False if it had ended, or there is none."""
        # Without options the SDK (15.1) raises before it sends anything, and it does not export their class.
        options: Any = {"terminateReason": reason}
        return _asked(
            f"terminating job {job_id}",
            lambda: self._client.begin_terminate_job(job_id, options, polling_interval=30),
            _CLOSED_JOB,
        )

    def jobs_of_schedule(self, schedule_id: str) -> tuple[JobSnapshot, ...]:
        """The jobs that a schedule made, oldest first; empty if there is no such schedule."""
        with translated(f"listing the jobs of schedule {schedule_id}"):
            try:
                found = list(self._client.list_jobs_from_schedule(schedule_id))
            except ResourceNotFoundError:
                return ()
        return tuple(job_snapshot(job) for job in sorted(found, key=lambda job: job.creation_time))

    def disable_job(self, job_id: str) -> bool:
        """Have a job start no task, and its running ones go back to the queue; False if it had ended."""
        options = models.BatchJobDisableOptions(disable_tasks=models.DisableBatchJobOption.REQUEUE)
        return _asked(
            f"disabling job {job_id}",
            lambda: self._client.begin_disable_job(job_id, options, polling_interval=30),
            _CLOSED_JOB,
        )

    def enable_job(self, job_id: str) -> bool:
        """Have a disabled job start tasks again; False if it was not disabled."""
        return _asked(
            f"enabling job {job_id}",
            lambda: self._client.begin_enable_job(job_id, polling_interval=30),
            _CLOSED_JOB | {_NOT_DISABLED},
        )

    def terminate_task(self, job_id: str, task_id: str) -> bool:
        """End a task, whether it runs or waits; False if it had ended, or there is none."""
        return _asked(f"terminating task {task_id}", lambda: self._client.terminate_task(job_id, task_id), _ENDED_TASK)

    def terminate_job_schedule(self, schedule_id: str) -> bool:
        """End a schedule with its active job; False if it had ended, or there is none."""
        return _asked(
            f"terminating job schedule {schedule_id}",
            lambda: self._client.begin_terminate_job_schedule(schedule_id, polling_interval=30),
            _CLOSED_SCHEDULE,
        )

    def disable_job_schedule(self, schedule_id: str) -> bool:
        """Have a schedule make no job; False if it had ended, or there is none."""
        return _asked(
            f"disabling job schedule {schedule_id}",
            lambda: self._client.disable_job_schedule(schedule_id),
            _CLOSED_SCHEDULE | {error_codes.JOB_SCHEDULE_DISABLED},
        )

    def enable_job_schedule(self, schedule_id: str) -> bool:
        """Have a disabled schedule make jobs again; False if it was not disabled."""
        return _asked(
            f"enabling job schedule {schedule_id}",
            lambda: self._client.enable_job_schedule(schedule_id),
            _CLOSED_SCHEDULE | {_NOT_DISABLED},
        )


def _asked(doing: str, call: Callable[[], object], needless: frozenset[str]) -> bool:
    """Make a call; False where the service says that there was nothing to do."""
    with translated(doing):
        try:
            call()
        except ResourceNotFoundError:
            return False
        except HttpResponseError as error:
            if error_code(error) not in needless:
                raise
            return False
    return True
