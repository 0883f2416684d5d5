from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from plans import a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import ServiceError
from recipebatch.execution.quota import PlanQuota, QuotaRow, plan_quota
from recipebatch.execution.quota.needs import needed
from recipebatch.plan.model import Plan, PlannedAutoScale, PlannedPool
from recipebatch.service import AccountQuotas, PoolSnapshot

QUOTAS = AccountQuotas(dedicated_cores=100, spot_cores=50, pools=20, active_jobs=30)
MIXED = a_pool(target_dedicated_nodes=10, target_low_priority_nodes=5)
OTHER = a_pool_snapshot(id="other", vm_size="STANDARD_D8S_V3", current_dedicated_nodes=3, current_low_priority_nodes=1)


def plan_of(*pools: PlannedPool) -> Plan:
    return a_plan(pools=pools, jobs=(a_job(a_task("a")),))


def rows(
    plan: Plan, *pools: PoolSnapshot, jobs: tuple[str, ...] = (), quotas: AccountQuotas = QUOTAS
) -> dict[str, tuple[int | None, int | None, int | None, int]]:
    found = needed(plan, pools, jobs, quotas)
    return {row.what: (row.needs, row.used, row.quota, row.missing) for row in found.rows}


def test_what_a_new_run_needs_beside_what_others_use() -> None:
    assert rows(plan_of(MIXED), OTHER, jobs=("x", "y")) == {
        "dedicated cores": (20, 24, 100, 0),
        "spot cores": (10, 8, 50, 0),
        "pools": (1, 1, 20, 0),
        "active jobs": (1, 2, 30, 0),
    }


def test_what_is_missing_is_counted() -> None:
    tight = AccountQuotas(dedicated_cores=40, spot_cores=50, pools=1, active_jobs=2)
    found = rows(plan_of(MIXED), OTHER, jobs=("x", "y"), quotas=tight)
    assert [row[3] for row in found.values()] == [4, 0, 1, 1]


def test_what_the_run_has_already_it_does_not_need_again() -> None:
    own = a_pool_snapshot(id="P1", current_dedicated_nodes=10, current_low_priority_nodes=2)
    assert rows(plan_of(MIXED), own, jobs=("J1",)) == {"spot cores": (6, 4, 50, 0)}


def test_a_family_counts_where_it_has_a_quota_of_its_own() -> None:
    families = AccountQuotas(dedicated_cores=100, families={"standarddsv3family": 30, "standardmfamily": 5})
    found = rows(plan_of(MIXED, a_pool(logical="q", id="q", vm_size="standard_nc6")), OTHER, quotas=families)
    assert found["dedicated cores of standarddsv3family"] == (20, 24, 30, 14)
    assert found["dedicated cores of standardncfamily"] == (6, 0, None, 0)


def test_nodes_count_where_they_are_a_quota() -> None:
    assert rows(plan_of(MIXED), OTHER, quotas=AccountQuotas(nodes=16))["nodes"] == (15, 4, 16, 3)


def test_what_is_not_known_is_said_to_be_unknown() -> None:
    scale = PlannedAutoScale(formula="$TargetDedicatedNodes = x;", evaluation_interval=None)
    found = rows(plan_of(a_pool(auto_scale=scale)), a_pool_snapshot(vm_size="odd", current_dedicated_nodes=1, id="o"))
    assert found["dedicated cores"] == (None, None, 100, 0)
    assert "spot cores" not in found
    assert rows(plan_of(a_pool(vm_size="odd")))["dedicated cores"][0] is None


def test_pools_of_others_that_a_run_uses_need_nothing_and_pools_of_jobs_count_for_each() -> None:
    assert list(rows(plan_of(a_pool(existing=True)))) == ["active jobs"]
    auto = a_plan(pools=(a_pool(auto=True),), jobs=(a_job(a_task("a")), a_job(a_task("b"), logical="k", id="k")))
    assert rows(auto)["pools"][0] == 2
    assert rows(auto)["dedicated cores"][0] == 4


def test_the_account_is_asked_and_a_refusal_is_said() -> None:
    def refuse() -> Any:
        raise ServiceError("forbidden")

    batch = SimpleNamespace(list_pools=lambda: (OTHER,), active_jobs=lambda: ("x",))
    services: Any = SimpleNamespace(batch=batch, quotas=lambda: QUOTAS)
    found = plan_quota(services, plan_of(MIXED))
    assert found.rows[0] == QuotaRow(what="dedicated cores", needs=20, used=24, quota=100)
    assert found.to_json()["rows"][0] == {
        "what": "dedicated cores",
        "needs": 20,
        "used": 24,
        "quota": 100,
        "missing": 0,
    }
    batch.list_pools = refuse
    assert plan_quota(services, plan_of(MIXED)) == PlanQuota(why_unknown="forbidden")
    assert PlanQuota(why_unknown="forbidden").to_json() == {"unknown": "forbidden", "rows": []}
