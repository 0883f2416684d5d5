"""Problems of recipe files: all that validation and lint find."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from recipebatch import execution
from recipebatch.api.recipe import Recipe as ExpandedRecipe
from recipebatch.config.current_folder import current_folder
from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition, UsageError
from recipebatch.explain import all_explanations, explanation
from recipebatch.files import AllowedPath, files_in, read_regular
from recipebatch.text.nearest import did_you_mean, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date
    from typing import TypeAlias

    from recipebatch.explain import Explanation
    from recipebatch.plan.model import Plan
    from recipebatch.recipe.model import Recipe
    from recipebatch.recipe_tests import CasesReport

    _Found: TypeAlias = Callable[[str, Recipe | None, "_Expanded"], tuple[Problem, ...]]

_MAX_BYTES = 4 * 1024 * 1024
"""Of a file that is searched for what makes it a recipe; a larger one is refused when it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What recipes are expanded with.

    Attributes:
        given: parameters by name; each recipe gets those that it has.
        files: YAML or JSON files of parameters; a later one overrides an earlier one, `given` overrides all.
        allow_paths: local files and folders that may be read beside those of the recipes.
    """

    given: Mapping[str, object] = field(default_factory=dict)
    files: Sequence[Path] = ()
    allow_paths: Sequence[Path] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeCheck:
    """What is wrong with one recipe.

    Attributes:
        file: as it is named.
        problems: what validation found, or `lint`.
        not_expanded: which parameters have no value, so that only what does not depend on them was looked at; None if
            all have one, or if the recipe is invalid as it is written.
        stopped: its errors kept it from being expanded, which may find more.
    """

    file: str
    problems: tuple[Problem, ...]
    not_expanded: str | None
    stopped: bool = False


_UNREADABLE = "unreadable-recipe"


class _Expanded(NamedTuple):
    """What came of a recipe: its problems, why it could be expanded only in part, and its plan."""

    problems: tuple[Problem, ...] = ()
    why_not: str | None = None
    plan: Plan | None = None


def validate(recipes: Iterable[str], values: Values | None = None) -> tuple[RecipeCheck, ...]:
    """Check recipes as they are written, and what a run would make of them as far as parameters have values.

    It reads what `plan` reads, needs no account and creates nothing.

    Args:
        recipes: paths, folders, or `builtin:NAME`.
        values: parameters, and what may be read.

    Raises:
        UsageError: a folder has no recipe, no recipe has a parameter that is given, or a value does not fit.
    """
    return _checks(recipes, values, _problems_of)


def problems(recipes: Iterable[str], values: Values | None = None) -> tuple[Problem, ...]:
    """Everything that makes recipes invalid, be it that one cannot be read; in the order of the files."""
    return tuple(problem for check in validate(recipes, values) for problem in check.problems)


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


def lint(recipes: Iterable[str], values: Values | None = None, *, strict: bool = False) -> tuple[RecipeCheck, ...]:
    """What makes recipes invalid, and what is valid but inadvisable in them.

    Args:
        recipes: paths, folders, or `builtin:NAME`.
        values: parameters, and what may be read.
        strict: warnings are errors.

    Raises:
        UsageError: as of `validate`.
    """
    today = datetime.now(UTC).date()

    def found(argument: str, checked: Recipe | None, expanded: _Expanded) -> tuple[Problem, ...]:
        return tuple(
            replace(problem, severity="error") if strict and problem.severity == "warning" else problem
            for problem in _lint(argument, checked, expanded, today)
        )

    return _checks(recipes, values, found)


def findings(recipes: Iterable[str], values: Values | None = None, *, strict: bool = False) -> tuple[Problem, ...]:
    """The problems of `lint`, in the order of the files."""
    return tuple(problem for check in lint(recipes, values, strict=strict) for problem in check.problems)


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


def _problems_of(_argument: str, _recipe: Recipe | None, expanded: _Expanded) -> tuple[Problem, ...]:
    return expanded.problems


def _checks(recipes: Iterable[str], values: Values | None, found: _Found) -> tuple[RecipeCheck, ...]:
    """Read and expand each recipe, and make of its errors what is to be said of it."""
    values = values or Values()
    from_files = _parameters_of(values.files)
    read = [(argument, *_read(argument)) for argument in files_of(recipes)]
    known = {parameter.name for _, recipe, _ in read if recipe is not None for parameter in recipe.parameters}
    given = {**from_files, **values.given}
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None and all(recipe is not None for _, recipe, _ in read):
        hint = did_you_mean(unknown, known) or "the recipes have no parameters"
        raise UsageError(f"unknown parameter {unknown}", hint=hint)
    checks = []
    for argument, recipe, wrong in read:
        expanded = _Expanded(wrong) if recipe is None else _expanded(recipe, values)
        problems = found(argument, recipe, expanded)
        stopped = recipe is None and all(problem.code != _UNREADABLE for problem in wrong)
        checks.append(RecipeCheck(file=argument, problems=problems, not_expanded=expanded.why_not, stopped=stopped))
    return tuple(checks)


def _parameters_of(files: Iterable[Path]) -> dict[str, object]:
    from recipebatch.recipe import read_parameters

    return {name: value for file in files for name, value in read_parameters(file).items()}


def _expanded(checked: Recipe, values: Values) -> _Expanded:
    """What is wrong with a valid recipe once it is expanded, as far as it can be."""
    recipe = ExpandedRecipe(checked)
    names = {parameter.name for parameter in checked.parameters}
    for file in values.files:
        recipe = recipe.with_params_file(file, names)
    recipe = recipe.with_params({name: value for name, value in values.given.items() if name in names})
    if missing := recipe.missing:
        what = f"parameter {missing[0]} has" if len(missing) == 1 else f"parameters {', '.join(missing)} have"
        return _Expanded(recipe.partial_problems(allow_paths=values.allow_paths), f"{what} no value")
    try:
        return _Expanded(plan=recipe.plan(allow_paths=values.allow_paths))
    except InvalidRecipeError as error:
        return _Expanded(error.problems)


def _lint(argument: str, checked: Recipe | None, expanded: _Expanded, today: date) -> tuple[Problem, ...]:
    from recipebatch import recipe as recipes
    from recipebatch.lint import lint

    try:
        document = recipes.read_document(execution.recipe_path(argument), shown_as=argument)
    except (InvalidRecipeError, UsageError):
        return expanded.problems  # what cannot be read is said already
    pools = expanded.plan.pools if expanded.plan is not None else ()
    said = (*lint(document, checked, today, pools), *expanded.problems)
    both = {(problem.at, problem.code): problem for problem in said}
    return tuple(sorted(both.values(), key=lambda problem: (problem.at, problem.code)))


def _read(argument: str) -> tuple[Recipe | None, tuple[Problem, ...]]:
    try:
        return execution.load_recipe(argument), ()
    except InvalidRecipeError as error:
        return None, error.problems
    except UsageError as error:
        at = SourcePosition(argument, 1, 1)
        return None, (Problem(at, error.message, _UNREADABLE, error.hint),)


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
