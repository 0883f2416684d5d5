"""What a Batch account has of all its users: its jobs, job schedules and pools, with the azure-batch SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipebatch.service.azure.from_sdk import lower, metadata, pool_snapshot
from recipebatch.service.azure.sdk_errors import translated
from recipebatch.service.quotas import AccountQuotas
from recipebatch.service.snapshots import LabeledResource
from recipebatch.vocabulary.states import SCHEDULE_OVER, JobState, PoolState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.batch import BatchClient

    from recipebatch.service.snapshots import PoolSnapshot


class AzureAccountLists:
    """Lists of a Batch account."""

    _client: BatchClient

    def list_pools(self) -> tuple[PoolSnapshot, ...]:
        """All pools of the account."""
        with translated("listing the pools of the account"):
            return tuple(pool_snapshot(pool) for pool in self._client.list_pools())

    def emulator_quotas(self) -> AccountQuotas:
        """The quotas of an account of the emulator, which tells them itself."""
        from azure.core.rest import HttpRequest

        with translated("asking for the quotas of the account"):
            response = self._client.send_request(HttpRequest("GET", "/$emulator/quotas"))
            response.raise_for_status()
        body = response.json()
        return AccountQuotas(
            dedicated_cores=body["dedicatedCoreQuota"],
            spot_cores=body["lowPriorityCoreQuota"],
            nodes=body["nodeQuota"],
            pools=body["poolQuota"],
            active_jobs=body["activeJobAndJobScheduleQuota"],
        )

    def list_labeled(self, mark: str) -> tuple[LabeledResource, ...]:
        """The jobs, job schedules and pools whose metadata has a name, in this order; not those that are going."""
        with translated("listing pools, jobs and job schedules"):
            found = [
                _labeled(kind, item)
                for kind, item in self._everything()
                if lower(item.state) != PoolState.DELETING and mark in metadata(item.metadata)
            ]
        return tuple(found)

    def _everything(self) -> Iterator[tuple[str, Any]]:
        yield from (("job", job) for job in self._client.list_jobs())
        yield from (("job schedule", schedule) for schedule in self._client.list_job_schedules())
        yield from (("pool", pool) for pool in self._client.list_pools())

    def jobs_on_pool(self, pool_id: str) -> tuple[str, ...]:
        """The ids of jobs, and of job schedules, that have not completed and use a pool, of all users."""
        wanted = f"executionInfo/poolId eq '{pool_id}' and state ne '{JobState.COMPLETED}'"
        with translated(f"listing the jobs of pool {pool_id}"):
            jobs = [job.id for job in self._client.list_jobs(filter=wanted, select=["id"])]
            # Between two of its jobs a schedule needs the pool too.
            schedules = list(self._client.list_job_schedules(select=["id", "state", "jobSpecification"]))
        jobs += [
            schedule.id
            for schedule in schedules
            if lower(schedule.state) not in SCHEDULE_OVER and schedule.job_specification.pool_info.pool_id == pool_id
        ]
        return tuple(jobs)

    def active_jobs(self) -> tuple[str, ...]:
        """The ids of all jobs and job schedules of the account that have not completed."""
        wanted = f"state ne '{JobState.COMPLETED}'"
        with translated("listing jobs and job schedules"):
            jobs = [job.id for job in self._client.list_jobs(filter=wanted, select=["id"])]
            schedules = [each.id for each in self._client.list_job_schedules(filter=wanted, select=["id"])]
        return (*jobs, *schedules)


def _labeled(kind: str, item: Any) -> LabeledResource:
    """A job, job schedule or pool of an answer."""
    pool = pool_snapshot(item) if kind == "pool" else None
    return LabeledResource(
        kind=kind,
        name=item.id,
        metadata=metadata(item.metadata),
        created=item.creation_time,
        size=None if pool is None else pool.current_dedicated_nodes + pool.current_low_priority_nodes,
        pool=pool,
    )
