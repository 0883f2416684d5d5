"""How rules walk through a document and a recipe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from lint.findings import JOB, POOL, TOP

from recipebatch.errors import SourcePosition
from recipebatch.lint.subject import Subject, expressions, finding, parts, texts
from recipebatch.recipe import parse_recipe
from recipebatch.recipe.model import OutputFileSpec, TaskSpec
from recipebatch.recipe.source.document import parse

AT = SourcePosition("r.yaml", 1, 1)
TEXT = f"""{TOP}{POOL}{JOB}storage: {{out: {{}}}}
x-free: "${{{{ params.p }}}}"
parameters: {{p: {{type: integer, default: 1}}}}
tasks:
- name: a
  command_line: run ${{{{ params.p + 1 }}}}
  required_slots: 2
  output_files: [{{file_pattern: x, container: out}}]
- {{name: b, command_line: b, required_slots: "${{{{ params.p }}}}"}}
"""


@pytest.fixture
def subject() -> Subject:
    return Subject(parse(TEXT, "r.yaml"), parse_recipe(TEXT, file="r.yaml", folder=Path()), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("code", "severity"),
    [("raw-used", "note"), ("no-shell", "warning"), ("secret-in-recipe", "error"), ("new", "error")],
)
def test_a_finding_has_the_severity_of_its_code(code: str, severity: str) -> None:
    assert finding(AT, "text", code).severity == severity


def test_texts_are_found_with_the_keys_that_lead_to_them(subject: Subject) -> None:
    found = {path: node.value for path, node in texts(subject.document)}
    assert found["pool", "image"] == "ubuntu-24.04"
    assert found["x-free",] == "${{ params.p }}"
    assert ("tasks", "output_files", "container") in found


def test_parts_are_found_at_any_depth(subject: Subject) -> None:
    assert [task.name for task in parts(subject.recipe.jobs, TaskSpec)] == ["a", "b"]
    assert [part.container for part in parts(subject.recipe.jobs, OutputFileSpec)] == ["out"]


def test_expressions_of_free_keys_are_found_too(subject: Subject) -> None:
    assert [expression.source for expression in expressions(subject.document)] == [
        "params.p",
        "params.p + 1",
        "params.p",
    ]
