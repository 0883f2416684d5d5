"""Bundled recipes, new recipes and the printout of one, as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recipebatch.cli.render import block

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipebatch.api import BundledRecipe, NewRecipe, RecipePrintout


def bundled_text(recipes: Sequence[BundledRecipe]) -> str:
    """The bundled recipes with their inputs."""
    lines: list[str] = []
    for recipe in recipes:
        lines.append(f"builtin:{recipe.name}: {recipe.description or ''}".rstrip())
        for parameter in recipe.parameters:
            default = "" if parameter.default is None else f", default {parameter.default}"
            lines.append(f"  -p {parameter.name}=…  {parameter.description or ''} ({parameter.type}{default})")
    return block(lines)


def new_recipe_text(made: NewRecipe) -> str:
    """What was made, and what comes next."""
    file = made.recipe.name
    steps = [f"cd {made.recipe.parent}", *(f"recipebatch {name} {file}" for name in ("plan", "lint", "test", "apply"))]
    if not any(name.endswith(".test.yaml") for name in made.files):
        steps = [step for step in steps if " test " not in step]
    return block(
        [
            f"made {made.recipe} from {made.origin}, with:",
            *(f"  {name}" for name in made.files),
            "next:",
            *(f"  {step}" for step in steps),
        ]
    )


def printout_text(found: RecipePrintout, *, origin: bool) -> str:
    """A recipe, headed by the parameters that were filled in."""
    lines = []
    for parameter in found.parameters:
        value = json.dumps(parameter.value, ensure_ascii=False)
        lines.append(f"# {parameter.name} = {value}" + (f"  ({parameter.origin})" if origin else ""))
    return "".join(f"{line}\n" for line in lines) + found.text
