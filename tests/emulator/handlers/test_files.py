from __future__ import annotations

import sys
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import ResourceNotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.batch import BatchClient

    Run = Callable[..., models.BatchTask]

FILES = "/jobs/job/tasks/task/files"
MAKE = "mkdir -p deep/er; printf 0123456789 > deep/er/ten.txt; printf x > 'a b;$(c).bin'; printf out"


@pytest.fixture
def task(run: Run) -> models.BatchTask:
    return run(f'/bin/sh -c "{MAKE}"')


def test_files_of_a_task_are_listed_level_after_level(batch: BatchClient, task: models.BatchTask) -> None:
    assert [file.name for file in batch.list_task_files("job", str(task.id))] == ["stderr.txt", "stdout.txt", "wd"]
    names = [file.name for file in batch.list_task_files("job", "task", recursive=True, max_results=2)]
    assert names == [
        *("stderr.txt", "stdout.txt", "wd", "wd/a b;$(c).bin", "wd/deep", "wd/deep/er", "wd/deep/er/ten.txt"),
    ]


def test_a_listed_file_has_the_properties_of_a_linux_node(wire: Any, task: models.BatchTask) -> None:
    listed = {file["name"]: file for file in wire("GET", f"{FILES}?recursive=true").json()["value"]}
    properties = listed["wd/deep/er/ten.txt"]["properties"]
    assert properties.keys() == {"lastModified", "contentLength", "contentType", "fileMode"}
    assert (properties["contentLength"], properties["contentType"]) == ("10", "text/plain")
    assert properties["fileMode"].startswith("0o100")
    assert listed["wd/a b;$(c).bin"]["properties"]["contentType"] == "application/octet-stream"
    assert listed["wd/deep"] == {
        "name": "wd/deep",
        "url": f"{wire.account.endpoint}{FILES}/wd/deep",
        "isDirectory": True,
    }
    assert task


def test_files_can_be_filtered_by_the_beginning_of_the_name(batch: BatchClient, task: models.BatchTask) -> None:
    found = batch.list_task_files("job", str(task.id), recursive=True, filter="startswith(name, 'wd/deep')")
    assert [file.name for file in found] == ["wd/deep", "wd/deep/er", "wd/deep/er/ten.txt"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [("bytes=2-4", b"234"), ("bytes=0-0", b"0"), ("bytes=7-", b"789"), ("bytes=8-100", b"89"), (None, b"0123456789")],
)
def test_a_range_is_answered_with_200_and_those_bytes(
    wire: Any, task: models.BatchTask, given: str | None, expected: bytes
) -> None:
    headers = {} if given is None else {"ocp-range": given}
    answer = wire("GET", f"{FILES}/wd%2Fdeep%2Fer%2Ften.txt", headers=headers)
    assert (answer.status, answer.content) == (200, expected)
    assert answer.headers["transfer-encoding"] == "chunked"
    assert not {"content-range", "content-length", "etag"} & answer.headers.keys()
    assert task


@pytest.mark.parametrize(("given", "status"), [("bytes=10-12", 416), ("bytes=5-4", 400), ("lines=1-2", 400)])
def test_a_range_outside_of_the_file_is_refused(wire: Any, task: models.BatchTask, given: str, status: int) -> None:
    assert wire("GET", f"{FILES}/wd%2Fdeep%2Fer%2Ften.txt", headers={"ocp-range": given}).status == status
    assert task


def test_head_returns_length_mode_and_url(wire: Any, task: models.BatchTask) -> None:
    answer = wire("HEAD", f"{FILES}/stdout.txt")
    assert answer.status == 200
    assert answer.headers["content-length"] == "3"
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["ocp-batch-file-isdirectory"] == "False"
    assert answer.headers["ocp-batch-file-mode"].startswith("0o100")
    encoded = f"{wire.account.endpoint}{FILES}/stdout.txt".replace(":", "%3A").replace("/", "%2F")
    assert answer.headers["ocp-batch-file-url"] == encoded
    assert parsedate_to_datetime(answer.headers["last-modified"]).microsecond == 0
    assert task


def test_a_name_with_blanks_and_marks_is_read_by_the_sdk(batch: BatchClient, task: models.BatchTask) -> None:
    assert b"".join(batch.download_task_file("job", str(task.id), "wd/a b;$(c).bin")) == b"x"


@pytest.mark.parametrize(
    "name",
    [
        *("..%2Ftask%2Fstdout.txt", "wd%2F..%2F..%2F..%2F..%2F..%2F..%2Fkey", "%2Fetc%2Fpasswd", "wd%5C..%5C..%5Cx"),
        *("../../../key", "wd%2F%00", ".", "wd"),
    ],
)
def test_no_name_leaves_the_task(wire: Any, task: models.BatchTask, name: str) -> None:
    for method in ("GET", "HEAD"):
        assert wire(method, f"{FILES}/{name}").status == 404
    assert task


def test_no_link_leaves_the_task(wire: Any, run: Run, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    run(f"/bin/sh -c 'ln -s {secret} link.txt; ln -s {tmp_path} up; printf in > in.txt; ln -s in.txt inside.txt'")
    for name in ("link.txt", "up%2Fsecret.txt", "up"):
        assert wire("GET", f"{FILES}/wd%2F{name}").status == 404
        assert wire("DELETE", f"{FILES}/wd%2F{name}?recursive=true").status == 404
    assert wire("GET", f"{FILES}/wd%2Finside.txt").content == b"in"
    listed = [file["name"] for file in wire("GET", f"{FILES}?recursive=true").json()["value"]]
    assert [name for name in listed if name.startswith("wd/")] == ["wd/in.txt", "wd/inside.txt"]
    assert secret.read_text() == "secret"


def test_a_named_pipe_does_not_block_the_service(wire: Any, run: Run) -> None:
    run("/bin/sh -c 'mkfifo pipe'")
    assert wire("GET", f"{FILES}/wd%2Fpipe").status == 404


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there")
def test_a_name_that_is_not_utf_8_is_listed_escaped_and_read_by_that_name(batch: BatchClient, run: Run) -> None:
    run(r"""/bin/sh -c 'mkdir "$(printf "d\\377")"; printf 1 > "$(printf "d\\377/a\\200.txt")"; printf 2 > b.txt'""")
    names = [file.name for file in batch.list_task_files("job", "task", recursive=True)]
    assert names == ["stderr.txt", "stdout.txt", "wd", "wd/b.txt", "wd/d%FF", "wd/d%FF/a%80.txt"]
    assert b"".join(batch.download_task_file("job", "task", "wd/d%FF/a%80.txt")) == b"1"
    assert batch.get_task_file_properties("job", "task", "wd/d%FF/a%80.txt").content_length == 1
    batch.delete_task_file("job", "task", "wd/d%FF/a%80.txt")
    with pytest.raises(ResourceNotFoundError):
        batch.download_task_file("job", "task", "wd/d%FF/a%80.txt")


def test_a_missing_file_is_not_found(batch: BatchClient, wire: Any, task: models.BatchTask) -> None:
    with pytest.raises(ResourceNotFoundError):
        list(batch.download_task_file("job", str(task.id), "nothing.txt"))
    assert wire("GET", f"{FILES}/nothing.txt").code == "FileNotFound"
    assert wire("HEAD", f"{FILES}/nothing.txt").status == 404


def test_a_file_and_a_directory_can_be_deleted(batch: BatchClient, wire: Any, task: models.BatchTask) -> None:
    batch.delete_task_file("job", str(task.id), "wd/a b;$(c).bin")
    assert wire("DELETE", f"{FILES}/wd%2Fdeep").status == 409
    batch.delete_task_file("job", "task", "wd/deep", recursive=True)
    assert [file.name for file in batch.list_task_files("job", "task", recursive=True)][2:] == ["wd"]


def test_a_task_that_has_not_started_has_no_files(wire: Any) -> None:
    wire("POST", "/jobs", {"id": "j", "poolInfo": {"poolId": "none"}})
    wire("POST", "/jobs/j/tasks", {"id": "t", "commandLine": "true"})
    answer = wire("GET", "/jobs/j/tasks/t/files")
    assert (answer.status, answer.code) == (409, "OperationInvalidForCurrentState")
    reason = "The files of the specified task cannot be accessed as the task state is still active"
    assert answer.values == {"Reason": reason}
    wire("POST", "/jobs/j/tasks/t/terminate")
    assert wire("GET", "/jobs/j/tasks/t/files").code == "TaskFilesUnavailable"


def test_a_node_shows_the_documented_directories(batch: BatchClient, task: models.BatchTask) -> None:
    assert task.node_info is not None
    node = str(task.node_info.node_id)
    names = [file.name for file in batch.list_node_files("pool", node)]
    assert names == ["applications", "fsmounts", "shared", "startup", "volatile", "workitems"]
    path = f"{task.node_info.task_root_directory}/stdout.txt"
    assert path == "workitems/job/job-1/task/stdout.txt"
    assert b"".join(batch.download_node_file("pool", node, path)) == b"out"
    assert batch.get_node_file_properties("pool", node, path).content_length == 3
    batch.delete_node_file("pool", node, path)
    with pytest.raises(ResourceNotFoundError):
        batch.get_task_file_properties("job", "task", "stdout.txt")


def test_a_growing_file_can_be_followed(batch: BatchClient, job: str, wire: Any, until: Any, tmp_path: Path) -> None:
    go = tmp_path / "go"
    command = f"/bin/sh -c 'printf one; until test -e {go}; do sleep 0.02; done; printf two'"
    batch.create_task(job, models.BatchTaskCreateOptions(id="task", command_line=command))
    until(lambda: wire("HEAD", f"{FILES}/stdout.txt").headers.get("content-length") == "3")
    go.touch()
    until(lambda: wire("HEAD", f"{FILES}/stdout.txt").headers.get("content-length") == "6")
    assert wire("GET", f"{FILES}/stdout.txt", headers={"ocp-range": "bytes=3-5"}).content == b"two"
