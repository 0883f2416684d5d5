"""A text in an editor → its problems, what is known of it, its plan. It runs no code of the recipe's."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipebatch import api, execution, lint
from recipebatch.errors import InvalidRecipeError, UsageError
from recipebatch.language_server.knowledge import Knowledge, SourceFile
from recipebatch.language_server.source.positions import Text
from recipebatch.recipe import read_recipe_text, read_yaml
from recipebatch.recipe.model import ForFactory

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from recipebatch.errors import Problem
    from recipebatch.plan import Plan
    from recipebatch.recipe import RecipeText
    from recipebatch.recipe.model import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What came of one text.

    Attributes:
        problems: errors, warnings and notes, in the order of their positions, of all files that it is made from.
        knowledge: None if the text is not YAML.
        plan: what a run would create; None if that is not known.
        why_not_planned: why, in a few words; empty if there is a plan.
    """

    problems: tuple[Problem, ...]
    knowledge: Knowledge | None
    plan: Plan | None = None
    why_not_planned: str = ""


def analyse(path: Path, text: str, open_texts: Mapping[str, str], today: date) -> Analysis:
    """Check a recipe as `validate` and `lint` do.

    Args:
        path: where the text is, or will be.
        text: as it is in the editor.
        open_texts: real path → text of the other files that are open.
        today: the date for rules about the end of support.
    """
    try:
        read = read_recipe_text(path, text, open_texts, is_named_vault=execution.is_named_vault)
    except InvalidRecipeError as error:
        return Analysis(problems=error.problems, knowledge=None, why_not_planned="the recipe has errors")
    problems = list(read.problems)
    plan: Plan | None = None
    why_not = "the recipe has errors"
    if read.recipe is not None:
        found, plan, why_not = _expanded(read.recipe, open_texts)
        problems += found
    if read.document is not None:
        pools = plan.pools if plan is not None else ()
        problems += lint.lint(read.document, read.recipe, today, pools)
    unique = {(each.at, each.code, each.message): each for each in problems}
    return Analysis(
        problems=tuple(sorted(unique.values(), key=lambda each: (each.at, each.code, each.message))),
        knowledge=_knowledge(str(path), text, read),
        plan=plan,
        why_not_planned=why_not,
    )


def _expanded(recipe: Recipe, open_texts: Mapping[str, str]) -> tuple[tuple[Problem, ...], Plan | None, str]:
    """What is wrong with a valid recipe once it is expanded, its plan, and why there is none."""
    loops = [task.for_each for task in recipe.tasks if task.for_each is not None]
    if factories := [loop.source.name for loop in loops if isinstance(loop.source, ForFactory)]:
        # A factory is a function of an installed package: an editor runs none.
        return (), None, f"the factory {factories[0]} gives the items of a loop"
    whole = api.Recipe(recipe)
    try:
        given = _given(recipe)
        access = replace(execution.read_access(recipe, given), open_texts=open_texts)
        if missing := whole.missing:
            return execution.partial_problems(recipe, given, access), None, f"needs a value of {', '.join(missing)}"
        return (), execution.offline_plan(recipe, execution.checked_parameters(recipe, {}), access), ""
    except InvalidRecipeError as error:
        return error.problems, None, "the recipe has errors"
    except UsageError as error:
        return (), None, error.message


def _given(recipe: Recipe) -> dict[str, object]:
    from recipebatch.plan import environment_parameters

    return environment_parameters(recipe, os.environ)


def _knowledge(file: str, text: str, read: RecipeText) -> Knowledge:
    from recipebatch.plan import bind_parameters

    files = {file: SourceFile(file, Text(text), read.written)}
    for fragment in read.fragments:
        shown = fragment.display_name
        files[shown] = SourceFile(shown, Text(fragment.text), read_yaml(fragment.text, shown))
    parameters: dict[str, object] = {}
    if read.recipe is not None:
        try:
            parameters = bind_parameters(read.recipe, _given(read.recipe), folder=read.recipe.folder, partly=True)
        except UsageError:
            parameters = {}
    return Knowledge(files=files, recipe=read.recipe, parameters=parameters, scopes_by_position=read.scopes)
