"""Every term of the glossary is used in the documentation or the code, once in the glossary, and in a full line."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "glossary.md"
ROWS = re.findall(r"^\| (?!term |---)([^|]+) \| ([^|]+) \|([^|]*)\|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
TERMS = [term.strip() for term, _, _ in ROWS]


@cache
def written() -> str:
    """All other pages and sources, in lower case, the words of names apart."""
    pages = [ROOT / "README.md", *(path for path in (ROOT / "docs").glob("*.md") if path != PAGE)]
    files = [*pages, *(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.md"), *(ROOT / "schemas").glob("*.json")]
    return _plain(" ".join(path.read_text(encoding="utf-8") for path in files))


def _plain(text: str) -> str:
    separated = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return re.sub(r"[\s_-]+", " ", separated.lower())


@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_used(term: str) -> None:
    assert re.search(rf"\b{re.escape(_plain(term))}s?\b", written())


def test_every_line_of_the_tables_is_read() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(lines) == len(ROWS) + PAGE.read_text(encoding="utf-8").count("| term |")
    assert len(ROWS) > 80


def test_no_term_has_two_lines() -> None:
    assert sorted({term for term in TERMS if TERMS.count(term) > 1}) == []


def test_every_term_has_a_meaning_of_one_sentence_without_a_full_stop() -> None:
    assert [term for term, meaning, _ in ROWS if not meaning.strip() or meaning.strip().endswith(".")] == []
