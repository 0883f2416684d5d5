"""Target nodes that a run's record says instead of its recipe."""

from __future__ import annotations

import pytest
from plans import a_plan, a_pool

from recipebatch.plan import PoolSize, with_sizes
from recipebatch.plan.model import PlannedAutoScale

SCALED = PlannedAutoScale(formula="$TargetDedicatedNodes = 1;", evaluation_interval=None)


def test_only_pools_of_a_fixed_size_that_the_run_makes_get_another_one() -> None:
    pools = (
        a_pool(),
        a_pool(logical="other"),
        a_pool(logical="formula", auto_scale=SCALED, target_dedicated_nodes=0),
        a_pool(logical="existing", existing=True, target_dedicated_nodes=0),
    )
    sizes = {name: PoolSize(5, 2) for name in ("pool", "formula", "existing", "of-no-pool")}
    found = with_sizes(a_plan(pools=pools), sizes).pools
    assert [(pool.target_dedicated_nodes, pool.target_low_priority_nodes) for pool in found] == [
        (5, 2),
        (1, 0),
        (0, 0),
        (0, 0),
    ]


def test_a_size_is_written_and_read() -> None:
    assert [str(PoolSize(*size)) for size in ((0, 0), (1, 0), (2, 3))] == ["0 nodes", "1 node", "2 nodes + 3 spot"]
    assert PoolSize(2, 3).together == 5
    assert PoolSize.from_json(PoolSize(2, 3).to_json()) == PoolSize(2, 3)


@pytest.mark.parametrize(
    "value", [{"dedicated": -1, "spot": 0}, {"dedicated": "1", "spot": 0}, {"dedicated": True, "spot": 0}]
)
def test_what_is_no_number_of_nodes_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no number of nodes"):
        PoolSize.from_json(value)
