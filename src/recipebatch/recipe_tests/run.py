"""Runs test cases: each is a plan of a run named `test`, compared with the expected result."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem, UsageError
from recipebatch.files import AllowedPath, ReadAccess
from recipebatch.inputs import read_local_inputs
from recipebatch.plan import bind_parameters, required_inputs, resolve
from recipebatch.recipe import read_recipe
from recipebatch.recipe_tests.compare import compare, compare_problems
from recipebatch.recipe_tests.golden import golden
from recipebatch.recipe_tests.golden_files import RUN_ID, UnusableGoldenFileError
from recipebatch.recipe_tests.model import CaseResult, CasesReport, Failure
from recipebatch.text.differences import differences

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from recipebatch.plan import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.recipe_tests.golden_files import GoldenFile
    from recipebatch.recipe_tests.model import Case, CaseFile

OWNER = "tester"


def run_tests(files: Iterable[CaseFile], *, update: bool = False, allowed: Iterable[AllowedPath] = ()) -> CasesReport:
    """Run every case; needs no account and no network.

    Args:
        files: the result of `find_tests`.
        update: write golden files that differ from the plan, instead of failing.
        allowed: local files and folders that may be read beside those of a recipe.
    """
    allowed = tuple(allowed)
    results: list[CaseResult] = []
    for file in files:
        recipe, problems = _read(file.recipe)
        results += [_result(file, case, recipe, problems, allowed, update=update) for case in file.cases]
    return CasesReport(cases=tuple(results))


def _read(path: Path) -> tuple[Recipe | None, tuple[Problem, ...]]:
    try:
        return read_recipe(path), ()
    except InvalidRecipeError as error:
        return None, error.problems


def _result(
    file: CaseFile,
    case: Case,
    recipe: Recipe | None,
    problems: tuple[Problem, ...],
    allowed: tuple[AllowedPath, ...],
    *,
    update: bool,
) -> CaseResult:
    plan: Plan | None = None
    if recipe is not None:
        try:
            plan = _plan(recipe, case, file.folder, allowed)
        except InvalidRecipeError as error:
            problems = error.problems
        except UsageError as error:
            at = error.at or case.at
            problems = (Problem(at, error.message, error.code, error.hint),)
    failures = compare_problems(case.expect.problems, problems)
    updated = None
    if plan is not None and recipe is not None:
        failures += compare(case.expect, plan)
        if case.expect.golden is not None:
            different, updated = _compare_golden(case.expect.golden, golden(plan, recipe.folder), update=update)
            failures += different
    return CaseResult(name=case.name, at=case.at, recipe=str(file.recipe), failures=tuple(failures), updated=updated)


def _plan(recipe: Recipe, case: Case, folder: Path, allowed: tuple[AllowedPath, ...]) -> Plan:
    parameters = bind_parameters(recipe, case.parameters, folder=folder.resolve())
    access = ReadAccess.of_recipe(recipe.folder).with_allowed(allowed)
    inputs = read_local_inputs(required_inputs(recipe, parameters), access=access)
    return resolve(
        recipe,
        run_id=RUN_ID,
        owner=OWNER,
        parameters=parameters,
        inputs=inputs,
        environ=case.environment,
        listings=dict(case.blobs) or None,
        job_listings=case.job_blobs,
        # What does not fit is refused, what has ended is not: a test has the same result on every day.
        today=date.min,
    )


def _compare_golden(file: GoldenFile, text: str, *, update: bool) -> tuple[list[Failure], str | None]:
    """What differs from a golden file, and the path of the file if it was written."""
    name = PurePath(file.name).name
    try:
        recorded = file.read()
        if recorded != text and update:
            file.write(text)
            return [], str(file.path)
    except UnusableGoldenFileError as error:
        return [Failure("golden", str(error))], None
    if recorded == text:
        return [], None
    if recorded is None:
        return [Failure("golden", f"{name} does not exist; recipebatch test --update writes it")], None
    lines = differences(recorded.splitlines(), text.splitlines(), name, "current plan")
    message = f"the plan differs from {name}; recipebatch test --update accepts it"
    return [Failure("golden", message, tuple(lines))], None
