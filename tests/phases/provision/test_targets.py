"""The number of a pool's nodes, set by its formula or by a resize."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from in_memory_pools import PoolBatch, pool_context
from in_memory_run import NOW
from plans import a_pool, a_pool_snapshot

from recipebatch.errors import WaitTimeoutError
from recipebatch.phases.provision.targets import is_released, set_nodes
from recipebatch.plan import expiry_rule, fixed_formula, with_expiry_rule

UNTIL = NOW + timedelta(hours=3)
SIZED = with_expiry_rule(fixed_formula(2, 0), UNTIL)


def test_a_formula_is_replaced_by_one_that_says_the_number_until_the_same_time() -> None:
    batch = PoolBatch(pools={"p1": a_pool_snapshot(auto_scale_formula=SIZED)})
    context, _ = pool_context(batch, pool := a_pool())
    set_nodes(pool, context, dedicated=0, spot=3)
    there = expiry_rule(batch.pools["p1"].auto_scale_formula or "")
    assert (there.formula, there.until) == (fixed_formula(0, 3), UNTIL)
    assert batch.calls == [("scale", "p1")]


def test_a_formula_without_an_end_gets_none() -> None:
    batch = PoolBatch(pools={"p1": a_pool_snapshot(auto_scale_formula="$TargetDedicatedNodes = 4;")})
    context, _ = pool_context(batch, pool := a_pool())
    set_nodes(pool, context, dedicated=1, spot=0)
    assert batch.pools["p1"].auto_scale_formula == fixed_formula(1, 0)


def test_a_pool_without_a_formula_is_resized() -> None:
    batch = PoolBatch(pools={"p1": a_pool_snapshot()})
    context, _ = pool_context(batch, pool := a_pool())
    set_nodes(pool, context, dedicated=0, spot=0)
    assert batch.calls == [("resize", "p1")]
    assert batch.pools["p1"].target_dedicated_nodes == 0


def test_a_pool_that_takes_no_formula_is_an_error_in_the_end() -> None:
    batch = PoolBatch(pools={"p1": a_pool_snapshot(auto_scale_formula=SIZED)}, takes_formulas=False)
    context, _ = pool_context(batch, pool := a_pool())
    with pytest.raises(WaitTimeoutError, match="another client keeps changing it"):
        set_nodes(pool, context, dedicated=0, spot=0)


def test_released_is_what_asks_for_no_node_whatever_the_tasks() -> None:
    zero = with_expiry_rule(fixed_formula(0, 0), UNTIL)
    assert is_released(a_pool_snapshot(auto_scale_formula=zero, target_dedicated_nodes=5))
    assert not is_released(a_pool_snapshot(auto_scale_formula=SIZED, target_dedicated_nodes=0))
    assert not is_released(a_pool_snapshot())
    assert is_released(replace(a_pool_snapshot(), target_dedicated_nodes=0))
