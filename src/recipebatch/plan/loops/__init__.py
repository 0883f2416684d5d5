"""One task template with `for_each` → the values of many tasks."""

from recipebatch.plan.loops.expand import UNKNOWN_ITEM, loop_variables
from recipebatch.plan.loops.integer_ids import first_numbers
from recipebatch.plan.loops.item_problems import ItemProblems, item_name, of_item

__all__ = [
    "UNKNOWN_ITEM",
    "ItemProblems",
    "first_numbers",
    "item_name",
    "loop_variables",
    "of_item",
]
