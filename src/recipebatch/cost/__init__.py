"""What runs cost, before, while and after they are at work: computed from nodes, times and prices. Pure."""

from recipebatch.cost.estimate import Durations, Estimate, durations_of
from recipebatch.cost.of_plan import PlanCost, PoolPrice, kinds_of, plan_cost
from recipebatch.cost.of_run import NOT_RECORDED, PoolCost, RunCost, run_cost

__all__ = [
    "NOT_RECORDED",
    "Durations",
    "Estimate",
    "PlanCost",
    "PoolCost",
    "PoolPrice",
    "RunCost",
    "durations_of",
    "kinds_of",
    "plan_cost",
    "run_cost",
]
