"""Each path in CONTRIBUTING.md and in the pages on architecture and security exists; every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("CONTRIBUTING.md", "docs/architecture.md", "docs/security.md")
PLACEHOLDERS = re.compile(r"\b(?:X|CODE|SUBJECT|FORMAT)\b")


def page(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def paths(text: str) -> set[str]:
    """The words in backticks that are paths, and no placeholder: with a slash, or a page of the project."""
    words = {word for quoted in re.findall(r"`([^`\n]+)`", text) for word in quoted.split()}
    return {
        word
        for word in words
        if re.fullmatch(r"[\w.-]*(?:/[\w.-]+)+/?|[A-Z]+\.md|[a-z]+/", word)
        and not word.startswith(("/", ".venv/"))
        and not PLACEHOLDERS.search(word)
    }


def exists(path: str) -> bool:
    """Whether it is in the repository, or in the package, as pages shorten it."""
    return any((ROOT / folder / path).exists() for folder in ("", "src/recipebatch"))


def anchors(text: str) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", PAGES)
def test_every_path_exists(name: str) -> None:
    named = paths(page(name))
    assert len(named) > 30
    assert sorted(path for path in named if not exists(path)) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_page_and_a_heading(name: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page(name)):
        place, _, anchor = target.partition("#")
        if not target.startswith("https://"):
            file = (ROOT / name).parent / place if place else ROOT / name
            assert file.is_file(), target
            assert not anchor or anchor in anchors(file.read_text("utf-8")), target


def test_the_ten_usual_changes_are_numbered_and_each_names_a_test() -> None:
    changes = re.split(r"^### (?=\d+\. )", page("CONTRIBUTING.md"), flags=re.MULTILINE)[1:]
    assert [int(change.split(".")[0]) for change in changes] == list(range(1, 11))
    assert [change.splitlines()[0] for change in changes if "`tests/" not in change] == []


def test_the_page_on_the_architecture_names_every_package() -> None:
    package = ROOT / "src" / "recipebatch"
    folders = {folder.parent.name for folder in package.glob("*/__init__.py")}
    text = page("docs/architecture.md")
    assert sorted(name for name in folders if f"`src/recipebatch/{name}`" not in text) == []
