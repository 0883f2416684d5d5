"""One task template with `for_each` → the values of many tasks."""

from recipebatch.plan.loops.expand import task_names
from recipebatch.plan.loops.integer_ids import first_numbers

__all__ = [
    "first_numbers",
    "task_names",
]
