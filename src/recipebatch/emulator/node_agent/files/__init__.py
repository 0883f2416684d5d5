"""The files of a node: its directories, downloads, uploads, mounts and application packages."""

from recipebatch.emulator.node_agent.files.blob_uploads import upload_blobs
from recipebatch.emulator.node_agent.files.directories import (
    WORKING_DIRECTORY,
    PathLeavesDirectoryError,
    make_node_tree,
    make_task_directory,
    open_output,
    remove_tree,
    safe_join,
    start_task_directory,
    task_directory,
)
from recipebatch.emulator.node_agent.files.packages import PackageError, install_package, package_variables
from recipebatch.emulator.node_agent.files.resource_files import DownloadError

__all__ = [
    "WORKING_DIRECTORY",
    "DownloadError",
    "PackageError",
    "PathLeavesDirectoryError",
    "install_package",
    "make_node_tree",
    "make_task_directory",
    "open_output",
    "package_variables",
    "remove_tree",
    "safe_join",
    "start_task_directory",
    "task_directory",
    "upload_blobs",
]
