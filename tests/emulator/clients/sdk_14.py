"""azure-batch 14.x, behind a common interface: bodies and answers are those of the REST API."""

# mypy: ignore-errors
# It runs in an environment with this SDK; mypy runs in one with the other SDK.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import BatchServiceClient, models
from azure.batch.batch_auth import SharedKeyCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

Refused = models.BatchErrorException
Json = dict[str, Any]


def refusal(error: Any) -> str:
    """The status and the service's code."""
    return f"{error.response.status_code} {error.error.code if error.error is not None else None}"


class Client:
    """One account."""

    def __init__(self, endpoint: str, account: str, key: str) -> None:
        self._client = BatchServiceClient(SharedKeyCredentials(account, key), batch_url=endpoint)

    def close(self) -> None:
        self._client.close()

    def add_pool(self, body: Json) -> None:
        self._client.pool.add(models.PoolAddParameter.from_dict(body))

    def pool(self, pool: str) -> Json:
        return _plain(self._client.pool.get(pool))

    def delete_pool(self, pool: str) -> None:
        self._client.pool.delete(pool)

    def nodes(self, pool: str) -> list[Json]:
        return [_plain(node) for node in self._client.compute_node.list(pool)]

    def add_job(self, body: Json) -> None:
        self._client.job.add(models.JobAddParameter.from_dict(body))

    def job(self, job: str) -> Json:
        return _plain(self._client.job.get(job))

    def terminate_job(self, job: str, reason: str) -> None:
        self._client.job.terminate(job, terminate_reason=reason)

    def delete_job(self, job: str) -> None:
        self._client.job.delete(job)

    def preparations(self, job: str) -> list[Json]:
        return [_plain(status) for status in self._client.job.list_preparation_and_release_task_status(job)]

    def add_tasks(self, job: str, bodies: list[Json]) -> None:
        self._client.task.add_collection(job, [models.TaskAddParameter.from_dict(body) for body in bodies])

    def add_task(self, job: str, body: Json) -> None:
        self._client.task.add(job, models.TaskAddParameter.from_dict(body))

    def task(self, job: str, task: str) -> Json:
        return _plain(self._client.task.get(job, task))

    def tasks(self, job: str, *, wanted: str, at_once: int) -> list[Json]:
        options = models.TaskListOptions(filter=wanted, max_results=at_once)
        return [_plain(task) for task in self._client.task.list(job, options)]

    def counts(self, job: str) -> Json:
        return dict(_plain(self._client.job.get_task_counts(job))["taskCounts"])

    def reactivate(self, job: str, task: str) -> None:
        self._client.task.reactivate(job, task)

    def terminate(self, job: str, task: str) -> None:
        self._client.task.terminate(job, task)

    def files(self, job: str, task: str) -> list[str]:
        return [file.name for file in self._client.file.list_from_task(job, task, recursive=True)]

    def read(self, job: str, task: str, path: str, *, span: str | None = None) -> Iterator[bytes]:
        options = models.FileGetFromTaskOptions(ocp_range=span)
        return self._client.file.get_from_task(job, task, path, file_get_from_task_options=options)

    def file_facts(self, job: str, task: str, path: str) -> Json:
        seen = self._client.file.get_properties_from_task(job, task, path, raw=True).headers
        return {
            "length": int(seen["Content-Length"]),
            "directory": str(seen["ocp-batch-file-isdirectory"]).lower() == "true",
            "mode": seen["ocp-batch-file-mode"],
        }


def _plain(model: Any) -> Json:
    return dict(model.serialize(keep_readonly=True))
