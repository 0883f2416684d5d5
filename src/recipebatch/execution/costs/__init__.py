"""What a run costs: its nodes while a command works on it, and their prices."""

from recipebatch.execution.costs.node_log import NodeLog
from recipebatch.execution.costs.plan_cost import check_max_cost, cost_of_plan, last_durations, recipe_cost
from recipebatch.execution.costs.run_cost import cost_of_run

__all__ = ["NodeLog", "check_max_cost", "cost_of_plan", "cost_of_run", "last_durations", "recipe_cost"]
