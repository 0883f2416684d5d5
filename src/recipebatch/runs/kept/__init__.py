"""What is kept beside a run's record of what its tasks wrote: for after its nodes are gone, and after its purge."""

from recipebatch.runs.kept.failures import MAX_KEPT, KeptFailure, RunFailures
from recipebatch.runs.kept.tasks import MAX_FILES, MAX_TASKS, OUTPUT_BYTES, KeptTask, RunTasks

__all__ = ["MAX_FILES", "MAX_KEPT", "MAX_TASKS", "OUTPUT_BYTES", "KeptFailure", "KeptTask", "RunFailures", "RunTasks"]
