"""Makes the schemas of request bodies from the specification and from what the emulator adds to it.

The specification (`versions.BODIES`) gives a type's properties: which are required, their types, values and
api-versions. The files beside this one add what it does not say: limits, what has no effect here, what is refused.
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
    """What the emulator adds to a property.

    Attributes:
        rule: checks the value in place of the rule that follows from the type.
        then: checks a value that the rule has accepted, and returns it as it is kept.
        longest: how many entries a list may have.
        required: in place of what the specification says.
        echo: why the property is kept and returned without effect.
    """

    rule: Rule | None = None
    then: Callable[[str, Any], Any] | None = None
    longest: int | None = None
    required: bool | None = None
    echo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRules:
    """What the emulator adds to a type.

    Attributes:
        properties: by name; a rule alone is a refinement with that rule.
        type_name: as the service names the type in its errors, if not as the specification does.
        echo: why properties are kept and returned without effect, as far as they have no reason of their own.
    """

    properties: Mapping[str, Rule | Refinement] = field(default_factory=dict)
    type_name: str | None = None
    echo: str | None = None


def echoed(reason: str, *names: str, **rules: Rule) -> dict[str, Refinement]:
    """Properties that are kept and returned without effect, with a rule of their own or that of their type."""
    return {name: Refinement(echo=reason) for name in names} | {
        name: Refinement(rule=rule, echo=reason) for name, rule in rules.items()
    }


def shared(name: str, rules: Mapping[str, Rule | Refinement]) -> dict[str, Rule | Refinement]:
    """Of the rules that several types share those that concern one of them."""
    return {key: rule for key, rule in rules.items() if key in BODIES[name]}


class SchemaBuilder:
    """Makes schemas, each once.

    Raises:
        ValueError: a rule is of a property that the specification does not have.
    """

    def __init__(self, rules: Mapping[str, TypeRules]) -> None:
        self._rules = rules
        self._made: dict[str, ObjectSchema] = {}
        for name, added in rules.items():
            if unknown := added.properties.keys() - BODIES[name].keys():
                raise ValueError(f"{name} has no property {', '.join(sorted(unknown))}")

    def __iter__(self) -> Iterator[ObjectSchema]:
        """Those made so far."""
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
        """The rule that follows from a type of the specification; a required text is not empty."""
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
