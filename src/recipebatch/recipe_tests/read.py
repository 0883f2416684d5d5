"""Finds test files by path and reads them; reports the problems of all files together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition, UsageError, fail_at
from recipebatch.files import ReadAccess, RefusedPathError, files_in
from recipebatch.recipe import check, read_document
from recipebatch.recipe_tests.golden_files import GoldenFile, check_name
from recipebatch.recipe_tests.model import Case, CaseFile, Expectation, ExpectedProblem, Listing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipebatch.recipe import Node

SUFFIX = ".test.yaml"


def find_tests(paths: Sequence[str]) -> tuple[CaseFile, ...]:
    """The test files in folders (recursively), of recipes, and those named directly.

    Raises:
        UsageError: one of the paths has none.
        InvalidRecipeError: with all problems of the test files themselves.
    """
    problems: list[Problem] = []
    found: dict[Path, CaseFile] = {}
    for path in [path for argument in paths for path in _files(argument)]:
        try:
            found[path.resolve()] = read_tests(path)
        except InvalidRecipeError as error:
            problems += error.problems
    if problems:
        raise InvalidRecipeError(tuple(problems))
    return tuple(found.values())


def read_tests(path: Path) -> CaseFile:
    """Read one test file.

    Raises:
        UsageError: the file cannot be read.
        InvalidRecipeError: the file is not a valid test file.
    """
    document = read_document(path)
    wrong, _ = check(document, "recipe-test.schema.json")
    if wrong:
        fitting = (replace(item, message=item.message.replace("the recipe", "the test", 1)) for item in wrong)
        raise InvalidRecipeError(tuple(sorted(fitting, key=lambda problem: problem.at)))
    plain = document.plain()
    written = document.get("cases")
    cases = tuple(_case(item, path.parent) for item in (written.items() if written is not None else ()))
    _check_names(cases)
    recipe = path.parent / plain.get("recipe", path.name.removesuffix(SUFFIX) + ".yaml")
    named = document.get("recipe")
    if named is not None:
        _check_recipe(recipe, path.parent, named.at)
    if not recipe.exists():
        message = f"the test file is for the recipe {recipe.name}, which is not there"
        hint = f"rename the test file to RECIPE{SUFFIX}, or name its recipe: `recipe: RECIPE.yaml`"
        at = named.at if named is not None else document.at
        fail_at(at, message, "unreadable-recipe", hint)
    return CaseFile(file=str(path), folder=path.parent, recipe=recipe, cases=cases)


def _check_recipe(recipe: Path, folder: Path, at: SourcePosition) -> None:
    """Check that a test file names a recipe of its own folder, or of the repository that holds it."""
    try:
        ReadAccess.of_recipe(folder).checked(recipe)
    except RefusedPathError as error:
        message = f"the recipe {recipe} is outside the folder of the test file and its repository"
        fail_at(at, message, error.code, "write the test file beside the recipe")


def _files(argument: str) -> Iterator[Path]:
    path = Path(argument)
    if path.is_dir():
        found = [file for file in files_in(path) if file.name.endswith(SUFFIX)]
        if not found:
            hint = f"write test cases in NAME{SUFFIX} beside the recipe NAME.yaml"
            raise UsageError(f"no test files in {argument} or below", hint=hint)
        yield from found
        return
    beside = path if path.name.endswith(SUFFIX) else path.with_name(f"{path.stem}{SUFFIX}")
    if not beside.is_file():
        raise UsageError(f"no test file for {argument}", hint=f"write test cases in {beside}")
    yield beside


def _check_names(cases: tuple[Case, ...]) -> None:
    first: dict[str, SourcePosition] = {}
    for case in cases:
        other = first.setdefault(case.name, case.at)
        if other is not case.at:
            message = f"two cases have the name {case.name!r}"
            hint = f"the first is on line {other.line}"
            fail_at(case.at, message, "duplicate-name", hint)


def _case(node: Node, folder: Path) -> Case:
    plain: dict[str, Any] = node.plain()
    return Case(
        name=plain["name"],
        at=node.at,
        parameters=plain.get("parameters", {}),
        environment=plain.get("environment", {}),
        blobs=_listing(plain.get("blobs", {})),
        job_blobs={job: _listing(blobs) for job, blobs in plain.get("job_blobs", {}).items()},
        expect=_expectation(plain.get("expect", {}), folder, _position(node)),
    )


def _position(node: Node) -> SourcePosition:
    """Where a case names its golden file, or where the case begins."""
    expect = node.get("expect")
    golden = expect.get("golden") if expect is not None else None
    return golden.at if golden is not None else node.at


def _expectation(plain: dict[str, Any], folder: Path, at: SourcePosition) -> Expectation:
    lines, golden = plain.get("command_lines"), plain.get("golden")
    if golden is not None:
        check_name(golden, at)
    return Expectation(
        tasks=plain.get("tasks"),
        ids=tuple(plain["ids"]) if "ids" in plain else None,
        command_lines=None if lines is None else {task: _command_line(value) for task, value in lines.items()},
        environment=plain.get("environment"),
        depends_on=_listing(plain["depends_on"]) if "depends_on" in plain else None,
        containers=_listing(plain["containers"]) if "containers" in plain else None,
        problems=tuple(
            ExpectedProblem(code=item["code"], line=item.get("line"), message=item.get("message"))
            for item in plain.get("problems", ())
        ),
        golden=None if golden is None else GoldenFile(folder, golden),
    )


def _command_line(value: str | dict[str, Any]) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return value
    parts = value["contains"]
    return (parts,) if isinstance(parts, str) else tuple(parts)


def _listing(value: dict[str, list[str]]) -> Listing:
    return {name: tuple(blobs) for name, blobs in value.items()}
