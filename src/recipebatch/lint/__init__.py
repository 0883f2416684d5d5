"""Rules about what is valid but inadvisable in a recipe, each with a code. Pure. The door: `lint`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint import commands, files, images, pipes, pools, shells, texts, times, unused
from recipebatch.lint.ignore import without_ignored
from recipebatch.lint.subject import Subject
from recipebatch.lint.texts import holds_secret

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from recipebatch.errors import Problem
    from recipebatch.plan.model import PlannedPool
    from recipebatch.recipe import Node
    from recipebatch.recipe.model import Recipe

__all__ = ["holds_secret", "lint"]

_OF_DOCUMENTS = (*texts.RULES, *images.RULES)
_OF_RECIPES = (
    *commands.RULES,
    *shells.RULES,
    *pipes.RULES,
    *unused.RULES,
    *times.RULES,
    *files.RULES,
    *pools.RULES,
)


def lint(
    document: Node, recipe: Recipe | None, today: date, pools_planned: Sequence[PlannedPool] = ()
) -> tuple[Problem, ...]:
    """Every finding that no enclosing `x-lint` ignores, ordered by position.

    Args:
        document: the recipe as written.
        recipe: the recipe as checked; None if it is invalid: then only the rules about single texts apply.
        today: the date for rules about the end of support.
        pools_planned: its pools with their values, where it could be expanded.
    """
    found = [problem for rule in _OF_DOCUMENTS for problem in rule(document)]
    if recipe is not None:
        subject = Subject(document, recipe, today, tuple(pools_planned))
        found += [problem for rule in _OF_RECIPES for problem in rule(subject)]
    # Rules that need the recipe do not run on an invalid one, so their `x-lint` entries cannot be called unused.
    kept = without_ignored(document, found, complete=recipe is not None)
    return tuple(sorted(set(kept), key=lambda problem: (problem.at, problem.code, problem.message)))
