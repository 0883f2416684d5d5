"""The set-up of nodes and tasks, on a service with applications and an auto-storage account."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from recipebatch.emulator import EmulatorAccount, start_emulator
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azure.batch import BatchClient
    from azure.storage.blob import BlobServiceClient, ContainerClient

    from recipebatch.local.azurite.azurite import Azurite

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
    """Adds pool `p` with one node and job `j`; returns the node when it is up or unusable."""

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
    """Runs a task of job `j`; returns it and its output."""

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


def test_a_mounted_container_outlives_a_reboot(
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
    assert run(command)[1] == "12777\n777\n"


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


UBUNTU = "publisher canonical offer ubuntu-24_04-lts sku server"


def test_a_pool_for_containers_needs_an_image_that_has_an_engine(
    add: Callable[..., models.BatchNode], machine: models.VirtualMachineConfiguration
) -> None:
    wanted = models.VirtualMachineConfiguration(
        image_reference=machine.image_reference,
        node_agent_sku_id=machine.node_agent_sku_id,
        container_configuration=models.BatchContainerConfiguration(type="dockerCompatible"),
    )
    with pytest.raises(HttpResponseError) as refused:
        add(virtual_machine_configuration=wanted)
    assert refused.value.model is not None
    assert [pair.value for pair in refused.value.model.error_values or ()] == [
        "containerConfiguration",
        f"The specified imageReference with {UBUNTU} does not support container feature.",
    ]


def with_containers(*images: str) -> models.VirtualMachineConfiguration:
    wanted = models.BatchContainerConfiguration(type="dockerCompatible", container_image_names=list(images))
    return models.VirtualMachineConfiguration(
        image_reference=models.BatchVmImageReference(publisher="microsoft-dsvm", offer="ubuntu-hpc", sku="2404"),
        node_agent_sku_id="batch.node.ubuntu 24.04",
        container_configuration=wanted,
    )


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fake docker, the only program on PATH: it has the image `tool:1` and runs commands without a container.

    It logs its calls in the file `calls` next to it.
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
container) printf 'c0ffee\\texited\\tit had enough\\n' ;;
run) while [ "$1" != tool:1 ]; do shift; done; shift; exec "$@" ;;
esac
"""


def test_an_image_that_cannot_be_pulled_fails_the_task(
    engine: Path, add: Callable[..., models.BatchNode], run: Callable[..., Any]
) -> None:
    add(virtual_machine_configuration=with_containers())
    task, _ = run("true", container_settings=models.BatchTaskContainerSettings(image_name="none:1"))
    assert failure(task).code == "ContainerInvalidImage"
    assert {detail.name: detail.value for detail in failure(task).details} == {
        "ImageName": "none:1",
        "Message": "manifest for none:1 not found",
    }
    assert "pull none:1" in engine.read_text(encoding="utf-8")


def test_a_pools_image_that_cannot_be_pulled_makes_its_nodes_unusable(
    engine: Path, add: Callable[..., models.BatchNode]
) -> None:
    node = add(virtual_machine_configuration=with_containers("none:1"))
    assert node.state == "unusable"
    assert [error.code for error in node.errors or ()] == ["ContainerInvalidImage"]
    assert engine.exists()


def test_a_container_task_runs_in_a_container(
    engine: Path, add: Callable[..., models.BatchNode], run: Callable[..., Any], until: Until
) -> None:
    add(virtual_machine_configuration=with_containers("tool:1"))
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


def test_every_kind_of_task_reports_its_container(
    engine: Path, rich: BatchClient, add: Callable[..., models.BatchNode], until: Until
) -> None:
    container = models.BatchTaskContainerSettings(image_name="tool:1")
    start = models.BatchStartTask(command_line="true", container_settings=container, wait_for_success=True)
    node = add(virtual_machine_configuration=with_containers("tool:1"), start_task=start)
    pool = models.BatchPoolInfo(pool_id="p")
    rich.create_job(
        models.BatchJobCreateOptions(
            id="k",
            pool_info=pool,
            job_manager_task=models.BatchJobManagerTask(
                id="m", command_line="true", container_settings=container, kill_job_on_completion=False
            ),
            job_preparation_task=models.BatchJobPreparationTask(command_line="true", container_settings=container),
            job_release_task=models.BatchJobReleaseTask(command_line="true", container_settings=container),
        )
    )
    until(lambda: rich.get_task("k", "m").state == "completed")
    options: Any = {"terminateReason": "enough"}
    rich.begin_terminate_job("k", options, polling_interval=0).result()
    until(lambda: rich.get_job("k").state == "completed")
    (known,) = rich.list_job_preparation_and_release_task_status("k")
    infos: list[Any] = [
        node.start_task_info,
        rich.get_task("k", "m").execution_info,
        known.job_preparation_task_execution_info,
        known.job_release_task_execution_info,
    ]
    expected = {"containerId": "c0ffee", "state": "exited", "error": "it had enough"}
    assert [info.container_info.as_dict() for info in infos] == [expected] * 4
    assert not list(engine.parent.parent.glob("accounts/*/containers/*"))


def test_a_container_sees_only_the_mounts_of_its_task(
    engine: Path, add: Callable[..., models.BatchNode], run: Callable[..., Any]
) -> None:
    add(virtual_machine_configuration=with_containers("tool:1"))
    mounts = [
        models.ContainerHostBatchBindMountEntry(source="Shared", is_read_only=True),
        models.ContainerHostBatchBindMountEntry(source="Applications"),
    ]
    container = models.BatchTaskContainerSettings(image_name="tool:1", container_host_batch_bind_mounts=mounts)
    run("true", container_settings=container)
    (started,) = [call for call in engine.read_text(encoding="utf-8").splitlines() if call.startswith("run ")]
    words = started.split()
    seen = [words[place + 1].partition(":")[2] for place, word in enumerate(words) if word == "--volume"]
    assert [Path(each.removesuffix(":ro")).name for each in seen] == ["shared", "applications"]
    assert seen[0].endswith(":ro")
    assert words[words.index("--tmpfs") + 1] == words[words.index("--workdir") + 1]


def test_a_container_may_have_a_command_of_its_own_and_a_process_may_not(
    engine: Path, rich: BatchClient, add: Callable[..., models.BatchNode]
) -> None:
    add(virtual_machine_configuration=with_containers("tool:1"))
    container = models.BatchTaskContainerSettings(image_name="tool:1", working_directory="containerImageDefault")
    rich.create_task("j", models.BatchTaskCreateOptions(id="t", command_line="", container_settings=container))
    with pytest.raises(HttpResponseError) as refused:
        rich.create_task("j", models.BatchTaskCreateOptions(id="u", command_line=""))
    error: Any = refused.value.error
    assert error.code == "InvalidPropertyValue"
    assert engine.exists()


def test_a_multi_instance_task_in_a_container_is_refused(
    engine: Path, rich: BatchClient, add: Callable[..., models.BatchNode]
) -> None:
    add(virtual_machine_configuration=with_containers("tool:1"))
    task = models.BatchTaskCreateOptions(
        id="t",
        command_line="true",
        container_settings=models.BatchTaskContainerSettings(image_name="tool:1"),
        multi_instance_settings=models.MultiInstanceSettings(number_of_instances=1, coordination_command_line="true"),
    )
    with pytest.raises(HttpResponseError) as refused:
        rich.create_task("j", task)
    error: Any = refused.value.error
    assert error.code == "UnsupportedProperty"
    assert engine.exists()


def test_a_container_that_a_killed_emulator_left_is_removed_by_the_next(
    engine: Path, tmp_path: Path, until: Until
) -> None:
    root = tmp_path / "again"
    start_emulator(root).stop()
    notes = root / "accounts" / "local" / "containers"
    notes.mkdir()
    (notes / "recipebatch-left").write_text(str(engine.parent / "docker"), encoding="utf-8")
    start_emulator(root).stop()
    until(lambda: "rm --force recipebatch-left" in engine.read_text(encoding="utf-8"))
    assert not list(notes.iterdir())


@pytest.fixture
def image(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An image made of busybox in a real engine; the fake engine's image if none is available."""
    busybox = shutil.which("busybox")
    for program in filter(None, map(shutil.which, ("docker", "podman"))) if busybox else ():
        with tarfile.open(tmp_path / "root.tar", "w") as archive:
            archive.add(busybox or "", "bin/busybox", recursive=False)
            for name in ("sh", "cat", "sleep"):
                link = tarfile.TarInfo(f"bin/{name}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                archive.addfile(link)
        name = f"localhost/recipebatch-test-{os.getpid()}:1"
        asked = (
            [program, "import", str(tmp_path / "root.tar"), name],
            [program, "run", "--rm", name, "/bin/sh", "-c", ""],
        )
        if all(subprocess.run(each, capture_output=True, check=False).returncode == 0 for each in asked):
            yield name
            subprocess.run([program, "rmi", "--force", name], capture_output=True, check=False)
            return
    request.getfixturevalue("engine")
    yield "tool:1"


def test_a_container_task_reads_and_writes_its_directory_and_can_be_ended(
    image: str,
    rich: BatchClient,
    add: Callable[..., models.BatchNode],
    run: Callable[..., Any],
    until: Until,
) -> None:
    add(virtual_machine_configuration=with_containers(image))
    container = models.BatchTaskContainerSettings(image_name=image)
    setting = models.EnvironmentSetting(name="MINE", value="it's mine")
    command = """/bin/sh -c 'echo "$MINE"; pwd; echo made > out; echo bad >&2; exit 3'"""
    task, out = run(command, container_settings=container, environment_settings=[setting])
    assert failure(task).code == "FailureExitCode"
    assert task.execution_info.exit_code == 3
    assert task.execution_info.container_info.state == "exited"
    first, second = out.splitlines()
    assert (first, Path(second).parts[-5:]) == ("it's mine", ("workitems", "j", "job-1", "t", "wd"))
    assert b"".join(rich.download_task_file("j", "t", "wd/out")) == b"made\n"
    assert b"".join(rich.download_task_file("j", "t", "stderr.txt")) == b"bad\n"
    stubborn = """/bin/sh -c 'trap "" TERM; echo up; while true; do sleep 1; done'"""
    rich.create_task("j", models.BatchTaskCreateOptions(id="s", command_line=stubborn, container_settings=container))
    until(lambda: rich.get_task("j", "s").state == "running" and _said(rich, "s"))
    rich.terminate_task("j", "s")
    notes = Path(second).parents[7] / "containers"
    until(lambda: not list(notes.iterdir()))


def _said(batch: BatchClient, task: str) -> bytes:
    try:
        return b"".join(batch.download_task_file("j", task, "stdout.txt"))
    except ResourceNotFoundError:  # the task runs, its process does not yet
        return b""
