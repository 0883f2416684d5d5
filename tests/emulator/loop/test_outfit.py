"""What nodes and tasks get before they start, on a service with applications and a storage account of its own."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

from recipebatch.emulator import EmulatorAccount, start_emulator
from recipebatch.vocabulary.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from azure.batch import BatchClient
    from azure.storage.blob import BlobServiceClient, ContainerClient

    from recipebatch.local.azurite import Azurite

    Until = Callable[[Callable[[], Any]], Any]
    Connect = Callable[[EmulatorAccount], BatchClient]


@pytest.fixture
def rich(tmp_path: Path, azurite: Azurite, connect: Connect) -> Iterator[BatchClient]:
    """A client of a service with the application `Tool-Box` (1.9 and 1.10) and Azurite as its auto-storage account."""
    folder = tmp_path / "applications" / "Tool-Box"
    folder.mkdir(parents=True)
    for version in ("1.9", "1.10"):
        with zipfile.ZipFile(folder / f"{version}.zip", "w") as archive:
            tool = zipfile.ZipInfo("bin/tool")
            tool.external_attr = 0o755 << 16
            archive.writestr(tool, f"#!/bin/sh\necho tool {version}\n")
    (tmp_path / "applications" / "broken").mkdir()
    (tmp_path / "applications" / "broken" / "1.zip").write_bytes(b"no zip file")
    with (
        start_emulator(tmp_path, auto_storage=Secret(azurite.connection_string)) as own,
        connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
    ):
        yield batch


@pytest.fixture
def add(
    rich: BatchClient, machine: models.VirtualMachineConfiguration, until: Until
) -> Callable[..., models.BatchNode]:
    """Adds pool `p` with one node and job `j`; answers the node when it is up or unusable."""

    def add_pool(**options: Any) -> models.BatchNode:
        wanted: dict[str, Any] = {"virtual_machine_configuration": machine, "target_dedicated_nodes": 1} | options
        rich.create_pool(models.BatchPoolCreateOptions(id="p", vm_size="standard_d2s_v3", **wanted))
        rich.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
        node: models.BatchNode = until(
            lambda: next((n for n in rich.list_nodes("p") if n.state in {"idle", "unusable"}), None)
        )
        return node

    return add_pool


@pytest.fixture
def run(rich: BatchClient, until: Until) -> Callable[..., tuple[models.BatchTask, str]]:
    """Runs a task of job `j`; answers it and what it wrote."""

    def run_task(command_line: str, **options: Any) -> tuple[models.BatchTask, str]:
        rich.create_task("j", models.BatchTaskCreateOptions(id="t", command_line=command_line, **options))
        until(lambda: rich.get_task("j", "t").state == "completed")
        task = rich.get_task("j", "t")
        if task.execution_info.exit_code is None:  # type: ignore[union-attr]
            return task, ""
        return task, b"".join(rich.download_task_file("j", "t", "stdout.txt")).decode()

    return run_task


def failure(task: models.BatchTask) -> Any:
    assert task.execution_info is not None
    return task.execution_info.failure_info


def reference(application: str, version: str | None = None) -> models.BatchApplicationPackageReference:
    return models.BatchApplicationPackageReference(application_id=application, version=version)


def test_applications_are_the_files_in_a_folder(rich: BatchClient) -> None:
    assert [(found.id, list(found.versions)) for found in rich.list_applications()] == [
        ("broken", ["1"]),
        ("Tool-Box", ["1.9", "1.10"]),
    ]
    assert rich.get_application("tool-box").id == "Tool-Box"


def test_a_pools_package_is_there_for_its_start_task_and_all_tasks(
    rich: BatchClient, add: Callable[..., models.BatchNode], run: Callable[..., Any]
) -> None:
    start = models.BatchStartTask(
        command_line="/bin/sh -c '$AZ_BATCH_APP_PACKAGE_Tool_Box_1_9/bin/tool'", wait_for_success=True
    )
    node = add(application_package_references=[reference("tool-box", "1.9")], start_task=start)
    assert b"".join(rich.download_node_file("p", node.id, "startup/stdout.txt")) == b"tool 1.9\n"
    assert run("/bin/sh -c '$AZ_BATCH_APP_PACKAGE_Tool_Box_1_9/bin/tool'")[1] == "tool 1.9\n"
    (shown,) = rich.get_pool("p").application_package_references or [reference("nothing")]
    assert (shown.application_id, shown.version) == ("tool-box", "1.9")


def test_a_task_brings_its_package_and_gets_the_highest_version_without_one(
    add: Callable[..., models.BatchNode], run: Callable[..., Any]
) -> None:
    add()
    command = "/bin/sh -c '$AZ_BATCH_APP_PACKAGE_Tool_Box/bin/tool; $AZ_BATCH_APP_PACKAGE_Tool_Box_1_10/bin/tool'"
    assert run(command, application_package_references=[reference("Tool-Box")])[1] == "tool 1.10\ntool 1.10\n"


def test_a_package_that_is_not_there_is_refused(rich: BatchClient, add: Callable[..., models.BatchNode]) -> None:
    add()
    task = models.BatchTaskCreateOptions(
        id="t", command_line="true", application_package_references=[reference("Tool-Box", "2"), reference("none")]
    )
    with pytest.raises(HttpResponseError) as refused:
        rich.create_task("j", task)
    error: Any = refused.value.error
    assert error.code == "InvalidApplicationPackageReferences"


def test_a_package_that_cannot_be_unpacked_fails_the_task(
    add: Callable[..., models.BatchNode], run: Callable[..., Any]
) -> None:
    add()
    assert failure(run("true", application_package_references=[reference("broken")])[0]).code == (
        "ApplicationPackageError"
    )


def test_a_pools_package_that_cannot_be_unpacked_makes_its_nodes_unusable(
    add: Callable[..., models.BatchNode],
) -> None:
    node = add(application_package_references=[reference("broken")])
    assert node.state == "unusable"
    assert [error.code for error in node.errors or ()] == ["ApplicationPackageError"]


def test_a_task_runs_as_a_user_of_its_pool_alone(
    add: Callable[..., models.BatchNode], rich: BatchClient, run: Callable[..., Any], until: Until
) -> None:
    add(user_accounts=[models.UserAccount(name="ann", password="hush")])
    task, _ = run("true", user_identity=models.UserIdentity(username="ann"))
    assert failure(task) is None
    assert task.user_identity == {"username": "ann"}
    other = models.BatchTaskCreateOptions(
        id="u", command_line="true", user_identity=models.UserIdentity(username="eve")
    )
    rich.create_task("j", other)
    until(lambda: rich.get_task("j", "u").state == "completed")
    assert failure(rich.get_task("j", "u")).code == "CommandLaunchFailed"


def test_files_come_from_the_auto_storage_account(
    container: ContainerClient, add: Callable[..., models.BatchNode], run: Callable[..., Any]
) -> None:
    container.upload_blob("deep/one.txt", b"1")
    start_file = models.ResourceFile(auto_storage_container_name=container.container_name, file_path="in")
    start = models.BatchStartTask(
        command_line="cat in/deep/one.txt", resource_files=[start_file], wait_for_success=True
    )
    assert add(start_task=start).state == "idle"
    file = models.ResourceFile(auto_storage_container_name=container.container_name, blob_prefix="deep/")
    assert run("cat deep/one.txt", resource_files=[file])[1] == "1"


def test_a_mounted_container_is_a_copy_that_a_reboot_renews(
    rich: BatchClient,
    blob_service: BlobServiceClient,
    container: ContainerClient,
    add: Callable[..., models.BatchNode],
    run: Callable[..., Any],
    until: Until,
) -> None:
    container.upload_blob("deep/one.txt", b"1")
    blob = models.AzureBlobFileSystemConfiguration(
        account_name=str(blob_service.account_name),
        container_name=container.container_name,
        account_key=blob_service.credential.account_key,
        relative_mount_path="data",
    )
    mount = models.MountConfiguration(azure_blob_file_system_configuration=blob)
    node = add(mount_configuration=[mount])
    assert node.state == "idle"
    container.upload_blob("two.txt", b"2")
    options: Any = {"nodeRebootOption": "requeue"}
    rich.begin_reboot_node("p", node.id, options, polling_interval=0).result()
    until(lambda: rich.get_node("p", node.id).state == "idle")
    command = "/bin/sh -c 'cd $AZ_BATCH_NODE_MOUNTS_DIR/data; cat deep/one.txt two.txt; stat -c %a two.txt .'"
    assert run(command)[1] == "12444\n555\n"


def test_a_mount_that_cannot_be_read_makes_the_node_unusable(
    blob_service: BlobServiceClient, add: Callable[..., models.BatchNode]
) -> None:
    blob = models.AzureBlobFileSystemConfiguration(
        account_name=str(blob_service.account_name),
        container_name="there-is-none",
        account_key=blob_service.credential.account_key,
        relative_mount_path="data",
    )
    node = add(mount_configuration=[models.MountConfiguration(azure_blob_file_system_configuration=blob)])
    assert node.state == "unusable"
    assert [error.code for error in node.errors or ()] == ["MountConfigurationError"]


def test_a_container_task_needs_a_pool_for_containers(
    add: Callable[..., models.BatchNode], run: Callable[..., Any]
) -> None:
    add()
    task, _ = run("true", container_settings=models.BatchTaskContainerSettings(image_name="busybox"))
    assert (failure(task).code, failure(task).message) == (
        "ContainerPoolNotSupported",
        "The specified pool does not support container tasks.",
    )


def with_containers(machine: models.VirtualMachineConfiguration, *images: str) -> models.VirtualMachineConfiguration:
    wanted = models.BatchContainerConfiguration(type="dockerCompatible", container_image_names=list(images))
    return models.VirtualMachineConfiguration(
        image_reference=machine.image_reference,
        node_agent_sku_id=machine.node_agent_sku_id,
        container_configuration=wanted,
    )


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for docker, alone on the PATH of programs: it knows the image `tool:1` and runs commands as they are.

    It notes what it is asked for in `calls` beside it.
    """
    folder = tmp_path / "engine"
    folder.mkdir()
    program = folder / "docker"
    program.write_text(ENGINE, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "calls"


ENGINE = """#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
case $1 in
image) test "$3" = tool:1 || exit 1 ;;
pull) echo "manifest for $2 not found" >&2; exit 1 ;;
run) while [ "$1" != tool:1 ]; do shift; done; shift; exec "$@" ;;
esac
"""


def test_an_image_that_cannot_be_pulled_fails_the_task(
    engine: Path, machine: Any, add: Callable[..., models.BatchNode], run: Callable[..., Any]
) -> None:
    add(virtual_machine_configuration=with_containers(machine))
    task, _ = run("true", container_settings=models.BatchTaskContainerSettings(image_name="none:1"))
    assert failure(task).code == "ContainerInvalidImage"
    assert {detail.name: detail.value for detail in failure(task).details} == {
        "ImageName": "none:1",
        "Message": "manifest for none:1 not found",
    }
    assert "pull none:1" in engine.read_text(encoding="utf-8")


def test_a_pools_image_that_cannot_be_pulled_makes_its_nodes_unusable(
    engine: Path, machine: Any, add: Callable[..., models.BatchNode]
) -> None:
    node = add(virtual_machine_configuration=with_containers(machine, "none:1"))
    assert node.state == "unusable"
    assert [error.code for error in node.errors or ()] == ["ContainerInvalidImage"]
    assert engine.exists()


def test_a_container_task_runs_in_a_container(
    engine: Path, machine: Any, add: Callable[..., models.BatchNode], run: Callable[..., Any], until: Until
) -> None:
    add(virtual_machine_configuration=with_containers(machine, "tool:1"))
    container = models.BatchTaskContainerSettings(image_name="tool:1", container_run_options="--memory 1g")
    setting = models.EnvironmentSetting(name="MINE", value="it's mine")
    task, out = run("""/bin/sh -c 'echo "$MINE"'""", container_settings=container, environment_settings=[setting])
    assert (failure(task), out) == (None, "it's mine\n")
    calls = engine.read_text(encoding="utf-8").splitlines()
    (started,) = [call for call in calls if call.startswith("run ")]
    assert "--memory 1g tool:1 /bin/sh -c" in started
    assert "--env MINE" in started
    assert "it's mine" not in started
    assert "--env PATH" not in started
    name = started.split()[started.split().index("--name") + 1]
    until(lambda: f"rm --force {name}" in engine.read_text(encoding="utf-8"))
