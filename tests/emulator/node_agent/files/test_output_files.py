from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from azure.storage.blob import generate_container_sas

from recipebatch.emulator.node_agent import OutputFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azure.storage.blob import BlobServiceClient, ContainerClient

# `node` comes from this folder's conftest.py; its class is not importable from there.
Node = Any
Output = Any


@pytest.fixture
def container(blob_service: BlobServiceClient) -> Iterator[ContainerClient]:
    name = f"outputs-{datetime.now(UTC).timestamp():.6f}".replace(".", "-")
    with blob_service.create_container(name) as client:
        yield client
        client.delete_container()


@pytest.fixture
def output(container: ContainerClient, blob_service: BlobServiceClient) -> Callable[..., OutputFile]:
    """Creates output files for that container, with a write-only SAS."""

    def make(
        pattern: str, path: str | None = None, condition: str | None = None, headers: dict[str, str] | None = None
    ) -> OutputFile:
        destination: dict[str, Any] = {
            "containerUrl": f"{container.url}?{sas(blob_service, container.container_name, 'w')}"
        }
        if path is not None:
            destination["path"] = path
        if headers:
            destination["uploadHeaders"] = [{"name": name, "value": value} for name, value in headers.items()]
        document: dict[str, Any] = {"filePattern": pattern, "destination": {"container": destination}}
        if condition is not None:
            document["uploadOptions"] = {"uploadCondition": condition}
        return OutputFile.from_json(document)

    return make


def sas(service: BlobServiceClient, container: str, permission: str) -> str:
    return generate_container_sas(
        str(service.account_name),
        container,
        account_key=service.credential.account_key,
        permission=permission,
        expiry=datetime.now(UTC) + timedelta(hours=1),
    )


def blobs(container: ContainerClient) -> dict[str, bytes]:
    return {blob.name: container.download_blob(blob.name).readall() for blob in container.list_blobs()}


def log(node: Node, name: str) -> str:
    return str((node.directory / name).read_text(encoding="utf-8"))


def test_a_file_becomes_the_blob_of_that_path(node: Node, container: ContainerClient, output: Output) -> None:
    end = node.run("/bin/sh -c 'echo result > r.txt'", output_files=(output("r.txt", "runs/1/ü r.txt"),))
    assert end.failure is None
    assert blobs(container) == {"runs/1/ü r.txt": b"result\n"}
    assert log(node, "fileuploadout.txt") == f"uploaded {node.working}/r.txt to {container.url}/runs/1/ü r.txt\n"
    assert log(node, "fileuploaderr.txt") == ""


def test_a_wildcard_puts_the_path_before_each_name(node: Node, container: ContainerClient, output: Output) -> None:
    command = "/bin/sh -c 'mkdir -p out/deep && echo 1 > out/a.txt && echo 2 > out/deep/b.txt && echo 3 > out/c.log'"
    assert node.run(command, output_files=(output("out/**/*.txt", "here"),)).failure is None
    assert blobs(container) == {"here/a.txt": b"1\n", "here/deep/b.txt": b"2\n"}


def test_stdout_can_be_uploaded(node: Node, container: ContainerClient, output: Output) -> None:
    assert node.run("echo hello", output_files=(output("../std*.txt"),)).failure is None
    assert blobs(container) == {"stdout.txt": b"hello\n", "stderr.txt": b""}


@pytest.mark.parametrize(
    ("command", "names"),
    [("true", {"always", "success", "default"}), ("false", {"always", "failure", "default"})],
)
def test_the_upload_condition_is_respected(
    node: Node, container: ContainerClient, output: Output, command: str, names: set[str]
) -> None:
    files = (
        output("../stdout.txt", "default"),
        output("../stdout.txt", "always", "taskcompletion"),
        output("../stdout.txt", "success", "tasksuccess"),
        output("../stdout.txt", "failure", "taskfailure"),
    )
    node.run(command, output_files=files)
    assert blobs(container).keys() == names


def test_a_task_that_ran_out_of_time_has_failed(node: Node, container: ContainerClient, output: Output) -> None:
    files = (output("../stdout.txt", "failure", "taskfailure"), output("../stdout.txt", "success", "tasksuccess"))
    node.run("/bin/sh -c 'trap \"exit 0\" TERM; sleep 600 & wait'", seconds=0.3, output_files=files)
    assert blobs(container).keys() == {"failure"}


def test_a_task_that_did_not_run_uploads_nothing(node: Node, container: ContainerClient, output: Output) -> None:
    end = node.run("no-such-program", output_files=(output("../stdout.txt"),))
    assert end.failure.code == "CommandProgramNotFound"
    assert blobs(container) == {}


def test_an_older_blob_is_replaced(node: Node, container: ContainerClient, output: Output) -> None:
    container.upload_blob("stdout.txt", b"older and longer")
    assert node.run("echo new", output_files=(output("../stdout.txt"),)).failure is None
    assert blobs(container) == {"stdout.txt": b"new\n"}


def test_a_pattern_without_a_file_is_no_failure(node: Node, container: ContainerClient, output: Output) -> None:
    assert node.run("true", output_files=(output("none.txt"), output("*.none"))).failure is None
    assert blobs(container) == {}


def test_a_file_whose_name_is_not_utf_8_is_uploaded_with_an_escaped_name(
    node: Node, container: ContainerClient, output: Output
) -> None:
    command = r"""/bin/sh -c 'echo 1 > "$(printf "a\\377.dat")"; echo 2 > b.dat'"""
    end = node.run(command, output_files=(output("*.dat"),))
    if sys.platform != "darwin":  # there the name cannot be made
        assert end.failure is None
        assert blobs(container) == {"a%FF.dat": b"1\n", "b.dat": b"2\n"}
    else:
        assert blobs(container)["b.dat"] == b"2\n"


@pytest.mark.skipif(sys.platform == "darwin", reason="file names are UTF-8 there")
def test_an_escaped_name_that_is_taken_is_named_as_the_one_failure(
    node: Node, container: ContainerClient, output: Output
) -> None:
    command = r"""/bin/sh -c 'echo 1 > "$(printf "a\\377.dat")"; echo 2 > a%FF.dat'"""
    end = node.run(command, output_files=(output("*.dat"),))
    assert blobs(container) == {"a%FF.dat": b"2\n"}
    assert end.failure.code == "FileUploadMiscError"
    assert dict(end.failure.details)["FilePath"] == f"{node.working}/a%FF.dat"
    assert "not UTF-8" in dict(end.failure.details)["Message"]


@pytest.mark.parametrize("pattern", ["*" + "?" * 1000, "[à-é]" * 190 + "**/" * 100])
def test_a_pattern_that_is_too_large_is_a_failure_and_the_others_are_uploaded(
    node: Node, container: ContainerClient, output: Output, pattern: str
) -> None:
    end = node.run("true", output_files=(output(pattern), output("../stdout.txt")))
    assert (end.failure.category, end.failure.code) == ("ServerError", "FileUploadMiscError")
    assert "the pattern cannot be used" in dict(end.failure.details)["Message"]
    assert blobs(container).keys() == {"stdout.txt"}


def test_upload_headers_reach_the_blob(node: Node, container: ContainerClient, output: Output) -> None:
    headers = {"x-ms-blob-content-type": "text/html", "x-ms-meta-run": "7"}
    node.run("true", output_files=(output("../stdout.txt", headers=headers),))
    properties = container.get_blob_client("stdout.txt").get_blob_properties()
    assert properties.content_settings.content_type == "text/html"
    assert properties.metadata == {"run": "7"}


def test_a_large_file_goes_in_blocks(
    node: Node, container: ContainerClient, output: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.blob_uploads.LARGEST_PUT_BYTES", 1000)
    monkeypatch.setattr("recipebatch.emulator.node_agent.files.blob_uploads.BLOCK_BYTES", 400)
    headers = {"x-ms-blob-content-type": "text/css"}
    end = node.run("/bin/sh -c 'seq 1 500'", output_files=(output("../stdout.txt", headers=headers),))
    assert end.failure is None
    assert blobs(container) == {"stdout.txt": "".join(f"{n}\n" for n in range(1, 501)).encode()}
    properties = container.get_blob_client("stdout.txt").get_blob_properties()
    assert properties.content_settings.content_type == "text/css"


def test_a_container_that_is_not_there_is_a_failure_with_exit_code_0(
    node: Node, blob_service: BlobServiceClient
) -> None:
    url = f"{blob_service.url}missing?{sas(blob_service, 'missing', 'w')}"
    missing = OutputFile(file_pattern="../*.txt", container_url=url)
    end = node.run("true", output_files=(missing,))
    assert end.exit_code == 0
    assert end.file_upload_error
    assert end.failure.category == "UserError"
    assert end.failure.code == "FileUploadContainerNotFound"
    assert end.failure.details[1:] == (
        ("FilePattern", "../*.txt"),
        ("FileDestination", url.partition("?")[0]),
    )
    assert end.failure.details[0] == ("FilePath", f"{node.directory}/stderr.txt")
    assert "FileUploadContainerNotFound" in log(node, "fileuploaderr.txt")


def test_a_sas_that_may_not_write_is_a_failure_and_shows_nowhere(
    node: Node, container: ContainerClient, blob_service: BlobServiceClient, output: Output
) -> None:
    token = sas(blob_service, container.container_name, "r")
    refused = OutputFile(file_pattern="big", container_url=f"{container.url}?{token}")
    command = "/bin/sh -c 'head -c 30000000 /dev/zero > big'"
    end = node.run(command, output_files=(refused, output("../stdout.txt")))
    assert end.failure.code == "FileUploadAccessDenied"
    assert token not in repr(refused) + repr(end) + log(node, "fileuploaderr.txt") + log(node, "fileuploadout.txt")
    assert blobs(container).keys() == {"stdout.txt"}, "one failure does not keep the others from being uploaded"


def test_the_exit_code_outranks_a_failed_upload(node: Node) -> None:
    end = node.run("false", output_files=(OutputFile(file_pattern="../stdout.txt", container_url="nothing"),))
    assert end.failure.code == "FailureExitCode"
    assert end.file_upload_error


def test_a_destination_that_is_no_url_is_a_failure(node: Node) -> None:
    end = node.run("true", output_files=(OutputFile(file_pattern="../stdout.txt", container_url="ftp://host/c"),))
    assert (end.failure.category, end.failure.code) == ("ServerError", "FileUploadMiscError")
