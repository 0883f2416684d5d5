"""Resource files and output files of tasks."""

from typing import TYPE_CHECKING, Any

import pytest

from recipebatch.errors import InvalidRecipeError
from recipebatch.plan.model import PlannedTask
from recipebatch.properties.files import OutputFile, ResourceFile

if TYPE_CHECKING:
    from recipebatch.plan import Plan

PlanOf = Any


STORAGE = "storage: {input: {}, output: {}}\n"


def one_task(plan_of: PlanOf, task: str, **arguments: Any) -> PlannedTask:
    plan: Plan = plan_of(f"{STORAGE}tasks:\n  - {task}\n", **arguments)
    tasks = plan.jobs[0].tasks
    assert tasks is not None
    assert len(tasks) == 1
    return tasks[0]


@pytest.mark.parametrize(
    ("written", "planned"),
    [
        ("{container: input}", ResourceFile(container="input")),
        (
            "{container: input, blob_prefix: a/, file_path: d}",
            ResourceFile(container="input", blob_prefix="a/", file_path="d"),
        ),
        (
            "{container: input, blob: a/b.txt}",
            ResourceFile(container="input", blob="a/b.txt", file_path="b.txt"),
        ),
        (
            "{container: input, blob: a/b.txt, file_path: c, file_mode: '0755'}",
            ResourceFile(container="input", blob="a/b.txt", file_path="c", file_mode="0755"),
        ),
        (
            "{http_url: 'https://h/p/f.bin?x=1'}",
            ResourceFile(http_url="https://h/p/f.bin?x=1", file_path="f.bin"),
        ),
    ],
)
def test_resource_files_have_these_forms(plan_of: PlanOf, written: str, planned: ResourceFile) -> None:
    assert one_task(plan_of, f"{{command_line: a, resource_files: [{written}]}}").resource_files == (planned,)


@pytest.mark.parametrize(
    "written",
    [
        "{container: input, blob: a.txt, file_path: '%s/a.txt'}",
        "{container: input, blob_prefix: a/, file_path: '%s'}",
        "{http_url: 'https://h/p', file_path: 'd/%s'}",
        "{http_url: 'https://h/%s?x=1'}",
    ],
)
def test_a_name_that_no_disk_has_is_refused(plan_of: PlanOf, written: str) -> None:
    def planned(name: str) -> PlannedTask:
        return one_task(plan_of, f"{{command_line: a, resource_files: [{written % name}]}}")

    assert planned("é" * 127).resource_files
    with pytest.raises(InvalidRecipeError) as raised:
        planned("é" * 128)
    (problem,) = raised.value.problems
    assert problem.code == "invalid-blob-name"
    assert "has a part of 256 bytes in its name; a file's name has at most 255" in problem.message
    assert problem.hint == "set a shorter `file_path`"


def test_an_output_file_has_the_words_of_the_wire(plan_of: PlanOf) -> None:
    path = "${{ task.template }}/${{ task.id }}"
    written = f"{{file_pattern: '*.csv', container: output, path: '{path}', upload_condition: task_success}}"
    assert one_task(plan_of, f"{{name: t, command_line: a, output_files: [{written}]}}").output_files == (
        OutputFile(file_pattern="*.csv", container="output", path="t/t", upload_condition="tasksuccess"),
    )
