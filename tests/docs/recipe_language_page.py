"""Writes the parts of docs/recipe-language.md that the sources know: the words of expressions, and every key."""

from __future__ import annotations

import re
from pathlib import Path

from recipebatch.api import schema_reference
from recipebatch.recipe.expressions.syntax import FILTERS, METHODS, PERMISSIONS, TESTS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "recipe-language.md"
KEYS = "<!-- keys: written by `python tests/docs/recipe_language_page.py` -->\n"


def words() -> str:
    """What expressions can do to a value."""
    lists = {
        "Filters": FILTERS,
        "Tests, after `is`": TESTS,
        "Methods of texts": METHODS,
        "Permissions of `sas_token`": PERMISSIONS,
    }
    return "\n".join(
        f"* {title}: " + ", ".join(f"`{name}`" for name in sorted(names)) for title, names in lists.items()
    )


def page(text: str) -> str:
    """The page with those parts as they are now."""
    head = text.partition(KEYS)[0]
    head = re.sub(
        r"<!-- words -->.*?<!-- end -->", lambda _: f"<!-- words -->\n{words()}\n<!-- end -->", head, flags=re.DOTALL
    )
    return f"{head}{KEYS}\n{schema_reference()}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
