"""`expect:` and `max_cost:`: what an author expects of a run, and the most that it may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.properties import value_types
from recipebatch.properties.table import shape_of
from recipebatch.properties.task import Expect
from recipebatch.recipe.parser.sections import read_section

if TYPE_CHECKING:
    from recipebatch.recipe.model import Section, Setting
    from recipebatch.recipe.nodes import Node
    from recipebatch.recipe.parser.section_reader import Reader
    from recipebatch.vocabulary.money import Money

REFUSE = "refuse"
"""What `max_cost` does where a price is unknown, unless it says something else."""

_EXPECT = shape_of(Expect)


def expectation(parent: Node, reader: Reader) -> Section | None:
    """`expect:` of a template, or of the recipe."""
    node = parent.get("expect")
    return None if node is None else read_section(node, _EXPECT, reader)


def max_cost(document: Node, reader: Reader) -> tuple[Setting[Money, None], Setting[str, str]]:
    """`max_cost:`, an amount or a mapping with its `limit`; and what it means where a price is unknown."""
    node = document.get("max_cost")
    parts = node if node is not None and isinstance(node.value, dict) else None
    limit = node if parts is None else parts.get("limit")
    return (
        reader.value("max_cost", limit, value_types.money, None),
        reader.setting(parts, "without_price", value_types.some_text, REFUSE),
    )
