"""Every test that the page of guarantees names exists."""

import re

from recipebatch import bundled_files

ROOT = bundled_files.root()


def test_every_test_that_checks_a_guarantee_exists() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    guaranteed = page.split("## Not guaranteed")[0]
    named = set(re.findall(r"`(tests/[\w/.]+)`", guaranteed))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    paragraphs = [text for text in guaranteed.split("\n\n") if text.startswith("**")]
    assert [text[:40] for text in paragraphs if "`tests/" not in text] == []
