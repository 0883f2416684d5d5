"""Numbers the service enforces, each with its unit and its source."""

from __future__ import annotations

from datetime import timedelta

MAX_ID_LENGTH = 64
"""Characters of a pool, job or task id. Source: Batch REST API, "Pool - Add Pool", `id`."""

MAX_TASKS_PER_COLLECTION = 100
"""Tasks in one request. Source: Batch REST API, "Task - Add Task Collection"."""

MAX_REQUEST_BYTES = 1_048_576
"""Bytes of one request body; above: 413 RequestBodyTooLarge with MaxLimit. Source: recorded answers."""

MAX_TASK_SLOTS_PER_NODE = 256
"""Tasks at once on one node, and never more than 4 x cores. Source: Batch REST API, `taskSlotsPerNode`."""

MAX_COMMUNICATING_NODES = 100
"""Nodes of a pool with inter-node communication. Source: Batch documentation, "Batch service quotas and limits"."""

MIN_JOB_PRIORITY = -1000
MAX_JOB_PRIORITY = 1000
"""Job priority. Source: Batch REST API, "Job - Add Job", `priority`."""

MIN_AUTO_SCALE_INTERVAL = timedelta(minutes=5)
MAX_AUTO_SCALE_INTERVAL = timedelta(days=7)
"""Of `autoScaleEvaluationInterval`. Source: Batch REST API, "Pool - Add Pool"."""

MAX_INTEGER = 2**31 - 1
"""The greatest number of a property. Source: Batch REST API, all of its integers but sizes of files are int32."""

MAX_TARGET_NODES = MAX_INTEGER
"""Of each kind. Source: Batch REST API, "Pool - Resize Pool", `targetDedicatedNodes`: int32."""

MIN_RESIZE_TIMEOUT = timedelta(minutes=5)
DEFAULT_RESIZE_TIMEOUT = timedelta(minutes=15)
"""How long an allocation may take. Source: Batch REST API, "Pool - Resize Pool", `resizeTimeout`."""

DEFAULT_RETENTION_TIME = timedelta(days=7)
"""How long a task's directory stays on its node. Source: recorded answers (`P7D`)."""

MAX_DEPENDENCY_CHARACTERS = 64_000
"""Characters of all ids one task depends on together. Source: Batch REST API, `BatchTaskDependencies`."""

MAX_PAGE_SIZE = 1000
"""Entries of one page of a list, and the default. Source: Batch REST API, `maxresults`."""

MAX_DISPLAY_NAME_LENGTH = 1024
"""Characters of a display name. Source: Batch REST API, `displayName`."""

MAX_AUTO_POOL_PREFIX_LENGTH = 20
"""Characters of `autoPoolIdPrefix`. Source: Batch REST API, `AutoPoolSpecification`."""

MIN_RECURRENCE_INTERVAL = timedelta(minutes=1)
MIN_START_WINDOW = timedelta(minutes=1)
"""Times of a job schedule. Source: Batch REST API, `Schedule`."""

MAX_ARGUMENT_BYTES = 131_072
"""Bytes of one argument of a Linux program, and of one `NAME=value` of its environment, each with its final NUL.
Source: execve(2), MAX_ARG_STRLEN."""

MAX_CMD_CHARACTERS = 8191
"""Characters of one line of cmd.exe. Source: Microsoft, "Command prompt line string limitation"."""

MAX_WINDOWS_CHARACTERS = 32_767
"""Characters of a command line and of an environment variable of Windows, with the final NUL. Source: Win32 API,
CreateProcessW and SetEnvironmentVariableW."""

MAX_RELEASE_TIME = timedelta(minutes=15)
"""The longest a release task may run. Source: Batch REST API, `JobReleaseTask`."""
