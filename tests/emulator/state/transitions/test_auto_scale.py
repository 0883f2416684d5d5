from __future__ import annotations

from typing import Any

import pytest

from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import auto_scale
from recipebatch.emulator.state.transitions import pool as pools
from recipebatch.vocabulary.states import AllocationState

FORMULA = "$TargetDedicatedNodes = 1"


def test_scaling_needs_a_formula_and_has_a_default_interval(state: Any) -> None:
    pool = state.pool()
    with pytest.raises(BatchError, match="MissingRequiredProperty"):
        auto_scale.enable(state.account, pool, formula=None, interval=None)
    auto_scale.enable(state.account, pool, formula=FORMULA, interval=None)
    assert auto_scale.is_enabled(pool)
    assert pool.body["autoScaleFormula"] == FORMULA
    assert pool.body["autoScaleEvaluationInterval"] == "PT15M"


def test_calls_that_enable_scaling_are_half_a_minute_apart(state: Any) -> None:
    pool = state.pool()
    auto_scale.enable(state.account, pool, formula=FORMULA, interval="PT5M")
    with pytest.raises(BatchError, match="TooManyEnableAutoScaleRequests"):
        auto_scale.enable(state.account, pool, formula=FORMULA, interval=None)
    pool.scaling_enabled -= 30 * 10_000_000
    auto_scale.enable(state.account, pool, formula=None, interval=None)
    assert (pool.body["autoScaleFormula"], pool.body["autoScaleEvaluationInterval"]) == (FORMULA, "PT5M")


def test_a_steady_pool_is_resized_once_more_when_scaling_ends(state: Any) -> None:
    pool = state.pool(enableAutoScale=True, autoScaleFormula=FORMULA)
    pools.finish_resize(state.account, pool, [])
    modified = pool.modified
    auto_scale.disable(state.account, pool)
    assert pool.allocation_state is AllocationState.RESIZING
    assert pool.modified > modified
    assert pool.body["enableAutoScale"] is False
    assert not {"autoScaleFormula", "autoScaleEvaluationInterval"} & pool.body.keys()


def test_a_resizing_pool_is_not_modified_when_scaling_ends(state: Any) -> None:
    pool = state.pool(enableAutoScale=True, autoScaleFormula=FORMULA)
    modified = pool.modified
    auto_scale.disable(state.account, pool)
    assert pool.modified == modified


def test_a_pool_that_is_deleted_is_not_scaled(state: Any) -> None:
    pool = state.pool()
    pools.delete_pool(state.account, pool)
    with pytest.raises(BatchError, match="PoolBeingDeleted"):
        auto_scale.enable(state.account, pool, formula=FORMULA, interval=None)
    with pytest.raises(BatchError, match="PoolBeingDeleted"):
        auto_scale.disable(state.account, pool)


def test_a_formula_resizes_without_modifying_and_refuses_resizes_by_hand(state: Any) -> None:
    pool = state.pool(enableAutoScale=True, autoScaleFormula=FORMULA)
    pools.finish_resize(state.account, pool, [])
    modified = pool.modified
    auto_scale.record_run(state.account, pool, {"results": "r"})
    auto_scale.scale(state.account, pool, dedicated=3, low_priority=1, option="taskcompletion")
    assert (pool.target_dedicated, pool.target_low_priority, pool.deallocation_option) == (3, 1, "taskcompletion")
    assert (pool.modified, pool.scaling_run) == (modified, {"results": "r"})
    with pytest.raises(BatchError, match="OperationNotValidOnPool"):
        auto_scale.refuse_scaled(pool)
    auto_scale.refuse_scaled(state.pool("other"))
