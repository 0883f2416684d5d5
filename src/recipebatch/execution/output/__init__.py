"""What a run's tasks and nodes have written: read while it is there, and what the record keeps of it afterwards."""

from recipebatch.execution.output.agent_logs import AskedNode, agent_output, fetch_agent_logs, unusable_nodes
from recipebatch.execution.output.of_nodes import node_output
from recipebatch.execution.output.of_record import KeptOutput, recorded_output
from recipebatch.execution.output.of_tasks import FilesOfTask, Following, files_of_tasks, is_purging, task_output
from recipebatch.execution.output.written import NoOutputError, TaskOutput

__all__ = [
    "AskedNode",
    "FilesOfTask",
    "Following",
    "KeptOutput",
    "NoOutputError",
    "TaskOutput",
    "agent_output",
    "fetch_agent_logs",
    "files_of_tasks",
    "is_purging",
    "node_output",
    "recorded_output",
    "task_output",
    "unusable_nodes",
]
