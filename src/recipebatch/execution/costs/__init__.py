"""What a run costs: its nodes while a command works on it, and their prices."""

from recipebatch.execution.costs.node_log import NodeLog
from recipebatch.execution.costs.run_cost import cost_of_run

__all__ = ["NodeLog", "cost_of_run"]
