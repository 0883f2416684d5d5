"""Runs test cases: each is a plan of a run named `test`, compared with the expected result."""

from __future__ import annotations

from difflib import unified_diff
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, Problem, UsageError
from recipebatch.files import AllowedPath, ReadAccess
from recipebatch.inputs import read_local_inputs
from recipebatch.plan import bind_parameters, required_inputs, resolve
from recipebatch.recipe import read_recipe
from recipebatch.recipe_tests.compare import compare, compare_problems
from recipebatch.recipe_tests.golden import golden
from recipebatch.recipe_tests.model import CaseResult, CasesReport, Failure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from recipebatch.plan import Plan
    from recipebatch.recipe import Recipe
    from recipebatch.recipe_tests.model import Case, CaseFile

RUN_ID = "test"
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
            text = golden(plan, recipe.folder)
            if update and _text(case.expect.golden) != text:
                case.expect.golden.write_text(text, encoding="utf-8")
                updated = str(case.expect.golden)
            failures += _compare_golden(case.expect.golden, text)
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
    )


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _compare_golden(path: Path, text: str) -> list[Failure]:
    recorded = _text(path)
    if recorded == text:
        return []
    if recorded is None:
        return [Failure("golden", f"{path.name} does not exist; recipebatch test --update writes it")]
    lines = unified_diff(recorded.splitlines(), text.splitlines(), path.name, "current plan", lineterm="")
    return [Failure("golden", f"the plan differs from {path.name}; recipebatch test --update accepts it", tuple(lines))]
