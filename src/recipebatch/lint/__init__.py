"""What runs and is still a bad idea: rules with codes over one recipe. Pure. The door: `lint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint import commands, files, images, pools, texts, times, unused
from recipebatch.lint.ignore import without_ignored
from recipebatch.lint.subject import Subject

if TYPE_CHECKING:
    from datetime import date

    from recipebatch.errors import Problem
    from recipebatch.recipe import Node
    from recipebatch.recipe.model import Recipe

__all__ = ["lint"]

_OF_DOCUMENTS = (*texts.RULES, *images.RULES)
_OF_RECIPES = (*commands.RULES, *unused.RULES, *times.RULES, *files.RULES, *pools.RULES)


def lint(document: Node, recipe: Recipe | None, today: date) -> tuple[Problem, ...]:
    """Every finding that no `x-lint` around it ignores, in the order of their positions.

    Args:
        document: the recipe as written.
        recipe: the recipe as checked; None when it is not valid, which leaves the rules about single texts.
        today: the day that dates are compared with.
    """
    found = [problem for rule in _OF_DOCUMENTS for problem in rule(document)]
    if recipe is not None:
        subject = Subject(document, recipe, today)
        found += [problem for rule in _OF_RECIPES for problem in rule(subject)]
    # A rule that needs the recipe reports nothing of a broken one: that its exception is not needed cannot be said.
    kept = without_ignored(document, found, complete=recipe is not None)
    return tuple(sorted(set(kept), key=lambda problem: (problem.at, problem.code, problem.message)))
