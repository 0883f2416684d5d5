"""A JSON Schema as editors get it: with what they show of each key as Markdown."""

from __future__ import annotations

from typing import Any

from recipebatch.recipe.reference_page import value_in_yaml

_VALUES = frozenset(("const", "default", "defaultSnippets", "enum", "examples"))
"""Words of a schema behind which there are values, not rules."""


def schema_for_editors(part: Any) -> Any:
    """A schema, or a part of one, in which every key has a `markdownDescription`: meaning, default, example.

    Editors escape the backticks of a `description`; it stays for those that know no other.
    """
    if isinstance(part, list):
        return [schema_for_editors(item) for item in part]
    if not isinstance(part, dict):
        return part
    found = {key: value if key in _VALUES else schema_for_editors(value) for key, value in part.items()}
    if isinstance(part.get("description"), str):
        found["markdownDescription"] = part["description"]
    properties = part.get("properties")
    if isinstance(properties, dict):
        found["properties"] = {name: _with_markdown(name, rule, found) for name, rule in properties.items()}
    return found


def _with_markdown(name: str, rule: Any, found: dict[str, Any]) -> Any:
    described: Any = found["properties"][name]
    if not isinstance(rule, dict) or not isinstance(rule.get("description"), str):
        return described
    lines = [rule["description"]]
    if "default" in rule:
        lines.append(f"Default: `{value_in_yaml(rule['default'])}`")
    if rule.get("examples"):
        lines.append(f"Example: `{name}: {value_in_yaml(rule['examples'][0])}`")
    return {**described, "markdownDescription": "\n\n".join(lines)}
