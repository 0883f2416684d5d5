"""The labels of a run's resources: whose they are, and until when they are needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from recipebatch.plan.model import Plan

RUN = "recipebatch_run"
OWNER = "recipebatch_owner"
DIGEST = "recipebatch_digest"
CREATED = "recipebatch_created"
EXPIRES = "recipebatch_expires"
RECORDS = "recipebatch_records"
"""The storage account that holds the run's record: another one knows nothing of the run."""
KEEP_UNTIL = "recipebatch_keep_until"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLabels:
    """What the metadata of a run's pools, jobs and containers says.

    Attributes:
        digest: of the recipe the run started with.
        records: the storage account that holds the run's record.
        expires: when the run ends at the latest by its own limits; what is left then is an orphan. None is never.
    """

    run_id: str
    owner: str
    digest: str
    records: str
    created: datetime
    expires: datetime | None

    def as_metadata(self) -> tuple[tuple[str, str], ...]:
        """For pools and jobs."""
        pairs = [
            (RUN, self.run_id),
            (OWNER, self.owner),
            (DIGEST, self.digest),
            (RECORDS, self.records),
            (CREATED, self.created.isoformat(timespec="seconds")),
        ]
        if self.expires is not None:
            pairs.append((EXPIRES, self.expires.isoformat(timespec="seconds")))
        return tuple(pairs)

    def as_container_metadata(self, retention: timedelta | None = None) -> dict[str, str]:
        """For containers, whose metadata travels in headers and must be ASCII."""
        pairs = list(self.as_metadata())
        if retention is not None:
            pairs.append((KEEP_UNTIL, (self.created + retention).isoformat(timespec="seconds")))
        return {name: value.encode("ascii", "backslashreplace").decode() for name, value in pairs}

    def on(self, plan: Plan) -> Plan:
        """The plan with the labels on every pool and job that the run makes."""
        labels = self.as_metadata()
        pools = tuple(
            pool if pool.existing else replace(pool, metadata=(*pool.metadata, *labels)) for pool in plan.pools
        )
        jobs = tuple(replace(job, metadata=(*job.metadata, *labels)) for job in plan.jobs)
        return replace(plan, pools=pools, jobs=jobs)
