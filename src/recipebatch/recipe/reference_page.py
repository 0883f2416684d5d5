"""A JSON Schema as a page that a person reads: one table of keys for each mapping of a recipe."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

_EXPRESSION = "#/$defs/expression"
_TYPES = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "mapping",
    "null": "nothing",
}
_SEVERAL = ("pools.", "jobs.")
_MOST = 60
"""Characters of an example in a table; longer ones stand below it."""


@dataclass(frozen=True, slots=True)
class _Section:
    """One mapping: its path in a recipe, and its rules."""

    path: str
    rule: dict[str, Any]


def words_for_values(schema: dict[str, Any], rule: dict[str, Any]) -> str:
    """What a value may be by a rule of a schema, in words: `integer, 1 to 256, or an expression`."""
    page = _Page(schema)
    return page.takes(page.resolved(rule))


def value_in_yaml(value: Any) -> str:
    """A value in one line of YAML."""
    return _formatted(value)


def schema_page(schema: dict[str, Any]) -> str:
    """Markdown: a section for the whole file, then one for each mapping with keys of its own.

    A mapping that several places share (`$defs`) is described once.
    """
    whole = _Page(schema)
    parts: list[str] = []
    waiting = deque([_Section("", schema)])
    described: set[str] = set()
    while waiting:
        section = waiting.popleft()
        identity = json.dumps(section.rule, sort_keys=True)
        if identity in described:
            continue
        described.add(identity)
        text, below = whole.section(section)
        parts.append(text)
        if section.path:
            waiting.extendleft(reversed(below))
        else:
            # One pool and one job first: what they share with several is then described under the shorter path.
            waiting.extend(sorted(below, key=lambda found: found.path.startswith(_SEVERAL)))
    return "\n".join(parts)


class _Page:
    def __init__(self, schema: dict[str, Any]) -> None:
        self._schema = schema
        self._names: dict[str, str] = {}

    def section(self, section: _Section) -> tuple[str, list[_Section]]:
        """The text of one mapping, and the mappings below it."""
        needed = {*section.rule.get("required", ()), *section.rule.get("then", {}).get("required", ())}
        lines = [f"### {section.path or 'The whole file'}", ""]
        description = section.rule.get("description")
        if description and section.path:
            lines += [str(description), ""]
        lines += ["| key | takes | meaning | default |", "|---|---|---|---|"]
        below: list[_Section] = []
        examples: list[str] = []
        for name, written in section.rule["properties"].items():
            rule = self.resolved(written)
            default = "must be there" if name in needed else _formatted(rule["default"]) if "default" in rule else ""
            meaning, example = _cell(str(rule.get("description", ""))), _example(name, rule)
            if example and len(example) <= _MOST:
                meaning += f" For example `{example}`."
            elif example:
                examples.append(example)
            lines.append(f"| `{name}` | {_cell(self.takes(rule))} | {meaning} | {_cell(default)} |")
            path = f"{section.path}.{name}" if section.path else name
            below += self._mappings(rule, path)
        lines.append("")
        if examples:
            lines += ["For example:", "", "```yaml", *examples, "```", ""]
        return "\n".join(lines), below

    def resolved(self, rule: dict[str, Any]) -> dict[str, Any]:
        """A rule with what it refers to; what stands beside the reference counts more."""
        while "$ref" in rule:
            target: Any = self._schema
            for step in rule["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            rule = {**target, **{key: value for key, value in rule.items() if key != "$ref"}}
        return rule

    def _mappings(self, rule: dict[str, Any], path: str) -> list[_Section]:
        """The mappings with keys of their own that a value is, or holds."""
        found: list[_Section] = []
        if rule.get("properties"):
            found.append(_Section(path, _without_notes(rule)))
        items, named = rule.get("items"), rule.get("additionalProperties")
        if isinstance(items, dict):
            found += self._mappings(self.resolved(items), f"{path}[]")
        if isinstance(named, dict):
            found += self._mappings(self.resolved(named), f"{path}.NAME")
        for word in ("anyOf", "oneOf"):
            for branch in rule.get(word, ()):
                if branch.get("$ref") != _EXPRESSION and set(branch) != {"required"}:
                    found += self._mappings(self.resolved(branch), path)
        return found

    def takes(self, rule: dict[str, Any]) -> str:
        """What a value may be, in words."""
        if "const" in rule:
            return f"`{_formatted(rule['const'])}`"
        if "enum" in rule:
            return " or ".join(f"`{_formatted(choice)}`" for choice in rule["enum"])
        branches = [
            branch for word in ("anyOf", "oneOf") for branch in rule.get(word, ()) if set(branch) != {"required"}
        ]
        if branches and "type" not in rule:
            words = [
                "an expression" if branch.get("$ref") == _EXPRESSION else self.takes(self.resolved(branch))
                for branch in branches
            ]
            return ", or ".join(dict.fromkeys(words))
        kinds = rule.get("type", [])
        words = [_TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds)]
        text = ", or ".join(words) or "any value"
        items, named = rule.get("items"), rule.get("additionalProperties")
        if text == "list" and isinstance(items, dict):
            text = f"list: {self.takes(self.resolved(items))}"
        if text == "mapping" and isinstance(named, dict):
            text = f"mapping of names to: {self.takes(self.resolved(named))}"
        return text + _range(rule)


def _range(rule: dict[str, Any]) -> str:
    least, most = rule.get("minimum"), rule.get("maximum")
    if least is not None and most is not None:
        return f", {least} to {most}"
    if least is not None:
        return f", at least {least}"
    return f", at most {most}" if most is not None else ""


def _without_notes(rule: dict[str, Any]) -> dict[str, Any]:
    """What makes two mappings the same: not what stands beside a reference to them."""
    return {key: value for key, value in rule.items() if key not in {"examples", "default"}}


def _example(name: str, rule: dict[str, Any]) -> str:
    examples = rule.get("examples")
    return f"{name}: {_formatted(examples[0])}" if examples else ""


def _formatted(value: Any) -> str:
    """A value in one line of YAML."""
    if isinstance(value, str):
        plain = value and value[0] not in "*&!|>'\"%@`{[#?- " and ": " not in value and " #" not in value
        return (
            value
            if plain and not value.endswith(":") and not _is_other(value)
            else json.dumps(value, ensure_ascii=False)
        )
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inner(item) for item in value) + "]"
    return json.dumps(value)


def _inner(value: Any) -> str:
    """A value inside of brackets, where more characters mean something."""
    text = _formatted(value)
    special = isinstance(value, str) and any(character in value for character in ",[]{}") and not text.startswith('"')
    return json.dumps(value, ensure_ascii=False) if special else text


def _is_other(text: str) -> bool:
    """Whether YAML would read a text as something else."""
    if text.lower() in {"true", "false", "null", "~", ""}:
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
