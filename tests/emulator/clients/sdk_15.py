"""azure-batch 15.x, behind a common interface: bodies and answers are those of the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.batch import BatchClient
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

Refused = HttpResponseError
Json = dict[str, Any]


def refusal(error: HttpResponseError) -> str:
    """The status and the service's code."""
    return f"{error.status_code} {error.model.code if error.model is not None else None}"


class Client:
    """One account."""

    def __init__(self, endpoint: str, account: str, key: str) -> None:
        self._client = BatchClient(endpoint, AzureNamedKeyCredential(account, key))

    def close(self) -> None:
        self._client.close()

    def add_pool(self, body: Json) -> None:
        self._client.create_pool(body)  # type: ignore[arg-type]

    def pool(self, pool: str) -> Json:
        return self._client.get_pool(pool).as_dict()

    def delete_pool(self, pool: str) -> None:
        self._client.begin_delete_pool(pool, polling_interval=1)

    def nodes(self, pool: str) -> list[Json]:
        return [node.as_dict() for node in self._client.list_nodes(pool)]

    def add_job(self, body: Json) -> None:
        self._client.create_job(body)  # type: ignore[arg-type]

    def job(self, job: str) -> Json:
        return self._client.get_job(job).as_dict()

    def terminate_job(self, job: str, reason: str) -> None:
        self._client.begin_terminate_job(job, options={"terminateReason": reason}, polling_interval=1)  # type: ignore[arg-type]

    def delete_job(self, job: str) -> None:
        self._client.begin_delete_job(job, polling_interval=1)

    def preparations(self, job: str) -> list[Json]:
        return [status.as_dict() for status in self._client.list_job_preparation_and_release_task_status(job)]

    def add_tasks(self, job: str, bodies: list[Json]) -> None:
        self._client.create_tasks(job, bodies)  # type: ignore[arg-type]

    def add_task(self, job: str, body: Json) -> None:
        self._client.create_task(job, body)  # type: ignore[arg-type]

    def task(self, job: str, task: str) -> Json:
        return self._client.get_task(job, task).as_dict()

    def tasks(self, job: str, *, wanted: str, at_once: int) -> list[Json]:
        return [task.as_dict() for task in self._client.list_tasks(job, filter=wanted, max_results=at_once)]

    def counts(self, job: str) -> Json:
        return dict(self._client.get_job_task_counts(job).as_dict()["taskCounts"])

    def reactivate(self, job: str, task: str) -> None:
        self._client.reactivate_task(job, task)

    def terminate(self, job: str, task: str) -> None:
        self._client.terminate_task(job, task)

    def files(self, job: str, task: str) -> list[str]:
        return [str(file.name) for file in self._client.list_task_files(job, task, recursive=True)]

    def read(self, job: str, task: str, path: str, *, span: str | None = None) -> Iterator[bytes]:
        return self._client.download_task_file(job, task, path, ocp_range=span)

    def file_facts(self, job: str, task: str, path: str) -> Json:
        seen = self._client.get_task_file_properties(job, task, path)
        return {"length": int(seen.content_length), "directory": bool(seen.is_directory), "mode": seen.file_mode}
