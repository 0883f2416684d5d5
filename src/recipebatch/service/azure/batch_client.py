"""BatchService with the azure-batch SDK; the quirks of 15.1 are known here and nowhere else.

- A refused task of a collection looks added (the SDK compares `ClientError` with `clienterror`): every item's `error`
  is looked at instead.
- `pool_exists` raises where it should answer False: a pool is asked for with `get_pool`.
- Every 409 is a ResourceExistsError, whatever it means: the service's code decides.
- Enum fields keep the spelling of the wire (`Spread`, `UserError`): compared in lower case.
- `begin_…` calls start a thread that polls: only the first request is waited for here, the phases look themselves.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from azure.batch import models
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError

from recipebatch.service.azure.from_sdk import (
    NODE_PROPERTIES,
    add_result,
    image,
    job_snapshot,
    lower,
    node_snapshot,
    pool_snapshot,
    preparation_snapshot,
    release_snapshot,
    schedule_snapshot,
)
from recipebatch.service.azure.job_requests import job_create_options, job_schedule_create_options
from recipebatch.service.azure.operations.account_lists import AzureAccountLists
from recipebatch.service.azure.operations.job_states import AzureJobStates
from recipebatch.service.azure.operations.node_files import AzureNodeFiles
from recipebatch.service.azure.operations.tasks import AzureTasks
from recipebatch.service.azure.pool_requests import auto_pool_specification, pool_create_options, pool_update_options
from recipebatch.service.azure.sdk_errors import error_code, translated
from recipebatch.service.azure.task_requests import task_create_options
from recipebatch.service.snapshots import (
    JobSnapshot,
    NodeSnapshot,
    PoolSnapshot,
    PreparationSnapshot,
    ReleaseSnapshot,
    ScheduleSnapshot,
    SupportedImage,
    TaskAddResult,
)
from recipebatch.vocabulary import error_codes
from recipebatch.vocabulary.limits import MAX_REQUEST_BYTES, MAX_TASKS_PER_COLLECTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.plan.model import PlannedAutoScale, PlannedJob, PlannedPool, PlannedTask
    from recipebatch.service.protocols import NodeAccess

_BODY_MARGIN = 4096
_GONE_SOON = frozenset(
    {error_codes.POOL_BEING_DELETED, error_codes.JOB_BEING_DELETED, error_codes.JOB_SCHEDULE_BEING_DELETED}
)


class AzureBatch(AzureAccountLists, AzureJobStates, AzureNodeFiles, AzureTasks):
    """A Batch account reached through the public SDK."""

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def supported_images(self) -> tuple[SupportedImage, ...]:
        """The marketplace images nodes can run."""
        with translated("listing the supported images"):
            return tuple(
                SupportedImage(
                    image=image(item.image_reference),
                    node_agent_sku_id=item.node_agent_sku_id,
                    os_type=lower(item.os_type),
                    verified=lower(item.verification_type) == "verified",
                    support_ends=None
                    if item.batch_support_end_of_life is None
                    else item.batch_support_end_of_life.date(),
                    capabilities=tuple(item.capabilities or ()),
                )
                for item in self._client.list_supported_images()
                if item.image_reference.publisher
            )

    def get_pool(self, pool_id: str) -> PoolSnapshot | None:
        """The pool, or None if there is none."""
        with translated(f"reading pool {pool_id}"):
            try:
                return pool_snapshot(self._client.get_pool(pool_id))
            except ResourceNotFoundError:
                return None

    def create_pool(self, pool: PlannedPool, *, node_agent_sku_id: str, access: NodeAccess) -> bool:
        """Create a pool; False if one with that id was there already."""
        body = pool_create_options(pool, node_agent_sku_id=node_agent_sku_id, access=access)
        with translated(f"creating pool {pool.id}"):
            try:
                self._client.create_pool(body)
            except ResourceExistsError as error:
                if error_code(error) != error_codes.POOL_EXISTS:
                    raise
                return False
        return True

    def resize_pool(self, pool: PlannedPool) -> None:
        """Ask for the planned number of nodes."""
        options = models.BatchPoolResizeOptions(
            target_dedicated_nodes=pool.target_dedicated_nodes,
            target_low_priority_nodes=pool.target_low_priority_nodes,
            resize_timeout=pool.resize_timeout,
        )
        with translated(f"resizing pool {pool.id}"):
            self._client.begin_resize_pool(pool.id, options, polling_interval=1)

    def scale_pool(self, pool_id: str, rule: PlannedAutoScale) -> bool:
        """Let a formula decide on the number of nodes from now on; False if the service was asked so just before."""
        options = models.BatchPoolEnableAutoScaleOptions(
            auto_scale_formula=rule.formula, auto_scale_evaluation_interval=rule.evaluation_interval
        )
        with translated(f"scaling pool {pool_id}"):
            try:
                self._client.enable_pool_auto_scale(pool_id, options)
            except HttpResponseError as error:
                if error_code(error) not in {
                    error_codes.TOO_MANY_ENABLE_AUTO_SCALE_REQUESTS,
                    error_codes.POOL_BEING_RESIZED,
                }:
                    raise
                return False
        return True

    def refresh_start_task(self, pool: PlannedPool, *, access: NodeAccess) -> None:
        """Give nodes that come from now on a start task with new SAS, and the pool its marks."""
        with translated(f"updating the start task of pool {pool.id}"):
            self._client.update_pool(pool.id, pool_update_options(pool, access=access))

    def retry_allocation(self, pool_id: str) -> None:
        """Have the nodes of a scaled pool allocated that the service could not give; it is not scaled afterwards."""
        with translated(f"allocating the nodes of pool {pool_id} again"):
            self._client.disable_pool_auto_scale(pool_id)

    def delete_pool(self, pool_id: str) -> bool:
        """Ask for deletion; False if there is no such pool."""
        with translated(f"deleting pool {pool_id}"):
            try:
                self._client.begin_delete_pool(pool_id, polling_interval=30)
            except HttpResponseError as error:
                return _being_deleted(error)
        return True

    def list_nodes(self, pool_id: str) -> tuple[NodeSnapshot, ...]:
        """The nodes of a pool; empty if there is no such pool."""
        with translated(f"listing the nodes of pool {pool_id}"):
            try:
                nodes = self._client.list_nodes(pool_id, select=NODE_PROPERTIES)
                return tuple(node_snapshot(node) for node in nodes)
            except ResourceNotFoundError:
                return ()

    def get_job(self, job_id: str) -> JobSnapshot | None:
        """The job, or None if there is none."""
        with translated(f"reading job {job_id}"):
            try:
                return job_snapshot(self._client.get_job(job_id))
            except ResourceNotFoundError:
                return None

    def create_job(self, job: PlannedJob, *, pool: PlannedPool, agent: str | None, access: NodeAccess) -> bool:
        """Create a job that does not end by itself; False if one with that id was there already."""
        pool_info = _pool_info(job, pool, agent, access)
        with translated(f"creating job {job.id}"):
            try:
                self._client.create_job(job_create_options(job, pool_info=pool_info, access=access))
            except ResourceExistsError as error:
                if error_code(error) != error_codes.JOB_EXISTS:
                    raise
                return False
        return True

    def get_job_schedule(self, schedule_id: str) -> ScheduleSnapshot | None:
        """The schedule, or None if there is none."""
        with translated(f"reading job schedule {schedule_id}"):
            try:
                return schedule_snapshot(self._client.get_job_schedule(schedule_id))
            except ResourceNotFoundError:
                return None

    def create_job_schedule(self, job: PlannedJob, *, pool: PlannedPool, agent: str | None, access: NodeAccess) -> bool:
        """Create the schedule of a job; False if one with that id was there already."""
        pool_info = _pool_info(job, pool, agent, access)
        with translated(f"creating job schedule {job.id}"):
            try:
                self._client.create_job_schedule(job_schedule_create_options(job, pool_info=pool_info, access=access))
            except ResourceExistsError as error:
                if error_code(error) != error_codes.JOB_SCHEDULE_EXISTS:
                    raise
                return False
        return True

    def delete_job_schedule(self, schedule_id: str) -> bool:
        """Ask for deletion, its jobs included; False if there is no such schedule."""
        with translated(f"deleting job schedule {schedule_id}"):
            try:
                self._client.begin_delete_job_schedule(schedule_id, polling_interval=30)
            except HttpResponseError as error:
                return _being_deleted(error)
        return True

    def preparations(self, job_id: str) -> tuple[PreparationSnapshot, ...]:
        """The job's preparation task on each node on which it ran; empty if it has none."""
        return tuple(
            preparation_snapshot(item, info)
            for item in self._on_nodes(job_id)
            if (info := item.job_preparation_task_execution_info) is not None
        )

    def releases(self, job_id: str) -> tuple[ReleaseSnapshot, ...]:
        """The job's release task on each node on which it ran; empty if it has none."""
        return tuple(
            release_snapshot(item, info)
            for item in self._on_nodes(job_id)
            if (info := item.job_release_task_execution_info) is not None
        )

    def _on_nodes(self, job_id: str) -> list[models.BatchJobPreparationAndReleaseTaskStatus]:
        with translated(f"reading the preparation and release of job {job_id}"):
            try:
                return list(self._client.list_job_preparation_and_release_task_status(job_id))
            except HttpResponseError as error:
                if error_code(error) == error_codes.JOB_PREPARATION_TASK_OR_RELEASE_TASK_NOT_SPECIFIED:
                    return []
                raise

    def end_job_when_tasks_complete(self, job_id: str) -> None:
        """From now on the job completes when its last task does; no error if it has completed already."""
        options = models.BatchJobUpdateOptions(all_tasks_complete_mode=models.BatchAllTasksCompleteMode.TERMINATE_JOB)
        with translated(f"setting the end of job {job_id}"):
            try:
                self._client.update_job(job_id, options)
            except ResourceExistsError as error:
                if error_code(error) not in {error_codes.JOB_COMPLETED, error_codes.JOB_BEING_TERMINATED}:
                    raise

    def delete_job(self, job_id: str) -> bool:
        """Ask for deletion; False if there is no such job."""
        with translated(f"deleting job {job_id}"):
            try:
                self._client.begin_delete_job(job_id, polling_interval=30)
            except HttpResponseError as error:
                return _being_deleted(error)
        return True

    def add_tasks(self, job_id: str, tasks: Sequence[PlannedTask], *, access: NodeAccess) -> tuple[TaskAddResult, ...]:
        """Add up to 100 tasks in as few requests as their size allows; one result per task."""
        results: list[TaskAddResult] = []
        for group in _within_one_request([task_create_options(task, job_id=job_id, access=access) for task in tasks]):
            with translated(f"adding {len(group)} tasks to job {job_id}"):
                answer = self._client.create_task_collection(job_id, models.BatchTaskGroup(task_values=group))
            results += [add_result(item) for item in answer.result_values or ()]
        return tuple(results)


def _being_deleted(error: HttpResponseError) -> bool:
    """A delete that was refused: True if it is under way already, False if there is nothing; else the error."""
    if error_code(error) in _GONE_SOON:
        return True
    if isinstance(error, ResourceNotFoundError):
        return False
    raise error


def _within_one_request(tasks: list[models.BatchTaskCreateOptions]) -> Iterator[list[models.BatchTaskCreateOptions]]:
    """Group tasks so that each request stays below the service's number of tasks and bytes."""
    group: list[models.BatchTaskCreateOptions] = []
    size = _BODY_MARGIN
    for task in tasks:
        # ensure_ascii is how the SDK writes it too: its bytes are what the service counts.
        task_size = len(json.dumps(task.as_dict(), default=str)) + 2
        if group and (len(group) == MAX_TASKS_PER_COLLECTION or size + task_size > MAX_REQUEST_BYTES):
            yield group
            group, size = [], _BODY_MARGIN
        group.append(task)
        size += task_size
    if group:
        yield group


def _pool_info(job: PlannedJob, pool: PlannedPool, agent: str | None, access: NodeAccess) -> models.BatchPoolInfo:
    """The pool that runs a job: one that is there, or one that is made with it."""
    if job.auto_pool is None or agent is None:
        return models.BatchPoolInfo(pool_id=pool.id)
    return auto_pool_specification(pool, job.auto_pool, node_agent_sku_id=agent, access=access)
