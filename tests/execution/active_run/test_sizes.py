"""The number of nodes of a run's pools, as `scale` records it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from in_memory_pools import Notes, PoolBatch
from in_memory_run import NOW, RECORD, World
from plans import a_plan, a_pool

from recipebatch.errors import ServiceError, UsageError
from recipebatch.execution.active_run import scale_run, take_sizes
from recipebatch.phases import PhaseOptions
from recipebatch.plan import PoolSize, fixed_size
from recipebatch.vocabulary.ids import PoolId

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedAutoScale

STAGED = RECORD.with_phase("stage", "done", NOW)
FIVE = {"pool": {"dedicated": 5, "spot": 0}}


class Sized(PoolBatch):
    """A service that carries out formulas that say a number."""

    def scale_pool(self, pool_id: str, rule: PlannedAutoScale) -> bool:
        dedicated, spot = fixed_size(rule.formula) or (0, 0)
        self.pools[pool_id] = replace(
            self.pools[pool_id], current_dedicated_nodes=dedicated, current_low_priority_nodes=spot
        )
        return super().scale_pool(pool_id, rule)


def world() -> World:
    return World(plan=a_plan(pools=(a_pool(),)), record=STAGED, batch=Sized())


def asked(of: World) -> tuple[int, int] | None:
    assert isinstance(of.batch, PoolBatch)
    return fixed_size(of.batch.pools["p1"].auto_scale_formula or "")


def test_a_run_that_is_continued_keeps_the_number() -> None:
    there = world()
    there.run().provision(PhaseOptions())
    scale_run(there.run(), nodes=5, spot=None, pool=None)
    assert (asked(there), there.records.kept.sizes) == ((5, 0), FIVE)
    assert there.run().plan.pools[0].target_dedicated_nodes == 5
    there.run().provision(PhaseOptions())
    assert asked(there) == (5, 0)
    scale_run(there.run(), nodes=None, spot=2, pool="p1")
    assert asked(there) == (5, 2)


def test_a_command_that_works_on_the_run_takes_the_number_over() -> None:
    there = world()
    other = there.run()
    other.provision(PhaseOptions())
    scale_run(there.run(), nodes=5, spot=None, pool="pool")
    assert other.plan.pools[0].target_dedicated_nodes == 1
    other.provision(PhaseOptions())
    assert (other.plan.pools[0].target_dedicated_nodes, asked(there)) == (5, (5, 0))


def test_a_pool_that_is_not_made_yet_is_made_with_the_number() -> None:
    there = world()
    report = scale_run(there.run(), nodes=5, spot=None, pool=None)
    assert report.summary == "pool p1 does not exist yet: it will be made with 5 nodes instead of 1 node"
    there.run().provision(PhaseOptions())
    assert asked(there) == (5, 0)


def test_what_the_service_refuses_is_not_recorded() -> None:
    class Refusing(PoolBatch):
        def scale_pool(self, pool_id: str, rule: object) -> bool:
            raise ServiceError(f"{pool_id} takes no {type(rule).__name__}")

    there = world()
    there.run().provision(PhaseOptions())
    assert isinstance(there.batch, PoolBatch)
    there.batch = Refusing(pools=there.batch.pools)
    with pytest.raises(ServiceError, match="takes no"):
        scale_run(there.run(), nodes=5, spot=None, pool=None)
    assert there.records.kept.sizes == {}


def test_the_pool_is_named_where_there_are_several_and_must_be_there() -> None:
    pools = (a_pool(), a_pool(logical="other", id=PoolId("p2"), existing=True))
    there = World(plan=a_plan(pools=pools), record=STAGED, batch=PoolBatch())
    with pytest.raises(UsageError, match="run r1 has 2 pools: p1, p2") as raised:
        scale_run(there.run(), nodes=5, spot=None, pool=None)
    assert raised.value.hint == "name one of them: --pool ID"
    with pytest.raises(UsageError, match="run r1 has no pool p3"):
        scale_run(there.run(), nodes=5, spot=None, pool="p3")
    with pytest.raises(UsageError, match="which only uses it"):
        scale_run(there.run(), nodes=5, spot=None, pool="other")


def test_a_purged_run_has_no_pool_and_a_deleted_one_is_told() -> None:
    there = world()
    there.run().provision(PhaseOptions())
    assert isinstance(there.batch, PoolBatch)
    there.batch.pools.clear()
    with pytest.raises(UsageError, match="pool p1 does not exist: it was deleted"):
        scale_run(there.run(), nodes=5, spot=None, pool=None)
    there.records.kept = replace(there.records.kept.with_phase("purge", "done", NOW), etag="x")
    with pytest.raises(UsageError, match="run r1 was purged: it has no pool to scale"):
        scale_run(there.run(), nodes=5, spot=None, pool=None)


def test_nodes_of_a_run_that_has_ended_are_said_to_incur_charges() -> None:
    there = world()
    there.run().provision(PhaseOptions())
    there.records.kept = replace(there.records.kept, ended=True, etag="y")
    notes = scale_run(there.run(), nodes=5, spot=None, pool=None).notes
    assert "the run has ended: nodes without tasks incur charges all the same" in notes


def test_the_sizes_of_a_changed_recipe_are_provisioned_and_said() -> None:
    there = world()
    run = there.run()
    run.provision(PhaseOptions())
    notes = Notes()
    run.context = replace(run.context, progress=notes)
    take_sizes(run, {"pool": PoolSize(5, 0)}, "digest")
    assert notes.lines == ["pool p1: 1 node → 5 nodes, as the recipe says now"]
    kept = there.records.kept
    assert (kept.sizes, kept.sized_by, kept.state_of("provision")) == (FIVE, "digest", "started")
    there.run().provision(PhaseOptions())
    assert asked(there) == (5, 0)
    again = there.run()
    take_sizes(again, {"pool": PoolSize(5, 0)}, "other")
    assert (there.records.kept.sized_by, there.records.kept.state_of("provision")) == ("other", "done")
