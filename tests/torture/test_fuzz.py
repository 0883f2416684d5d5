from __future__ import annotations

from torture.fuzz import fuzz


def test_any_text_is_read_or_refused_with_positions() -> None:
    figures = fuzz(253, 400)
    assert figures["inputs"] == 400
    assert figures["read"] != 0
