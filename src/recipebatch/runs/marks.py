"""The marks a run leaves on what it makes: who owns it, and until when it is expected to be needed."""

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
KEEP_UNTIL = "recipebatch_keep_until"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What the metadata of a run's pools, jobs and containers says.

    Attributes:
        digest: of the recipe the run began with.
        expires: when the run's own limits will have ended it; what is left then is nobody's.
    """

    run_id: str
    owner: str
    digest: str
    created: datetime
    expires: datetime

    def as_metadata(self) -> tuple[tuple[str, str], ...]:
        """For pools and jobs."""
        return (
            (RUN, self.run_id),
            (OWNER, self.owner),
            (DIGEST, self.digest),
            (CREATED, self.created.isoformat(timespec="seconds")),
            (EXPIRES, self.expires.isoformat(timespec="seconds")),
        )

    def as_container_metadata(self, retention: timedelta | None = None) -> dict[str, str]:
        """For containers, whose metadata travels in headers and must be ASCII."""
        pairs = list(self.as_metadata())
        if retention is not None:
            pairs.append((KEEP_UNTIL, (self.created + retention).isoformat(timespec="seconds")))
        return {name: value.encode("ascii", "backslashreplace").decode() for name, value in pairs}

    def on(self, plan: Plan) -> Plan:
        """The plan with the marks on every pool and job that the run makes."""
        marks = self.as_metadata()
        if any(pool.endless for pool in plan.pools):
            # A schedule without an end needs what it has for ever.
            marks = tuple((name, value) for name, value in marks if name != EXPIRES)
        pools = tuple(
            pool if pool.existing else replace(pool, metadata=(*pool.metadata, *marks)) for pool in plan.pools
        )
        jobs = tuple(replace(job, metadata=(*job.metadata, *marks)) for job in plan.jobs)
        return replace(plan, pools=pools, jobs=jobs)
