"""Runs tasks on a node, which is a directory of this machine.

The door of this room: `run` runs one try of one task; `make_node_tree`, `task_directory` and `start_task_directory`
are the node's file system; `machine_environment`, `start_task_environment` and `task_environment` are what a task sees;
`kill_left_overs` ends what an emulator that was killed has left running.
"""

from recipebatch.emulator.node_runner.directories import (
    PathLeavesDirectoryError,
    make_node_tree,
    remove_tree,
    safe_join,
    start_task_directory,
    task_directory,
)
from recipebatch.emulator.node_runner.environment import (
    NodeFacts,
    machine_environment,
    start_task_environment,
    task_environment,
)
from recipebatch.emulator.node_runner.left_overs import kill_left_overs
from recipebatch.emulator.node_runner.model import Failure, OutputFile, ResourceFile, TaskEnd, TaskRun
from recipebatch.emulator.node_runner.runner import run

__all__ = [
    "Failure",
    "NodeFacts",
    "OutputFile",
    "PathLeavesDirectoryError",
    "ResourceFile",
    "TaskEnd",
    "TaskRun",
    "kill_left_overs",
    "machine_environment",
    "make_node_tree",
    "remove_tree",
    "run",
    "safe_join",
    "start_task_directory",
    "start_task_environment",
    "task_directory",
    "task_environment",
]
