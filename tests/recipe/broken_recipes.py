"""Broken recipes as text fixtures, and what is said about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.recipe import parse_recipe

TOP = "schema_version: 1\nname: demo\n"
STORAGE = 'storage:\n  input: {uploads: ["*.txt"]}\n  output: {}\n'
POOL = "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}\n"
TASKS = 'tasks: [{command_line: "true"}]\n'
PARAMETERS = "parameters: {n: {}, tok: {type: secret, source: {environment_variable: T}}}\n"


def cases(name: str) -> list[tuple[str, str]]:
    """What is wrong, and below it, indented, what is said about it: one case per paragraph of a text file."""
    text = (Path(__file__).parent / "broken" / f"{name}.txt").read_text(encoding="utf-8")
    found = []
    for paragraph in text.strip().split("\n\n"):
        wrong, *said = paragraph.split("\n    ")
        found.append((wrong, " | ".join(said).replace(" | hint: ", " | ")))
    return found


def problems_of(text: str) -> list[str]:
    """The problems of a recipe, each as one line."""
    with pytest.raises(InvalidRecipeError) as caught:
        parse_recipe(text, file="r.yaml", folder=Path())
    return [
        f"{problem.at.line}:{problem.at.column} [{problem.code}] {problem.message}"
        + (f" | {problem.hint}" if problem.hint else "")
        for problem in caught.value.problems
    ]


def problems_of_task(task: str) -> list[str]:
    """The same for a recipe of one task template."""
    return problems_of(f"{TOP}{PARAMETERS}storage: {{input: {{}}, output: {{}}}}\n{POOL}\ntasks: [{task}]\n")


def problems_of_tasks(tasks: str) -> list[str]:
    """The same for a list of task templates."""
    return problems_of(f"{TOP}{PARAMETERS}storage: {{input: {{}}, output: {{}}}}\n{POOL}tasks: {tasks}\n")
