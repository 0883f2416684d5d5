from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from plans import a_job, a_plan, a_pool, a_task, an_output

from recipebatch.plan import WantedBlobs, filled_meanwhile, unmatched_text, wanted_by_jobs
from recipebatch.plan.model import PlannedAfter
from recipebatch.properties.deferred import DeferredText, SasToken
from recipebatch.properties.files import ResourceFile

STORAGE = "storage: {input: {uploads: ['*.csv']}, theirs: {container: theirs, existing: true}, out: {}, empty: {}}\n"
TASK = "tasks:\n  - name: t\n    commands: [ls]\n    resource_files:\n      - {file}\n"
BLOBS = {"input": ("2024/a.csv", "b.csv")}
PlanOf = Any


def warnings(plan_of: PlanOf, sections: str, **arguments: Any) -> list[str]:
    return list(plan_of(f"{STORAGE}{sections}", blobs=BLOBS, **arguments).warnings)


@pytest.mark.parametrize(
    ("file", "warning"),
    [
        (
            "{container: input, blob: c.csv}",
            "blob c.csv matches nothing in container input: task t fails; did you mean",
        ),
        (
            "{container: input, blob: '20'}",
            "blob 20 matches nothing in container input: task t fails; it has 2024/a.csv, b",
        ),
        (
            "{container: input, blob_prefix: runs/}",
            "blob_prefix runs/ matches nothing in container input: task t gets no file from it; it has 2024/a",
        ),
        ("empty", "container empty has no blobs: task t gets no file from it"),
        ("{container: empty, blob: x}", "blob x matches nothing in container empty: task t fails; it has no blobs"),
    ],
)
def test_what_matches_no_upload_of_a_container_that_only_the_run_fills_is_said_with_its_position(
    plan_of: PlanOf, file: str, warning: str
) -> None:
    (said,) = warnings(plan_of, TASK.replace("{file}", file))
    assert said.startswith(f"r.yaml:9:9: {warning}")


@pytest.mark.parametrize(
    "file",
    [
        "input",
        "{container: input, blob: b.csv}",
        "{container: input, blob_prefix: 2024/}",
        "{container: input, blob_prefix: 2024/a.c}",
        "{container: theirs, blob: unknown}",
        "{http_url: 'https://example.org/x', file_path: x}",
    ],
)
def test_what_matches_or_is_not_known_is_no_warning(plan_of: PlanOf, file: str) -> None:
    assert warnings(plan_of, TASK.replace("{file}", file)) == []


@pytest.mark.parametrize(
    "writer",
    [
        "  - {name: w, commands: [ls], output_files: [{file_pattern: '*', container: out}]}\n",
        "  - {name: w, commands: [ls], keep_logs: out}\n",
        "  - {name: w, commands: [ls], environment_settings: {SAS: \"${{ storage.out.sas_token('write') }}\"}}\n",
    ],
)
def test_nothing_is_said_of_a_container_that_tasks_may_fill(plan_of: PlanOf, writer: str) -> None:
    assert warnings(plan_of, TASK.replace("{file}", "{container: out, blob: x}") + writer) == []


def test_nothing_is_said_of_a_container_that_the_nodes_may_fill_by_a_mount(plan_of: PlanOf) -> None:
    pool = (
        "{image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1, mount_configuration:"
        " [{azure_blob_file_system_configuration: {container: out, relative_mount_path: o, read_only: false}}]}"
    )
    sections = TASK.replace("{file}", "{container: out, blob: x}")
    assert warnings(plan_of, sections, pool=pool) == []
    assert len(warnings(plan_of, sections, pool=pool.replace("read_only: false", "read_only: true"))) == 1


def test_what_a_loop_found_in_a_container_is_there(plan_of: PlanOf) -> None:
    loop = "tasks: [{command_line: a, for_each: {files: {container: input}}, resource_files: [file]}]"
    assert warnings(plan_of, loop, listings={"input": ("came-from-elsewhere.csv",)}) == []


def test_tasks_of_one_line_are_said_once_and_many_lines_are_counted(plan_of: PlanOf) -> None:
    loop = TASK.replace("commands", "for_each: {range: {start: 1, stop: 30}}\n    commands")
    (said,) = warnings(plan_of, loop.replace("{file}", "{container: input, blob: x}"))
    assert "task t-00 and 29 more fail" in said
    several = warnings(plan_of, loop.replace("{file}", "{container: input, blob: 'x${{ item }}'}"))
    assert len(several) == 11
    assert several[-1] == "and 20 more resource files that match no blob"


def test_start_tasks_and_special_tasks_are_looked_at_too(plan_of: PlanOf) -> None:
    pool = (
        "{image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1,"
        " start_task: {commands: [ls], resource_files: [{container: input, blob: s}]}}"
    )
    sections = (
        "job: {job_preparation_task: {commands: [ls], resource_files: [{container: input, blob: p}]}}\n"
        "tasks: [{name: t, commands: [ls]}]\n"
    )
    one, other = warnings(plan_of, sections, pool=pool)
    assert "r.yaml:3:" in one
    assert "blob s matches nothing in container input: the start task of pool pool fails" in one
    assert "blob p matches nothing in container input: job job fails" in other


def wanting(name: str, *, container: str = "c") -> Any:
    return a_task(name, resource_files=(ResourceFile(container=container, blob="b", file_path="b"),))


def test_what_a_job_reads_is_not_known_while_others_may_write_it() -> None:
    writing = a_task("w", output_files=(an_output("*", container="c"),))
    first = a_job(writing, logical="first")
    second = a_job(wanting("r"), logical="second")
    plan = a_plan(pools=(a_pool(),), jobs=(first, second))
    assert filled_meanwhile(plan, second) == frozenset("c")
    later = replace(second, after=(PlannedAfter(job="first", on_failed="block"),))
    plan = replace(plan, jobs=(first, later))
    assert filled_meanwhile(plan, later) == frozenset()
    assert filled_meanwhile(plan, first) == frozenset("c")


def test_what_a_job_reads_is_not_known_while_a_job_beside_it_is_not_expanded() -> None:
    one, beside = a_job(wanting("r"), logical="one"), a_job(logical="beside")
    plan = a_plan(pools=(a_pool(),), jobs=(one, replace(beside, tasks=None)))
    assert filled_meanwhile(plan, one) is None
    after_it = replace(beside, tasks=None, after=(PlannedAfter(job="one", on_failed="block"),))
    assert filled_meanwhile(replace(plan, jobs=(one, after_it)), one) == frozenset()


def test_a_sas_to_write_fills_and_one_to_read_does_not() -> None:
    def plan_with(letters: str) -> Any:
        settings = (("SAS", DeferredText("?", SasToken("c", letters))),)
        return a_plan(pools=(a_pool(),), jobs=(a_job(a_task("t", environment_settings=settings)),))

    assert filled_meanwhile(plan_with("rl"), plan_with("rl").jobs[0]) == frozenset()
    assert filled_meanwhile(plan_with("cw"), plan_with("cw").jobs[0]) == frozenset("c")


def test_tasks_that_are_tried_again_want_nothing_new() -> None:
    what = WantedBlobs(container="c", name="b", is_prefix=False)
    assert wanted_by_jobs([a_job(wanting("r")), a_job(wanting("again"), retry_of="job")]) == {what: ["task r"]}


def test_a_name_is_looked_for_among_sorted_names() -> None:
    names = ["a", "a/b", "c"]
    assert WantedBlobs(container="c", name="a/", is_prefix=True).is_among(names)
    assert WantedBlobs(container="c", name="", is_prefix=True).is_among(names)
    assert not WantedBlobs(container="c", name="", is_prefix=True).is_among([])
    assert not WantedBlobs(container="c", name="b", is_prefix=True).is_among(names)
    assert not WantedBlobs(container="c", name="a/", is_prefix=False).is_among(names)
    assert not WantedBlobs(container="c", name="d", is_prefix=False).is_among(names)


def test_of_many_blobs_a_few_are_named() -> None:
    what = WantedBlobs(container="c", name="zz", is_prefix=True)
    text = unmatched_text(what, ["task t"], [f"blob{number}" for number in range(9)])
    assert text.endswith("; it has blob0, blob1, blob2, blob3, blob4, …")
