"""The tasks of a job with the azure-batch SDK: counted, listed, found and reactivated."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from recipebatch.report import TaskTotals
from recipebatch.service.azure.from_sdk import task_snapshot
from recipebatch.service.azure.sdk_errors import error_code, translated
from recipebatch.vocabulary import error_codes
from recipebatch.vocabulary.limits import MAX_PAGE_SIZE
from recipebatch.vocabulary.states import TaskResult, TaskState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from azure.batch import BatchClient

    from recipebatch.service.snapshots import TaskSnapshot

_TASK_FIELDS = ["id", "state", "stateTransitionTime", "creationTime", "executionInfo", "nodeInfo"]


class AzureTasks:
    """The tasks of jobs."""

    _client: BatchClient

    def reactivate_task(self, job_id: str, task_id: str) -> bool:
        """Have a completed task that failed run again; False if it is not in such a state (any more)."""
        with translated(f"reactivating task {task_id}"):
            try:
                self._client.reactivate_task(job_id, task_id)
            except HttpResponseError as error:
                if error_code(error) not in {
                    error_codes.TASK_NOT_COMPLETED,
                    error_codes.TASK_SUCCEEDED,
                    error_codes.TASK_COMPLETED,
                }:
                    raise
                return False
        return True

    def task_totals(self, job_id: str) -> TaskTotals:
        """Tasks by state, as the service counts them; may lag behind."""
        with translated(f"counting the tasks of job {job_id}"):
            counts = self._client.get_job_task_counts(job_id).task_counts
        return TaskTotals(
            active=counts.active, running=counts.running, succeeded=counts.succeeded, failed=counts.failed
        )

    def list_task_ids(self, job_id: str) -> frozenset[str]:
        """The ids of all tasks of a job; empty if there is no such job."""
        with translated(f"listing the tasks of job {job_id}"):
            try:
                return frozenset(task.id for task in self._client.list_tasks(job_id, select=["id"]))
            except ResourceNotFoundError:
                return frozenset()

    def list_tasks(self, job_id: str, *, failed_since: datetime | None = None) -> Iterator[TaskSnapshot]:
        """All tasks of a job, or only those that failed at or after a time."""
        wanted = None if failed_since is None else f"{_STATES[FAILED]} and {_changed_since(failed_since)}"
        yield from self._tasks(job_id, wanted, _TASK_FIELDS)

    def find_tasks(
        self,
        job_id: str,
        *,
        states: Collection[str] = (),
        changed_since: datetime | None = None,
        page: int = MAX_PAGE_SIZE,
    ) -> Iterator[TaskSnapshot]:
        """Tasks of a job with their time limits, by id; the next page is asked for when it is needed."""
        parts = ["(" + " or ".join(f"({_STATES[state]})" for state in states) + ")"] if states else []
        parts += [_changed_since(changed_since)] if changed_since is not None else []
        size = min(page, MAX_PAGE_SIZE)
        yield from self._tasks(job_id, " and ".join(parts) or None, [*_TASK_FIELDS, "constraints"], max_results=size)

    def get_task(self, job_id: str, task_id: str) -> tuple[TaskSnapshot, dict[str, Any]] | None:
        """A task, and all that the service answers of it by REST names; None if there is none."""
        with translated(f"reading task {task_id}"):
            try:
                found = self._client.get_task(job_id, task_id)
            except ResourceNotFoundError:
                return None
        return task_snapshot(found), found.as_dict()

    def _tasks(
        self, job_id: str, wanted: str | None, fields: list[str], max_results: int | None = None
    ) -> Iterator[TaskSnapshot]:
        with translated(f"listing the tasks of job {job_id}"):
            for task in self._client.list_tasks(job_id, filter=wanted, select=fields, max_results=max_results):
                yield task_snapshot(task)


SUCCEEDED, FAILED = "succeeded", "failed"
_STATES = {state.value: f"state eq '{state}'" for state in TaskState} | {
    word: f"state eq '{TaskState.COMPLETED}' and executionInfo/result eq '{result}'"
    for word, result in ((SUCCEEDED, TaskResult.SUCCESS), (FAILED, TaskResult.FAILURE))
}


def _changed_since(moment: datetime) -> str:
    return f"stateTransitionTime ge DateTime'{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}'"
