"""RunTasks: the files of a run's first tasks, the end of what these wrote, and agent logs of nodes that were unusable.

They are in a document of their own, as the failed tasks are.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

MAX_TASKS = 50
"""The files of the first so many tasks of a run are kept."""

MAX_FILES = 100
"""Of each task the names of so many files are kept."""

OUTPUT_BYTES = 8 * 1024
"""Of stdout.txt and of stderr.txt each, their ends."""

MAX_LOGS = 50
"""So many agent logs of nodes are kept."""

LOG_BYTES = 16 * 1024
"""Of each agent log, its end."""

_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTask:
    """A task that has ended, as it is kept.

    Attributes:
        began: when its last try did, in ISO 8601; None if the service did not say.
        files: the size in bytes of each file, by its name, stdout.txt and stderr.txt first.
        more: how many files it had beside these.
        stdout: the end of stdout.txt, without secrets.
        stderr: the end of stderr.txt, without secrets.
        left_out: why nothing of what it wrote is kept; empty where it is.
    """

    job_id: str
    task_id: str
    began: str | None = None
    files: dict[str, int]
    more: int = 0
    stdout: str = ""
    stderr: str = ""
    left_out: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others."""
        return self.job_id, self.task_id

    def end_of(self, file: str) -> str | None:
        """The end of stdout.txt or stderr.txt; None if it is not kept, or the task had none."""
        ends = {"stdout.txt": self.stdout, "stderr.txt": self.stderr}
        return ends[file] if file in ends and file in self.files else None

    def is_whole(self, file: str) -> bool:
        """All of stdout.txt or stderr.txt is kept."""
        end = self.end_of(file)
        return end is not None and self.files[file] <= OUTPUT_BYTES and "\ufffd" not in end


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLog:
    """A log of the Batch agent of a node.

    Attributes:
        file: its name.
        size: in bytes, of all of it.
        end: of it, without secrets.
    """

    pool_id: str
    node_id: str
    file: str
    size: int
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTasks:
    """What is kept of a run's tasks, those that failed among them, and of its nodes that were unusable."""

    kept: tuple[KeptTask, ...] = ()
    agent_logs: tuple[KeptLog, ...] = ()

    def find(self, job: str, task: str) -> KeptTask | None:
        """The one of this job and id; None if it is not kept."""
        return next((each for each in self.kept if each.key == (job, task)), None)

    def with_seen(self, seen: Iterable[KeptTask], tried_again: Collection[tuple[str, str]] = ()) -> RunTasks:
        """With tasks whose files were read; of one that is known already the newer look counts.

        Args:
            seen: the tasks.
            tried_again: the keys of those that were tried again in another job: they make room.
        """
        found = {each.key: each for each in self.kept if each.key not in tried_again}
        for task in seen:
            if task.key in found or len(found) < MAX_TASKS:
                found[task.key] = task
        return replace(self, kept=tuple(found.values()))

    def with_agent_logs(self, seen: Sequence[KeptLog]) -> RunTasks:
        """With logs of nodes; of a node that is known already these count, and the oldest make room."""
        nodes = {(log.pool_id, log.node_id) for log in seen}
        others = [log for log in self.agent_logs if (log.pool_id, log.node_id) not in nodes]
        return replace(self, agent_logs=(*others, *seen)[-MAX_LOGS:])

    def to_json(self) -> str:
        """The text of its document."""
        body = {
            "version": _VERSION,
            "tasks": [asdict(task) for task in self.kept],
            "agent_logs": [asdict(log) for log in self.agent_logs],
        }
        return json.dumps(body, ensure_ascii=True, indent=1)


def tasks_from_json(text: str) -> RunTasks:
    """The inverse of `RunTasks.to_json`; what someone else wrote, or a later version, is nothing."""
    try:
        body = json.loads(text)
        if body["version"] != _VERSION:
            return RunTasks()
        return RunTasks(
            kept=tuple(_read(entry) for entry in body["tasks"][:MAX_TASKS]),
            agent_logs=tuple(_read_log(entry) for entry in body.get("agent_logs", [])[:MAX_LOGS]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return RunTasks()


def _read(entry: dict[str, Any]) -> KeptTask:
    files = entry["files"]
    sizes = all(isinstance(size, int) for size in (*files.values(), entry.get("more", 0)))
    began = entry.get("began")
    texts = {name: entry.get(name, "") for name in ("job_id", "task_id", "stdout", "stderr", "left_out")}
    if not (sizes and all(isinstance(text, str) for text in (began or "", *texts.values()))):
        raise TypeError("a value")
    return KeptTask(**texts, began=began, files=dict(list(files.items())[:MAX_FILES]), more=entry.get("more", 0))


def _read_log(entry: dict[str, Any]) -> KeptLog:
    texts = {name: entry[name] for name in ("pool_id", "node_id", "file", "end")}
    if not (isinstance(entry["size"], int) and all(isinstance(text, str) for text in texts.values())):
        raise TypeError("a value")
    return KeptLog(**texts, size=entry["size"])
