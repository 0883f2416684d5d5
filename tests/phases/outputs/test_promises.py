from __future__ import annotations

from dataclasses import replace

import pytest
from plans import a_container, a_job, a_plan, a_task, an_output

from recipebatch.phases.outputs import PromisedOutput, output_containers, promised, promises_anything
from recipebatch.phases.outputs.promises import blob_of, from_first_wildcard, output_places, writing_tasks
from recipebatch.properties.files import Collect
from recipebatch.properties.job import JobManagerTask, JobTask


@pytest.mark.parametrize(
    ("pattern", "path", "blob"),
    [
        ("a.txt", None, "a.txt"),
        ("deep/a.txt", None, "a.txt"),
        ("deep\\a.txt", None, "a.txt"),
        ("../stdout.txt", "logs/1.txt", "logs/1.txt"),
        ("$NAME.txt", "x.txt", "x.txt"),
        ("$NAME.txt", None, None),
        ("%NAME%.txt", None, None),
        ("*.txt", "folder", None),
        ("a?.txt", None, None),
        ("[ab].txt", None, None),
        ("folder/", None, "folder"),
    ],
)
def test_a_file_named_without_wildcards_promises_one_blob(pattern: str, path: str | None, blob: str | None) -> None:
    assert blob_of(an_output(pattern, path)) == blob


@pytest.mark.parametrize(
    ("pattern", "rest"),
    [
        ("*.csv", "*.csv"),
        ("results/*.csv", "*.csv"),
        ("results/a*/b.csv", "a*/b.csv"),
        ("**/*.txt", "**/*.txt"),
        ("../std*.txt", "std*.txt"),
        ("$AZ_BATCH_TASK_DIR/*.log", "*.log"),
        ("${AZ_BATCH_TASK_WORKING_DIR}/x/*.log", "*.log"),
        ("%AZ_BATCH_TASK_DIR%\\*.log", "*.log"),
        ("x\\*.log", ""),
        ("$NAME*.csv", ""),
        ("x/$NAME", ""),
    ],
)
def test_names_of_blobs_begin_where_the_first_wildcard_is(pattern: str, rest: str) -> None:
    assert from_first_wildcard(pattern) == rest


@pytest.mark.parametrize(
    ("pattern", "path", "fits", "fits_not"),
    [
        ("*.csv", None, ["a.csv", ".csv.csv"[1:]], ["a.txt", "x/a.csv", ".a.csv"]),
        ("out/*.csv", "of/1", ["of/1/a.csv"], ["a.csv", "of/2/a.csv", "of/1/x/a.csv", "of/1"]),
        ("**/*.csv", "of/1/", ["of/1/a.csv", "of/1/x/y/a.csv"], ["of/1/a.txt"]),
        ("part-?", None, ["part-1"], ["part-12"]),
        ("$NAME.*", "of/1", ["of/1/anything/at.all"], ["of/2/x"]),
    ],
)
def test_a_pattern_promises_a_blob_in_its_folder(
    pattern: str, path: str | None, fits: list[str], fits_not: list[str]
) -> None:
    (promise,) = promised(a_job(a_task("t", output_files=(an_output(pattern, path),))), {"t"})
    assert [name for name in (*fits, *fits_not) if promise.fits(name)] == fits


def test_only_tasks_that_succeeded_promise_and_those_tried_again_do_not() -> None:
    tasks = (
        a_task("a", output_files=(an_output("a.txt"), an_output("why.txt", on="taskfailure"))),
        a_task("b", output_files=(an_output("b.txt", on="taskcompletion"),)),
        a_task("c", output_files=(an_output("c.txt"),)),
    )
    job = a_job(*tasks, superseded=frozenset({"b"}))
    (promise,) = promised(job, {"a", "b"})
    assert promise == PromisedOutput(container="out", blob="a.txt", job="j1", task="a", file="a.txt")
    assert promise.mark == "j1/a"
    assert writing_tasks([job]) == {"j1/a", "j1/c"}


def test_what_is_not_required_is_not_promised() -> None:
    job = a_job(a_task("a", output_files=(replace(an_output("a.txt"), required=False),)))
    assert list(promised(job, {"a"})) == []
    assert not promises_anything(job)


def test_a_job_manager_task_promises_too() -> None:
    task = JobTask(command_line="run", raw={"id": "boss"})
    manager = JobManagerTask(task=task, output_files=(an_output("a.txt"),))
    assert [each.mark for each in promised(a_job(job_manager_task=manager), {"boss"})] == ["j1/boss"]
    unnamed = replace(manager, task=replace(task, raw=None))
    assert [each.mark for each in promised(a_job(job_manager_task=unnamed), {"jobmanager"})] == ["j1/jobmanager"]


def test_a_collected_container_is_looked_at_even_if_no_output_file_names_it() -> None:
    collect = (Collect(container="out", into="o"), Collect(task_files=("x",), into="o"))
    plan = replace(a_plan(containers=(a_container("out", "c1"),)), collect=collect)
    assert output_containers(plan) == ("out",)


def test_places_are_blobs_and_folders() -> None:
    files = (an_output("a.txt"), an_output("*.txt", "of"), an_output("x", container="else"))
    assert output_places([a_job(a_task("t", output_files=files))], "out") == {"a.txt", "of"}


def test_each_missing_output_says_what_is_known_of_it() -> None:
    base = PromisedOutput(container="out", blob="of/*.csv", job="j", task="t", file="*.csv", folder="of/")
    assert str(base) == "task t left no of/*.csv in out"
    assert str(replace(base, wrote=False)) == "task t wrote no *.csv"
    assert str(replace(base, wrote=True)) == "task t wrote *.csv, and there is no of/*.csv in out"
    folder = replace(base, file="res/", folder=None, blob="res", is_folder=True, wrote=False)
    assert str(folder) == "task t wrote no file res/: it is a folder; res/**/* is its files"
    assert str(PromisedOutput(container="out", blob="a")) == "a in out"
