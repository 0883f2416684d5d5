"""Parameters of a recipe + what the user gave → typed values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import UsageError
from recipebatch.plan.expressions import UNKNOWN, check_texts
from recipebatch.properties.deferred import DeferredText, SecretParameter
from recipebatch.recipe.model import parameter_values
from recipebatch.text.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from recipebatch.recipe.model import Parameter, Recipe

ENVIRONMENT_PREFIX = "RECIPEBATCH_PARAM_"
"""What the variables begin with that set parameters."""


def bind_parameters(
    recipe: Recipe, given: Mapping[str, object], *, folder: Path | None = None, partly: bool = False
) -> dict[str, object]:
    """The value of every parameter.

    Args:
        recipe: defines the parameters, their defaults and rules.
        given: texts as from `-p name=value`, or typed values.
        folder: where the user stands: a relative path given for a `file` is meant from there. None leaves it as it
            is, relative to the recipe's folder, as defaults are.
        partly: a parameter without a value is UNKNOWN, so that the rest of the recipe can be checked.

    Returns:
        Typed values by name, in the recipe's order; a secret is its `SecretParameter` as JSON.

    Raises:
        UsageError: a name is unknown, a value does not fit, one is missing, or a secret is given.
    """
    known = {parameter.name: parameter for parameter in recipe.parameters}
    for name in given:
        if name not in known:
            hint = did_you_mean(name, known) or "the recipe has no parameters"
            raise UsageError(f"unknown parameter {name}", hint=hint)
    values: dict[str, object] = {}
    missing: list[Parameter] = []
    for parameter in recipe.parameters:
        if parameter.type == "secret":
            if parameter.name in given:
                message = f"{parameter.name} is a secret; its value cannot be passed on a command line or in a file"
                raise UsageError(message, hint="it is read from its `source`", at=parameter.at)
            values[parameter.name] = DeferredText(SecretParameter(parameter.name)).to_json()
        elif parameter.name in given:
            values[parameter.name] = _given(parameter, given[parameter.name], folder)
        elif parameter.has_default:
            values[parameter.name] = _default(recipe, parameter)
        elif partly:
            values[parameter.name] = UNKNOWN
        else:
            missing.append(parameter)
    if missing:
        names = ", ".join(parameter.name for parameter in missing)
        what = f"the parameter {names} has" if len(missing) == 1 else f"the parameters {names} have"
        hint = "give it: " + " ".join(f"-p {parameter.name}=…" for parameter in missing)
        raise UsageError(f"{what} no value", hint=hint, at=missing[0].at)
    return values


def environment_parameters(recipe: Recipe, environ: Mapping[str, str]) -> dict[str, object]:
    """The parameters that environment variables set: `RECIPEBATCH_PARAM_WORDS` is `words`.

    Secrets are not among them: each says by its `source` where it is read.
    """
    variables = {name.upper(): value for name, value in environ.items() if name.upper().startswith(ENVIRONMENT_PREFIX)}
    return {
        parameter.name: variables[variable]
        for parameter in recipe.parameters
        if parameter.type != "secret" and (variable := ENVIRONMENT_PREFIX + parameter.name.upper()) in variables
    }


def _default(recipe: Recipe, parameter: Parameter) -> object:
    """A default; a path written in a fragment of another folder is meant from there."""
    value = _typed(parameter, parameter.default)
    folder = recipe.folder_of(parameter.default_at.file) if parameter.default_at is not None else recipe.folder
    return (
        str(folder / value)
        if parameter.type == "file" and isinstance(value, str) and folder != recipe.folder
        else value
    )


def _given(parameter: Parameter, value: object, folder: Path | None) -> object:
    if isinstance(value, str):
        try:
            value = parameter_values.from_text(parameter, value)
        except ValueError as error:
            raise _refused(parameter, error) from None
    if parameter.type == "file" and folder is not None and isinstance(value, str) and value:
        value = str(folder / value)
    return _typed(parameter, value)


def _typed(parameter: Parameter, value: object) -> object:
    try:
        result = parameter_values.check(parameter, value)
    except ValueError as error:
        raise _refused(parameter, error) from None
    try:
        check_texts(result)
    except ValueError as error:
        raise _refused(parameter, ValueError(f"cannot be used: {error}")) from None
    return result


def _refused(parameter: Parameter, error: ValueError) -> UsageError:
    return UsageError(f"{parameter.name} {error}", hint=parameter.description, at=parameter.at)
