"""What runs cost: computed from nodes, times and prices. Pure."""

from recipebatch.cost.of_run import NOT_RECORDED, PoolCost, RunCost, run_cost

__all__ = ["NOT_RECORDED", "PoolCost", "RunCost", "run_cost"]
