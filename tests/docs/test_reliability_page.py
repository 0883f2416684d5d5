"""Every test that the page of promises names is there."""

import re

from recipebatch import bundled_files

ROOT = bundled_files.root()


def test_every_test_that_holds_a_promise_is_there() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    promised = page.split("## Not promised")[0]
    named = set(re.findall(r"`(tests/[\w/.]+)`", promised))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    paragraphs = [text for text in promised.split("\n\n") if text.startswith("**")]
    assert [text[:40] for text in paragraphs if "`tests/" not in text] == []
