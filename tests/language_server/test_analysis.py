"""A text in an editor is checked as validation and lint check a file, and runs no code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from language_server.marked import FILE, RECIPE, TODAY, analysed

from recipebatch.language_server.analysis import analyse

if TYPE_CHECKING:
    from pathlib import Path

COMPLETE = RECIPE.replace("    type: string\n", "    default: Oslo\n")
FACTORY = "{factory: {name: sobol, arguments: {points: 4}}}"


def test_a_recipe_with_all_values_has_a_plan() -> None:
    found = analysed(COMPLETE)
    assert found.plan is not None
    assert sum(len(job.tasks or ()) for job in found.plan.jobs) == 3
    assert found.why_not_planned == ""


def test_a_parameter_without_a_value_is_said() -> None:
    assert analysed(RECIPE).why_not_planned == "needs a value of city"


def test_what_does_not_depend_on_it_is_checked_all_the_same() -> None:
    found = analysed(RECIPE.replace('path: "${{ item }}.txt"', 'path: "${{ item // 0 }}"'))
    assert "expression-failed" in {each.code for each in found.problems}


def test_lint_and_errors_come_together_in_the_order_of_the_text() -> None:
    found = analysed(COMPLETE.replace("- cat *.txt", "- cat $X *.txt\n    keep_logs: nowhere"))
    lines = [each.at.line for each in found.problems]
    assert lines == sorted(lines)
    assert "unknown-container" in {each.code for each in found.problems}


def test_of_what_is_no_yaml_nothing_is_known() -> None:
    found = analysed("a: [")
    assert (found.knowledge, found.plan, found.why_not_planned) == (None, None, "the recipe has errors")
    assert [each.code for each in found.problems] == ["yaml-syntax"]


def test_a_task_factory_is_not_run() -> None:
    found = analysed(COMPLETE.replace("{items: [north, south]}", FACTORY))
    assert found.why_not_planned == "the factory sobol gives the items of a loop"
    assert "factory-not-allowed" not in {each.code for each in found.problems}


def test_files_that_are_open_count_as_they_are_there(tmp_path: Path) -> None:
    (tmp_path / "pool.yaml").write_text("pool: {existing: on-disk}\n", encoding="utf-8")
    (tmp_path / "cases.csv").write_text("a\n1\n", encoding="utf-8")
    tasks = "tasks:\n- for_each: {rows: cases.csv}\n  command_line: a ${{ item.a }}\n"
    text = f"schema_version: 1\nname: r\ninclude: pool.yaml\n{tasks}"
    there = str(tmp_path / "pool.yaml"), str(tmp_path / "cases.csv")
    read = analyse(tmp_path / "r.yaml", text, {}, TODAY)
    opened = analyse(
        tmp_path / "r.yaml", text, {there[0]: "pool: {existing: in-editor}\n", there[1]: "a\n1\n2\n"}, TODAY
    )
    assert [plan.pools[0].id for plan in (read.plan, opened.plan) if plan is not None] == ["on-disk", "in-editor"]
    assert [len(plan.jobs[0].tasks or ()) for plan in (read.plan, opened.plan) if plan is not None] == [1, 2]
    assert opened.knowledge is not None
    assert list(opened.knowledge.files) == [str(tmp_path / "r.yaml"), there[0]]


def test_a_file_that_is_only_in_the_editor_is_there(tmp_path: Path) -> None:
    text = "schema_version: 1\nname: r\ninclude: new.yaml\ntasks: [{command_line: a}]\n"
    found = analyse(tmp_path / "r.yaml", text, {str(tmp_path / "new.yaml"): "pool: {existing: p}\n"}, TODAY)
    assert found.plan is not None


@pytest.mark.parametrize("path", ["../secret.yaml", "/etc/hostname"])
def test_nothing_outside_of_the_folder_is_read_for_a_recipe(tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.yaml").write_text("x-secret: 1\n", encoding="utf-8")
    folder = tmp_path / "recipes"
    folder.mkdir()
    text = f"schema_version: 1\nname: r\ninclude: {path}\ntasks: [{{command_line: a}}]\n"
    outside = {str(tmp_path / "secret.yaml"): "x-secret: 2\n"}
    found = analyse(folder / "r.yaml", text, outside, TODAY)
    assert [each.code for each in found.problems if each.severity == "error"] == ["include-outside"]


def test_a_broken_include_leaves_what_the_file_itself_defines() -> None:
    found = analysed(COMPLETE.replace("schema_version: 1\n", "schema_version: 1\ninclude: no.yaml\n"))
    assert found.knowledge is not None
    assert found.knowledge.names("container") == ("input", "output")
    assert [each.at.file for each in found.problems] == [FILE]
