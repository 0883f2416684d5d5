"""The `parameters:` section → Parameter, with defaults that keep their own rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import Problem
from recipebatch.properties.value_types import format_value
from recipebatch.recipe.expressions import has_expression
from recipebatch.recipe.model import Parameter, SecretSource, parameter_values
from recipebatch.text.patterns import InvalidPatternError, compile_pattern
from recipebatch.vocabulary.key_vaults import VAULT_DOMAINS, is_azure_vault, is_secret_name, vault_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recipebatch.recipe.nodes import Entry, Node

_ONLY_FOR = {
    "items": {"list"},
    "minimum": {"integer", "number", "list"},
    "maximum": {"integer", "number", "list"},
    "pattern": {"string", "file", "list"},
    "enum": {"string", "integer", "number", "list"},
    "source": {"secret"},
    "default": {"string", "integer", "number", "boolean", "list", "file"},
}


def no_vault(_host: str) -> bool:
    """The rule without settings: no host is a vault beside those of Azure."""
    return False


def parameters(
    section: Node | None, problems: list[Problem], is_named_vault: Callable[[str], bool]
) -> tuple[Parameter, ...]:
    """All parameters; what is wrong with them is added to `problems`.

    `is_named_vault` says whether the user's settings name a host that is no vault of Azure.
    """
    entries = section.entries() if section is not None else {}
    for entry in entries.values():
        source = entry.value.get("source")
        vault = source.get("key_vault") if source is not None else None
        if vault is not None:
            problems.extend(_vault_problems(vault, is_named_vault))
    return tuple(_parameter(name, entry, problems) for name, entry in entries.items())


def _vault_problems(vault: Node, is_named_vault: Callable[[str], bool]) -> Iterator[Problem]:
    """The user's token is sent to this host: it must be a vault, of Azure or of the user."""
    url, name = vault.get("url"), vault.get("name")
    if url is not None and isinstance(url.value, str):
        try:
            host = vault_host(url.value)
        except ValueError as error:
            yield Problem(url.at, f"the URL of a vault {error}", "vault-host", "https://my-vault.vault.azure.net")
        else:
            if not is_azure_vault(host) and not is_named_vault(host):
                hint = (
                    "a vault is NAME."
                    + ", NAME.".join(VAULT_DOMAINS)
                    + "; `secrets` in accounts.yaml can name other hosts"
                )
                yield Problem(url.at, f"{host} is no host of Azure Key Vault", "vault-host", hint)
    if name is not None and isinstance(name.value, str) and not is_secret_name(name.value):
        message = "the name of a secret in a vault has 1 to 127 letters, digits and hyphens"
        yield Problem(name.at, message, "vault-host")


def _parameter(name: str, entry: Entry, problems: list[Problem]) -> Parameter:
    node = entry.value
    kind = str(_value(node, "type", "string"))
    for key, inner in node.entries().items():
        if kind not in _ONLY_FOR.get(key, {kind}):
            hint = "give it a `source`" if (kind, key) == ("secret", "default") else None
            message = f"{name} is of type {kind}, which has no {key}"
            problems.append(Problem(inner.key_at, message, "parameter-rule", hint))
    _check_pattern(node, problems)
    _refuse_expressions(node, problems)
    if kind == "secret" and node.get("source") is None:
        hint = "for example `source: {environment_variable: NAME}`"
        problems.append(Problem(entry.key_at, f"the secret {name} needs a source", "missing-key", hint))
    default, enum = node.get("default"), node.get("enum")
    source = node.get("source")
    pattern = _value(node, "pattern", None)
    minimum, maximum = _value(node, "minimum", None), _value(node, "maximum", None)
    found = Parameter(
        name=name,
        at=entry.key_at,
        type=kind,
        items=_text(_value(node, "items", None)),
        description=_text(_value(node, "description", None)),
        has_default=default is not None and kind != "secret",
        default=default.plain() if default is not None else None,
        default_at=default.at if default is not None else None,
        minimum=minimum if isinstance(minimum, (int, float)) else None,
        maximum=maximum if isinstance(maximum, (int, float)) else None,
        enum=tuple(item.plain() for item in enum.items()) if enum is not None else None,
        pattern=pattern if isinstance(pattern, str) and _problem_of(pattern) is None else None,
        source=_source(source) if source is not None else None,
    )
    _check_range(found, node, problems)
    if default is not None and found.has_default:
        try:
            parameter_values.check(found, found.default)
        except ValueError as error:
            problems.append(Problem(default.at, f"the default of {name} {error}", "parameter-rule"))
    return found


def _source(node: Node) -> SecretSource:
    vault = node.get("key_vault")
    return SecretSource(
        environment_variable=_text(_value(node, "environment_variable", None)),
        file=_text(_value(node, "file", None)),
        key_vault_url=_text(_value(vault, "url", None)) if vault is not None else None,
        key_vault_secret=_text(_value(vault, "name", None)) if vault is not None else None,
    )


def _check_range(found: Parameter, node: Node, problems: list[Problem]) -> None:
    maximum = node.get("maximum")
    if found.minimum is not None and found.maximum is not None and found.minimum > found.maximum and maximum:
        message = f"{found.name} cannot be at least {found.minimum} and at most {found.maximum}"
        problems.append(Problem(maximum.at, message, "parameter-rule"))


def _check_pattern(node: Node, problems: list[Problem]) -> None:
    pattern = node.get("pattern")
    if pattern is not None and isinstance(pattern.value, str) and (error := _problem_of(pattern.value)) is not None:
        message = f"{format_value(pattern.value)} is not a regular expression: {error}"
        problems.append(Problem(pattern.at, message, "parameter-rule", error.hint))


def _problem_of(pattern: str) -> InvalidPatternError | None:
    try:
        compile_pattern(pattern)
    except InvalidPatternError as error:
        return error
    return None


def _refuse_expressions(node: Node, problems: list[Problem]) -> None:
    for entry in node.entries().values():
        for inner in (entry.value, *entry.value.items(), *(deep.value for deep in entry.value.entries().values())):
            if isinstance(inner.value, str) and has_expression(inner.value):
                message = "an expression is not allowed in a parameter: parameters are evaluated first"
                problems.append(Problem(inner.at, message, "expression-not-here"))


def _value(node: Node, key: str, default: object) -> object:
    found = node.get(key)
    return default if found is None or isinstance(found.value, (tuple, dict)) else found.value


def _text(value: object) -> str | None:
    return None if value is None else str(value)
