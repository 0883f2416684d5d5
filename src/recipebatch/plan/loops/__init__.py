"""One task template with `for_each` → the values of many tasks."""

from recipebatch.plan.loops.expand import loop_variables
from recipebatch.plan.loops.integer_ids import first_numbers

__all__ = [
    "first_numbers",
    "loop_variables",
]
