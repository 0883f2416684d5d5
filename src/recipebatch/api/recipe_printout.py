"""What a recipe says once base, fragments, parameters and variables are filled in, and where each value is from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipebatch import execution
from recipebatch.config.current_folder import current_folder
from recipebatch.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from recipebatch.plan import ParameterValue
    from recipebatch.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipePrintout:
    """A recipe for a person, and as JSON values."""

    text: str
    data: Any
    parameters: tuple[ParameterValue, ...]


def show(
    path: str, given: Mapping[str, object], files: Sequence[Path] = (), *, resolved: bool, origin: bool
) -> RecipePrintout:
    """What a recipe says.

    Args:
        path: of the recipe; or `builtin:NAME`.
        given: parameters as of the command line.
        files: of parameters; later ones are stronger, `given` is than all.
        resolved: fill in parameters, `vars` and what else is known before a run.
        origin: say beside each value where it is written.

    Raises:
        InvalidRecipeError: the recipe is not valid.
        UsageError: a parameter is not right, or parameters are given for a recipe that is shown as written.
    """
    from recipebatch import recipe as recipes
    from recipebatch.plan import document_data, document_text
    from recipebatch.recipe import read_parameters

    if (given or files) and not (resolved or origin):
        raise UsageError("a recipe as written shows no parameters", hint="--resolved fills them in")
    checked = execution.load_recipe(path)
    document = recipes.read_document(execution.recipe_path(path), shown_as=path)
    from_files: dict[str, object] = {}
    for file in files:
        from_files |= read_parameters(file)
    bound: dict[str, object] | None = None
    values: tuple[ParameterValue, ...] = ()
    if resolved or origin:
        bound = _bound(checked, from_files | dict(given))
        values = _parameter_values(checked, bound, given, files)
    filled = bound if resolved else None
    return RecipePrintout(
        text=document_text(document, checked, filled, origin=origin),
        data=document_data(document, checked, filled),
        parameters=values,
    )


def _bound(recipe: Recipe, given: Mapping[str, object]) -> dict[str, object]:
    from recipebatch.plan import bind_parameters, environment_parameters

    return bind_parameters(recipe, environment_parameters(recipe, os.environ) | dict(given), folder=current_folder())


def _parameter_values(
    recipe: Recipe, bound: Mapping[str, object], given: Mapping[str, object], files: Sequence[Path]
) -> tuple[ParameterValue, ...]:
    from recipebatch.plan import ENVIRONMENT_PREFIX, ParameterValue, environment_parameters
    from recipebatch.recipe import parameter_positions

    environment = environment_parameters(recipe, os.environ)
    written = {name: at for file in files for name, at in parameter_positions(file).items()}
    found = []
    for parameter in recipe.parameters:
        name = parameter.name
        if parameter.source is not None:
            origin = execution.secret_source(parameter.source)
        elif name in given:
            origin = "--param"
        elif name in written:
            origin = str(written[name])
        elif name in environment:
            origin = ENVIRONMENT_PREFIX + name.upper()
        else:
            origin = f"default, {parameter.default_at}"
        found.append(
            ParameterValue(name=name, value="***" if parameter.type == "secret" else bound[name], origin=origin)
        )
    return tuple(found)
