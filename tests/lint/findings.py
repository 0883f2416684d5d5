"""Findings of lint in short form, and the sections that the tests' recipes share."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from recipebatch.lint import lint
from recipebatch.recipe import parse_recipe
from recipebatch.recipe.source.document import parse

TODAY = date(2026, 1, 1)
TOP = "schema_version: 1\nname: demo\n"
POOL = "pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3}\n"
JOB = "job: {constraints: {max_wall_clock_time: 1h}}\n"


def findings(text: str) -> list[str]:
    """`LINE:COLUMN SEVERITY CODE` of each finding."""
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    found = lint(parse(text, "r.yaml"), recipe, TODAY)
    return [f"{problem.at.line}:{problem.at.column} {problem.severity} {problem.code}" for problem in found]


def messages(text: str) -> list[tuple[str, str | None]]:
    """Message and hint of each finding."""
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    return [(problem.message, problem.hint) for problem in lint(parse(text, "r.yaml"), recipe, TODAY)]
