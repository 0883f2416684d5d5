from __future__ import annotations

import json

from recipebatch import bundled_files


def test_the_schemas_recipes_and_node_scripts_are_found() -> None:
    assert json.loads(bundled_files.schema("recipe.schema.json").read_text(encoding="utf-8"))["$schema"]
    assert "topn" in bundled_files.recipes()
    assert (bundled_files.root() / "node" / "topn.py").is_file()
