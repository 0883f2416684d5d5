"""Problems of recipe files: all that validation and lint find."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch import execution
from recipebatch.config.current_folder import current_folder
from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition, UsageError
from recipebatch.explain import all_explanations, explanation
from recipebatch.files import AllowedPath, files_in, read_regular
from recipebatch.text.nearest import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from recipebatch.explain import Explanation
    from recipebatch.recipe.model import Recipe
    from recipebatch.recipe_tests import CasesReport

_MAX_BYTES = 4 * 1024 * 1024
"""Of a file that is searched for what makes it a recipe; a larger one is refused when it is read."""


def problems(recipes: Iterable[str]) -> tuple[Problem, ...]:
    """Everything that makes recipes invalid, be it that one cannot be read; in the order of the files."""
    return tuple(problem for argument in files_of(recipes) for problem in _read(argument)[1])


def files_of(recipes: Iterable[str]) -> tuple[str, ...]:
    """Recipes as they are named, and those in the folders that are: `*.yaml` and `*.yml` that are no tests of others.

    Tests that a shell's `*.yaml` named too are passed over.

    Raises:
        UsageError: a folder has none, or all that is named are tests.
    """
    found: list[str] = []
    named = tuple(recipes)
    wanted = [argument for argument in named if not Path(argument).stem.endswith(".test")]
    if named and not wanted:
        raise UsageError(f"{named[0]} contains tests of a recipe", hint="run them: recipebatch test")
    for argument in wanted:
        if argument.startswith("builtin:") or not Path(argument).is_dir():
            found.append(argument)
            continue
        inside = [path for path in files_in(Path(argument)) if _is_recipe(path)]
        if not inside:
            raise UsageError(f"there is no recipe in {argument}", hint="recipes are *.yaml files with a schema_version")
        found += map(str, inside)
    return tuple(dict.fromkeys(found))


def _is_recipe(path: Path) -> bool:
    """A YAML file that says so of itself: fragments of recipes and other things have no schema version."""
    if path.suffix not in {".yaml", ".yml"} or path.stem.endswith(".test"):
        return False
    try:
        lines = read_regular(os.path.realpath(path), _MAX_BYTES).splitlines()
        return any(line.startswith((b"schema_version:", b"extends:")) for line in lines)
    except OSError:
        return True


def findings(recipes: Iterable[str], *, strict: bool = False) -> tuple[Problem, ...]:
    """What makes recipes invalid, and what `lint` has to say of them.

    Args:
        recipes: paths, or `builtin:NAME`.
        strict: warnings are errors.
    """
    today = datetime.now(UTC).date()
    found = tuple(problem for argument in files_of(recipes) for problem in _lint(argument, today))
    if not strict:
        return found
    return tuple(replace(problem, severity="error") if problem.severity == "warning" else problem for problem in found)


def run_tests(paths: Sequence[str], *, update: bool = False, allow_paths: Sequence[Path] = ()) -> CasesReport:
    """Run the cases that are written beside recipes, in `*.test.yaml`; needs no account and no network.

    Args:
        paths: folders, recipes or test files.
        update: rewrite golden files.
        allow_paths: local files and folders that may be read beside those of the recipes.

    Raises:
        UsageError: there are no tests at one of the paths.
        InvalidRecipeError: a test file itself is not valid.
    """
    from recipebatch import recipe_tests

    allowed = [AllowedPath.of(path, current_folder()) for path in allow_paths]
    return recipe_tests.run_tests(recipe_tests.find_tests(paths), update=update, allowed=allowed)


def write_junit(report: CasesReport, path: Path) -> None:
    """Write results as JUnit XML.

    Raises:
        UsageError: the file cannot be written.
    """
    from recipebatch.recipe_tests import as_junit

    try:
        path.write_text(as_junit(report), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _lint(argument: str, today: date) -> tuple[Problem, ...]:
    from recipebatch import recipe as recipes
    from recipebatch.lint import lint

    checked, invalid = _read(argument)
    try:
        document = recipes.read_document(execution.recipe_path(argument), shown_as=argument)
    except (InvalidRecipeError, UsageError):
        return invalid  # what cannot be read is said already
    both = {(problem.at, problem.code): problem for problem in (*lint(document, checked, today), *invalid)}
    return tuple(sorted(both.values(), key=lambda problem: (problem.at, problem.code)))


def _read(argument: str) -> tuple[Recipe | None, tuple[Problem, ...]]:
    try:
        return execution.load_recipe(argument), ()
    except InvalidRecipeError as error:
        return None, error.problems
    except UsageError as error:
        at = SourcePosition(argument, 1, 1)
        return None, (Problem(at, error.message, "unreadable-recipe", error.hint),)


def explain(code: str) -> Explanation:
    """What a code means, that an error, a problem or a lint rule carries.

    Raises:
        UsageError: there is no such code.
    """
    found = explanation(code)
    if found is None:
        best = nearest(code, (entry.code for entry in all_explanations()))
        hint = f"did you mean {best}?" if best else "recipebatch explain lists all"
        raise UsageError(f"there is no code {code!r}", hint=hint)
    return found


def explanations() -> tuple[Explanation, ...]:
    """What every code means, by subject."""
    return all_explanations()
