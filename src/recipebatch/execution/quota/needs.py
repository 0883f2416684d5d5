"""PlanQuota: what a plan needs of an account's quotas, beside what is in use."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from recipebatch.errors import ServiceError
from recipebatch.plan import most_nodes
from recipebatch.service import AccountQuotas, family_of
from recipebatch.vocabulary.machines.vm_sizes import known_cores

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from recipebatch.execution.open_account import Services
    from recipebatch.plan.model import Plan, PlannedPool
    from recipebatch.service import PoolSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaRow:
    """One quota; numbers that are not known are None.

    Attributes:
        what: such as `dedicated cores`.
        needs: how many more the run needs than are in use now.
        used: how many are in use, by all users of the account.
        quota: how many there may be.
    """

    what: str
    needs: int | None
    used: int | None
    quota: int | None

    @property
    def missing(self) -> int:
        """How many the quota lacks; 0 if it has room, or that is not known."""
        if self.needs is None or self.used is None or self.quota is None or not self.needs:
            return 0
        return max(0, self.used + self.needs - self.quota)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanQuota:
    """What a plan needs of an account.

    Attributes:
        rows: what it needs something of.
        why_unknown: why quotas are not known; empty if they are.
    """

    rows: tuple[QuotaRow, ...] = ()
    why_unknown: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON values; numbers that are not known are null."""
        return {
            "unknown": self.why_unknown or None,
            "rows": [asdict(row) | {"missing": row.missing} for row in self.rows],
        }


def plan_quota(services: Services, plan: Plan) -> PlanQuota:
    """What a plan needs of an account, which is asked for its quotas and what is in use; nothing is changed."""
    try:
        pools, jobs = services.batch.list_pools(), services.batch.active_jobs()
        return needed(plan, pools, jobs, services.quotas())
    except ServiceError as error:
        return PlanQuota(why_unknown=error.message)


def needed(plan: Plan, pools: Sequence[PoolSnapshot], jobs: Collection[str], quotas: AccountQuotas) -> PlanQuota:
    """What a plan needs, beside what is in use. Pure.

    Args:
        plan: of the run.
        pools: all of the account.
        jobs: the ids of all active jobs and job schedules of the account.
        quotas: of the account.
    """
    made = [pool for pool in plan.pools if not pool.existing]
    there = {pool.id.lower(): pool for pool in pools}
    rows = []
    for spot, quota in ((False, quotas.dedicated_cores), (True, quotas.spot_cores)):
        name = "spot cores" if spot else "dedicated cores"
        rows.append(
            QuotaRow(what=name, needs=_cores(plan, made, there, spot=spot), used=_used(pools, spot=spot), quota=quota)
        )
    families = dict.fromkeys(family_of(pool.vm_size) for pool in made) if quotas.families else {}
    rows += [_family_row(plan, family, made, pools, quotas) for family in families]
    if quotas.nodes is not None:
        used = sum(pool.current_dedicated_nodes + pool.current_low_priority_nodes for pool in pools)
        both = [_nodes(plan, pool, there, spot=spot) for pool in made for spot in (False, True)]
        rows.append(QuotaRow(what="nodes", needs=_sum(both), used=used, quota=quotas.nodes))
    new_pools = sum(_copies(plan, pool) for pool in made if str(pool.id).lower() not in there)
    rows.append(QuotaRow(what="pools", needs=new_pools, used=len(pools), quota=quotas.pools))
    active = {job.lower() for job in jobs}
    new_jobs = sum(str(job.id).lower() not in active for job in plan.jobs)
    rows.append(QuotaRow(what="active jobs", needs=new_jobs, used=len(jobs), quota=quotas.active_jobs))
    return PlanQuota(rows=tuple(row for row in rows if row.needs != 0), why_unknown=quotas.why_unknown)


def _family_row(
    plan: Plan, family: str, made: Iterable[PlannedPool], pools: Sequence[PoolSnapshot], quotas: AccountQuotas
) -> QuotaRow:
    of_family = [pool for pool in made if family_of(pool.vm_size) == family]
    there = {pool.id.lower(): pool for pool in pools}
    return QuotaRow(
        what=f"dedicated cores of {family}" if family else "dedicated cores of its family",
        needs=_cores(plan, of_family, there, spot=False),
        used=_used((pool for pool in pools if family_of(pool.vm_size) == family), spot=False),
        quota=quotas.families.get(family),
    )


def _copies(plan: Plan, pool: PlannedPool) -> int:
    """How many pools of the service a pool of the plan stands for."""
    return sum(job.pool == pool.logical for job in plan.jobs) if pool.auto else 1


def _nodes(plan: Plan, pool: PlannedPool, there: dict[str, PoolSnapshot], *, spot: bool) -> int | None:
    """The most nodes of one kind that a pool will have more than it has now; None is not known."""
    limits = most_nodes(pool)
    most = limits.spot if spot else limits.dedicated
    if most is None:
        return None
    seen = there.get(str(pool.id).lower())
    if seen is None:
        return most * _copies(plan, pool)
    now = seen.current_low_priority_nodes if spot else seen.current_dedicated_nodes
    return max(0, most - now)


def _cores(plan: Plan, made: Iterable[PlannedPool], there: dict[str, PoolSnapshot], *, spot: bool) -> int | None:
    found: list[int | None] = []
    for pool in made:
        nodes = _nodes(plan, pool, there, spot=spot)
        each = known_cores(pool.vm_size)
        found.append(0 if nodes == 0 else None if nodes is None or each is None else nodes * each)
    return _sum(found)


def _used(pools: Iterable[PoolSnapshot], *, spot: bool) -> int | None:
    found: list[int | None] = []
    for pool in pools:
        nodes = pool.current_low_priority_nodes if spot else pool.current_dedicated_nodes
        each = known_cores(pool.vm_size)
        found.append(0 if not nodes else None if each is None else nodes * each)
    return _sum(found)


def _sum(numbers: Iterable[int | None]) -> int | None:
    total = 0
    for number in numbers:
        if number is None:
            return None
        total += number
    return total
