from __future__ import annotations

from torture.fuzz import fuzz


def test_a_mutated_recipe_is_read_or_refused_with_positions() -> None:
    figures = fuzz(seed=253, count=400)
    assert figures["inputs"] == 400
    assert figures["read"] != 0
