"""What of the user's a recipe's secrets may be read from: nothing but what the user gives.

A recipe names environment variables, files and vaults as sources of its secrets. It may read only the variables that
begin with `RECIPEBATCH_SECRET_`, those of `--secret NAME`, and those that `secrets:` in `accounts.yaml` lists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.config.accounts import read_settings
from recipebatch.errors import UsageError
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PREFIX = "RECIPEBATCH_SECRET_"
"""The variables that begin with this are there to be secrets of recipes."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FORMS = "NAME, PARAMETER=env:VARIABLE, PARAMETER=file:PATH, or PARAMETER=- for stdin"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretGrant:
    """Something that a recipe's secrets may be read from.

    Attributes:
        variable: an environment variable.
        parameter: the secret parameter that takes its value from it; None: whichever names the variable as its source.
        file: a file instead of a variable, for one parameter.
        value: the value itself, for one parameter.
    """

    variable: str | None = None
    parameter: str | None = None
    file: Path | None = None
    value: Secret | None = None

    def __post_init__(self) -> None:
        """Refuse a grant that says nothing, or two things."""
        given = [self.variable is not None, self.file is not None, self.value is not None]
        if sum(given) != 1 or (self.parameter is None and self.variable is None):
            raise UsageError("a SecretGrant has a variable, or a parameter with one of variable, file and value")

    def __str__(self) -> str:
        if self.parameter is None:
            return str(self.variable)
        if self.variable is not None:
            return f"{self.parameter}=env:{self.variable}"
        return f"{self.parameter}=-" if self.file is None else f"{self.parameter}=file:{self.file}"


def secret_grant(text: str, read_stdin: Callable[[], str]) -> SecretGrant:
    """What one `--secret` gives.

    Args:
        text: as `--secret` takes it.
        read_stdin: gives all of stdin; called for `PARAMETER=-`.

    Raises:
        UsageError: it has another form; above all, it is the value itself.
    """
    name, equals, source = text.partition("=")
    if not _VARIABLE.match(name):
        raise UsageError("--secret does not begin with a name", hint=f"write --secret {_FORMS}")
    if not equals:
        return SecretGrant(variable=name)
    kind, colon, rest = source.partition(":")
    if source == "-":
        return SecretGrant(parameter=name, value=Secret(read_stdin().removesuffix("\n")))
    if colon and kind == "env" and _VARIABLE.match(rest):
        return SecretGrant(parameter=name, variable=rest)
    if colon and kind == "file" and rest:
        return SecretGrant(parameter=name, file=Path(rest).expanduser())
    raise UsageError(
        f"--secret {name}: a value is not accepted on the command line, where other users and the shell's history"
        " can see it",
        hint=f"write --secret {name}=env:VARIABLE, {name}=file:PATH, or {name}=- to read it from stdin",
    )


def granted_variables(accounts_file: Path) -> frozenset[str]:
    """The variables that every recipe may read, by the user's settings."""
    return _names(accounts_file, "variables")


def granted_vault_hosts(accounts_file: Path) -> frozenset[str]:
    """The hosts of vaults beside those of Azure, by the user's settings."""
    return _names(accounts_file, "key_vaults")


def is_granted(variable: str, grants: Iterable[SecretGrant], accounts_file: Path) -> bool:
    """Whether a recipe may read an environment variable as a secret."""
    given = {grant.variable for grant in grants if grant.parameter is None}
    return variable.startswith(PREFIX) or variable in given or variable in granted_variables(accounts_file)


def _names(accounts_file: Path, key: str) -> frozenset[str]:
    """A list of names below `secrets:` in the user's settings."""
    if not accounts_file.is_file():
        return frozenset()
    secrets: Any = read_settings(accounts_file).get("secrets") or {}
    if not isinstance(secrets, dict) or set(secrets) - {"variables", "key_vaults"}:
        raise UsageError(f"{accounts_file}: `secrets` must hold lists of names: `variables`, `key_vaults`")
    names = secrets.get(key) or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"{accounts_file}: `secrets: {key}` must be a list of names")
    return frozenset(names)
