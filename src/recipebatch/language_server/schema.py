"""What a schema says of the value at a path: its rules, the keys it may have, the snippets to start with."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from recipebatch import bundled_files
from recipebatch.recipe import value_in_yaml, words_for_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.language_server.source.tree import Path

REFERS, DEFINES = "x-refers-to", "x-defines"
"""Annotations of a schema: the text, or the keys, are names of such things; or they define such things."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A value to start with: JSON values in whose texts `$1` and `${1:text}` are where the cursor goes."""

    label: str
    body: Any


class Schema:
    """One schema, followed along paths."""

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    @lru_cache(maxsize=512)  # noqa: B019 - there are two schemas
    def rules(self, path: Path) -> tuple[dict[str, Any], ...]:
        """Every rule that the value at a path can be under, the alternatives of a choice one by one."""
        rules: tuple[dict[str, Any], ...] = (self.body,)
        for step in path:
            rules = tuple(found for rule in rules for each in self.alternatives(rule) for found in _step(each, step))
        return tuple(found for rule in rules for found in self.alternatives(rule))

    def rule(self, path: Path) -> dict[str, Any] | None:
        """The rule of a key as it is written: with its description, default and examples; None for an unknown key."""
        if not path:
            return self.body
        steps = (found for rule in self.rules(path[:-1]) for found in _step(rule, path[-1]))
        found = next(steps, None)
        return None if found is None else self._resolved(found)

    def keys(self, path: Path) -> dict[str, dict[str, Any]]:
        """The keys that a mapping at a path may have, with their rules."""
        return {
            key: self._resolved(rule)
            for each in self.rules(path)
            for key, rule in each.get("properties", {}).items()
            if isinstance(rule, dict)
        }

    def excluded(self, path: Path, given: frozenset[str]) -> frozenset[str]:
        """The keys that cannot be used beside those that are given."""
        found: set[str] = set()
        for rule in self.rules(path):
            for group in exclusive_keys(rule):
                if group & given:
                    found |= group - given
        return frozenset(found)

    def required(self, path: Path) -> frozenset[str]:
        """The keys that a mapping at a path must have."""
        return frozenset(
            key for rule in self.rules(path) for key in (*rule.get("required", ()), *_then(rule).get("required", ()))
        )

    def refers(self, path: Path) -> str | None:
        """What kind of thing a text at a path is the name of, or None."""
        found = (rule for rule in self.rules(path) if REFERS in rule and rule.get("type") != "object")
        return next((str(rule[REFERS]) for rule in found), None)

    def keys_refer(self, path: Path) -> str | None:
        """What kind of things the keys of a mapping at a path are the names of, or None."""
        found = (rule for rule in self.rules(path) if REFERS in rule and rule.get("type") == "object")
        return next((str(rule[REFERS]) for rule in found), None)

    def defines(self, path: Path) -> str | None:
        """What kind of thing the keys of the mapping, or the text at a path define, or None."""
        rule = self.rule(path)
        return None if rule is None or DEFINES not in rule else str(rule[DEFINES])

    def name_problem(self, kind: str, name: str) -> str | None:
        """Why a text cannot be the name of a thing of a kind; None if it can."""
        for pattern in self._patterns.get(kind, ()):
            if re.search(_ends(pattern), name) is None or name.startswith("x-"):
                return f"it does not match {pattern}"
        return None

    @cached_property
    def _patterns(self) -> dict[str, list[str]]:
        """The patterns of the names of things, by what the things are."""
        found: dict[str, list[str]] = {}
        stack: list[Any] = [self.body]
        while stack:
            part = stack.pop()
            if isinstance(part, dict):
                stack.extend(part.values())
                if DEFINES in part:
                    names = part.get("propertyNames", {}).get("pattern") or part.get("pattern")
                    found.setdefault(str(part[DEFINES]), []).extend([names] if names else [])
            elif isinstance(part, list):
                stack.extend(part)
        return found

    def snippets(self, path: Path) -> Iterator[Snippet]:
        """The values to start with at a path."""
        rule = self.rule(path)
        seen: set[str] = set()
        for each in (*((rule,) if rule is not None else ()), *self.rules(path)):
            for found in each.get("defaultSnippets", ()):
                if found["label"] not in seen:
                    seen.add(found["label"])
                    yield Snippet(found["label"], found["body"])

    def takes(self, rule: dict[str, Any]) -> str:
        """What a value may be, in words."""
        return words_for_values(self.body, rule)

    def alternatives(self, rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """A rule, or those of which its values fulfil one."""
        rule = self._resolved(rule)
        choices = [each for each in rule.get("anyOf", ()) if set(each) != {"required"}]
        if not choices or "properties" in rule:
            yield rule
        for choice in choices:
            yield from self.alternatives(choice)

    def _resolved(self, rule: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in rule:
            target: Any = self.body
            for step in rule["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            rule = {**target, **{key: value for key, value in rule.items() if key != "$ref"}}
        return rule


@cache
def schema(name: str) -> Schema:
    """One of the schemas that come with the package, `recipe.schema.json` for example."""
    return Schema(json.loads(bundled_files.schema(name).read_text(encoding="utf-8")))


def exclusive_keys(rule: dict[str, Any]) -> Iterator[frozenset[str]]:
    """Pairs of keys of which a mapping has at most one."""
    for part in (rule, _then(rule)):
        for key, dependent in part.get("dependentSchemas", {}).items():
            for other, of_other in dependent.get("properties", {}).items():
                if of_other is False:
                    yield frozenset((key, other))


def describe(whole: Schema, name: str, rule: dict[str, Any]) -> str:
    """Markdown about one key: what it takes, what it means, what holds without it, an example."""
    parts = [f"**{name}**: {whole.takes(rule)}"]
    if rule.get("description"):
        parts.append(str(rule["description"]))
    if "default" in rule:
        parts.append(f"Default: `{value_in_yaml(rule['default'])}`")
    if rule.get("examples"):
        parts.append(f"Example: `{name}: {value_in_yaml(rule['examples'][0])}`")
    return "\n\n".join(parts)


def _ends(pattern: str) -> str:
    """`$` is the end of a text, as JSON Schema means it, not also before a last line end."""
    return pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern


def _then(rule: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = rule.get("then", {})
    return found


def _step(rule: dict[str, Any], step: str | int) -> Iterator[dict[str, Any]]:
    """The rules of a key, or of an entry of a list."""
    if isinstance(step, int):
        items = rule.get("items")
        if isinstance(items, dict):
            yield items
        return
    found = rule.get("properties", {}).get(step)
    if isinstance(found, dict):
        yield found
    elif not step.startswith("x-") and isinstance(rule.get("additionalProperties"), dict):
        yield rule["additionalProperties"]
