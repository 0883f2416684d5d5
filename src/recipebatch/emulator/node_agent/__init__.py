"""Runs tasks on a node, which is a directory of this machine.

`run` runs one attempt of a task. `make_node_tree`, `task_directory` and `start_task_directory` are the file system of a
node; `machine_environment`, `start_task_environment` and `task_environment` make the environment of a task.
`in_container` turns a task into one that runs in a container. `kill_orphan_processes` and `remove_orphan_containers`
remove what a killed emulator left running; `PROCESSES` are those of running tasks. `upload_blobs` writes texts to a
blob container.
"""

from recipebatch.emulator.node_agent.containers import (
    ImageError,
    Registry,
    begin_container,
    end_container,
    engine_error,
    find_engine,
    in_container,
    pull_image,
    remove_orphan_containers,
)
from recipebatch.emulator.node_agent.coordination import (
    Coordination,
    download_common_files,
    launcher_variables,
    make_remote_shell,
)
from recipebatch.emulator.node_agent.environment import (
    NodeFacts,
    machine_environment,
    start_task_environment,
    task_environment,
)
from recipebatch.emulator.node_agent.failures import no_directory
from recipebatch.emulator.node_agent.files.blob_uploads import upload_blobs
from recipebatch.emulator.node_agent.files.directories import (
    PathLeavesDirectoryError,
    make_node_tree,
    remove_tree,
    safe_join,
    start_task_directory,
    task_directory,
)
from recipebatch.emulator.node_agent.files.mounts import ContainerMount
from recipebatch.emulator.node_agent.files.packages import PackageError, install_package, package_variables
from recipebatch.emulator.node_agent.files.resource_files import DownloadError
from recipebatch.emulator.node_agent.http_client import Stop, TransferError
from recipebatch.emulator.node_agent.model import Failure, OutputFile, ResourceFile, TaskEnd, TaskRun
from recipebatch.emulator.node_agent.orphan_processes import kill_orphan_processes
from recipebatch.emulator.node_agent.task_processes import PROCESSES
from recipebatch.emulator.node_agent.task_runner import run
from recipebatch.emulator.node_agent.threads import StalledError, in_thread

__all__ = [
    "PROCESSES",
    "ContainerMount",
    "Coordination",
    "DownloadError",
    "Failure",
    "ImageError",
    "NodeFacts",
    "OutputFile",
    "PackageError",
    "PathLeavesDirectoryError",
    "Registry",
    "ResourceFile",
    "StalledError",
    "Stop",
    "TaskEnd",
    "TaskRun",
    "TransferError",
    "begin_container",
    "download_common_files",
    "end_container",
    "engine_error",
    "find_engine",
    "in_container",
    "in_thread",
    "install_package",
    "kill_orphan_processes",
    "launcher_variables",
    "machine_environment",
    "make_node_tree",
    "make_remote_shell",
    "no_directory",
    "package_variables",
    "pull_image",
    "remove_orphan_containers",
    "remove_tree",
    "run",
    "safe_join",
    "start_task_directory",
    "start_task_environment",
    "task_directory",
    "task_environment",
    "upload_blobs",
]
