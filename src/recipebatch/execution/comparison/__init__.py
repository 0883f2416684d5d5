"""What `apply` would do now, compared with what the account has; and plans that are saved to be carried out."""

from recipebatch.execution.comparison.ask_account import plan_against
from recipebatch.execution.comparison.compared import ComparedPlan

__all__ = ["ComparedPlan", "plan_against"]
