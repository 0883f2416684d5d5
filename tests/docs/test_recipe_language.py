"""docs/recipe-language.md tells every key as the schema does, and every word that expressions know."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch import bundled_files
from recipebatch.recipe.source.document import parse

if TYPE_CHECKING:
    from types import ModuleType

WRITER = Path(__file__).with_name("recipe_language_page.py")
SCHEMA: dict[str, Any] = json.loads(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"))


def writer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recipe_language_page", WRITER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_schema_says() -> None:
    module = writer()
    text = module.PAGE.read_text(encoding="utf-8")
    assert text == module.page(text), f"write it anew: python {WRITER.relative_to(WRITER.parents[2])}"


def test_every_key_of_the_schema_is_in_the_page() -> None:
    keys = {name for part in _mappings(SCHEMA) for name in part["properties"]}
    text = writer().PAGE.read_text(encoding="utf-8")
    assert {name for name in keys if f"| `{name}` |" not in text} == set()


def test_the_examples_of_the_page_are_yaml() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", writer().PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) > 5
    for block in blocks:
        for line in block.splitlines() if not block.startswith("cases") else [block]:
            parse(line, "page")


def _mappings(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for inner in part for found in _mappings(inner)]
    if not isinstance(part, dict):
        return []
    own = [part] if isinstance(part.get("properties"), dict) else []
    return own + [found for inner in part.values() for found in _mappings(inner)]
