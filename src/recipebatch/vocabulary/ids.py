"""PoolId, NodeId, JobId, TaskId and the service's rules for them."""

from __future__ import annotations

import re
from typing import NewType

PoolId = NewType("PoolId", str)
NodeId = NewType("NodeId", str)
JobId = NewType("JobId", str)
TaskId = NewType("TaskId", str)
ContainerName = NewType("ContainerName", str)

RECORDS = ContainerName("recipebatch")
"""The container with the records of all runs: who can write it decides what others continue."""

_BATCH_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_CONTAINER_NAME = re.compile(r"(?=.{3,63}\Z)[a-z0-9](?:-?[a-z0-9])*\Z")


def pool_id(text: str) -> PoolId:
    """Check a pool id by the service's rule: 1 to 64 letters, digits, hyphens or underscores.

    Case is kept but does not distinguish: `train` and `Train` are the same pool.

    Raises:
        ValueError: the text breaks the rule.

    Source: Batch REST API, "Pool - Add Pool", `id`.
    """
    return PoolId(_batch_id("pool", text))


def job_id(text: str) -> JobId:
    """Check a job id: the rule of `pool_id`. Source: Batch REST API, "Job - Add Job", `id`."""
    return JobId(_batch_id("job", text))


def task_id(text: str) -> TaskId:
    """Check a task id: the rule of `pool_id`, unique in its job. Source: Batch REST API, "Task - Add Task", `id`."""
    return TaskId(_batch_id("task", text))


def container_name(text: str) -> ContainerName:
    """Check a blob container's name: 3 to 63 lower-case letters, digits and single hyphens, none at an end.

    Raises:
        ValueError: the text breaks the rule.

    Source: "Naming and referencing containers, blobs, and metadata", container names.
    """
    if not _CONTAINER_NAME.match(text):
        raise ValueError(
            f"{text!r} is not a container name: 3 to 63 lower-case letters, digits and single hyphens, "
            "beginning and ending with a letter or digit"
        )
    return ContainerName(text)


def _batch_id(kind: str, text: str) -> str:
    if not _BATCH_ID.match(text):
        length = "" if len(text) <= 64 else f" ({len(text)} characters)"  # noqa: PLR2004
        abbreviated = text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004
        raise ValueError(f"{abbreviated!r}{length} is not a {kind} id: 1 to 64 letters, digits, hyphens or underscores")
    return text
