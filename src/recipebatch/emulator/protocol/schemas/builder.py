"""Builds the schemas of request bodies from the specification and the emulator's refinements.

The specification (`versions.BODIES`) gives a type's properties: which are required, their types, values and
api-versions. The other files of this package add limits, properties without effect, and refused properties.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.validation import (
    INT32,
    ObjectSchema,
    Property,
    boolean,
    duration,
    instant,
    list_of,
    one_of,
    pairs,
    text,
)
from recipebatch.emulator.protocol.versions import BODIES, ENUMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from recipebatch.emulator.protocol.validation import Rule

_PLAIN: dict[str, Rule] = {
    "bool": boolean,
    "duration": duration(),
    "instant": instant,
    "int": INT32,
    "map": pairs,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refinement:
    """The emulator's additions to a property.

    Attributes:
        rule: checks the value, replacing the default rule of its type.
        then: checks a value accepted by the rule, and returns the value to store.
        longest: maximum number of list entries.
        required: overrides the specification.
        echo: why the property is stored and returned without effect.
    """

    rule: Rule | None = None
    then: Callable[[str, Any], Any] | None = None
    longest: int | None = None
    required: bool | None = None
    echo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRules:
    """The emulator's additions to a type.

    Attributes:
        properties: by name; a plain rule stands for a refinement with that rule.
        type_name: the type's name in the service's errors, if it differs from the specification.
        echo: why properties are stored and returned without effect, unless they have their own `echo`.
    """

    properties: Mapping[str, Rule | Refinement] = field(default_factory=dict)
    type_name: str | None = None
    echo: str | None = None


def echoed(reason: str, *names: str, **rules: Rule) -> dict[str, Refinement]:
    """Properties that are stored and returned without effect, with their own rule or that of their type."""
    return {name: Refinement(echo=reason) for name in names} | {
        name: Refinement(rule=rule, echo=reason) for name, rule in rules.items()
    }


def shared(name: str, rules: Mapping[str, Rule | Refinement]) -> dict[str, Rule | Refinement]:
    """Select from rules shared by several types those of one type."""
    return {key: rule for key, rule in rules.items() if key in BODIES[name]}


class SchemaBuilder:
    """Builds schemas and caches them.

    Raises:
        ValueError: a rule is for a property that is not in the specification.
    """

    def __init__(self, rules: Mapping[str, TypeRules]) -> None:
        self._rules = rules
        self._made: dict[str, ObjectSchema] = {}
        for name, added in rules.items():
            if unknown := added.properties.keys() - BODIES[name].keys():
                raise ValueError(f"{name} has no property {', '.join(sorted(unknown))}")

    def __iter__(self) -> Iterator[ObjectSchema]:
        """The schemas built so far."""
        return iter(self._made.values())

    def schema(self, name: str) -> ObjectSchema:
        """The schema of a type of the specification."""
        if name not in self._made:
            rules = self._rules.get(name, TypeRules())
            properties = {key: self._property(name, key, rules) for key in BODIES[name]}
            self._made[name] = ObjectSchema(rules.type_name or name, properties)
        return self._made[name]

    def _property(self, type_name: str, name: str, rules: TypeRules) -> Property:
        kind, versions = BODIES[type_name][name]
        added = rules.properties.get(name, Refinement())
        refinement = added if isinstance(added, Refinement) else Refinement(rule=added)
        required = kind.endswith("!")
        rule = refinement.rule or self._rule(kind.rstrip("!"), required=required, longest=refinement.longest)
        return Property(
            rule if refinement.then is None else _both(rule, refinement.then),
            required=required if refinement.required is None else refinement.required,
            versions=versions,
            echo=refinement.echo or rules.echo,
        )

    def _rule(self, kind: str, *, required: bool = False, longest: int | None = None) -> Rule:
        """The default rule of a type of the specification; a required text must not be empty."""
        if kind.startswith("["):
            return list_of(self._rule(kind[1:-1]), longest=longest)
        if kind.startswith("@"):
            return one_of(*ENUMS[kind[1:]])
        if kind == "str":
            return text(least=1) if required else text()
        return _PLAIN.get(kind) or self.schema(kind)


def _both(rule: Rule, then: Callable[[str, Any], Any]) -> Rule:
    def check(name: str, value: Any, version: str) -> Any:
        return then(name, rule(name, value, version))

    return check
