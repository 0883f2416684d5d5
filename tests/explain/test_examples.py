"""The examples of the explanations are correct: the wrong one has the problem, the right one does not."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.explain import Example, all_explanations
from recipebatch.inputs import read_local_inputs
from recipebatch.lint import lint
from recipebatch.plan import bind_parameters, required_inputs, resolve
from recipebatch.recipe import Recipe, parse_recipe
from recipebatch.recipe.source.document import parse

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = {
    "schema_version": "schema_version: 1\n",
    "name": "name: demo\n",
    "pool": "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V5, target_dedicated_nodes: 1}\n",
    "tasks": "tasks: [{command_line: a}]\n",
}
EXAMPLES = {entry.code: entry.example for entry in all_explanations() if entry.example is not None}
TODAY = date(2026, 1, 1)
# What an example leaves out because it shows something else.
BESIDES = {
    "no-time-limit",
    "undescribed-parameter",
    "unused-parameter",
    "unused-variable",
    "unused-container",
    "raw-used",
    "pool-stays",
}


def whole(part: str) -> str:
    """A part of a recipe with the sections that it needs besides."""
    if not re.match(r"[a-z_x-]+:", part):
        return part
    has = set(re.findall(r"^([a-z_]+):", part, re.MULTILINE))
    if has & {"jobs"} or "job_manager_task" in part:
        has.add("tasks")
    if "pools" in has:
        has.add("pool")
    return "".join(text for key, text in NEEDED.items() if key not in has) + part


def codes(part: str, folder: Path) -> set[str]:
    """All that validation, lint and a plan have to say."""
    text = whole(part)
    found: list[str] = []
    recipe: Recipe | None = None
    try:
        recipe = parse_recipe(text, file="r.yaml", folder=folder)
        parameters = bind_parameters(recipe, {})
        inputs = read_local_inputs(required_inputs(recipe, parameters))
        resolve(
            recipe,
            run_id="r",
            owner="o",
            parameters=parameters,
            inputs=inputs,
            environ={},
            listings=None,
            today=TODAY,
        )
    except InvalidRecipeError as error:
        found += [problem.code for problem in error.problems]
    try:
        found += [problem.code for problem in lint(parse(text, "r.yaml"), recipe, TODAY)]
    except InvalidRecipeError as error:
        found += [problem.code for problem in error.problems]
    return set(found)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "other").mkdir()
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "other" / "a.txt").write_text("b")
    return tmp_path


@pytest.mark.parametrize("code", EXAMPLES)
def test_an_example_is_wrong_as_its_code_says_and_the_other_is_right(code: str, folder: Path) -> None:
    example: Example = EXAMPLES[code]
    assert code in codes(example.wrong, folder)
    assert code not in codes(example.right, folder)
    if code != "latest-image":  # needs a pool that runs containers, which is beside the point
        assert codes(example.right, folder) <= BESIDES
