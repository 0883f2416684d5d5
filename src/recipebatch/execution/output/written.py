"""TaskOutput: a part of what was written to one file; and the error where there is no such file, with the words."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.errors import ExitCode, RecipeBatchError
from recipebatch.text.name_lists import counted_names

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from recipebatch.runs import KeptFailure

STDOUT, STDERR = "stdout.txt", "stderr.txt"
_NAMES = 20
_TASKS = 5
_REASONS = 5


class NoOutputError(RecipeBatchError):
    """A file that was asked for is not there: the task never wrote it, has not started, or its files are gone."""

    code = "no-output"
    exit_code = ExitCode.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskOutput:
    """A part of a file that a task has written.

    Attributes:
        job: of the task; empty for a start task.
        task: its id; empty for a start task, and for the preparation and release of a job.
        text: as it was written.
        file: which one.
        node: of what ran on a node without being a task of a job, else empty.
        kind: `task`, `start task`, `job preparation task` or `job release task`.
        failure: the recorded one, of a run that was purged, if no file was named: `text` is then the end of stderr.txt,
            or of stdout.txt where that is empty, without secrets.
    """

    job: str
    task: str
    text: bytes
    file: str = STDOUT
    node: str = ""
    kind: str = "task"
    failure: KeptFailure | None = None


def last_lines(text: bytes, lines: int | None) -> bytes:
    """The last so many lines; None is all."""
    if lines is None:
        return text
    return b"".join(text.splitlines(keepends=True)[-lines:]) if lines else b""


def names_text(names: Sequence[str], most: int = _NAMES) -> str:
    """The first names, and how many more there are. Pure."""
    return counted_names(names, most)


def files_hint(file: str, names: Collection[str]) -> str:
    """The files that are there, the one of the same name in another folder first. Pure."""
    return f"it has {names_text(likely_first(file, names))}"


def likely_first(file: str, names: Collection[str]) -> list[str]:
    """Names of files in order, those that are probably meant by a name that is not among them first. Pure."""
    wanted = file.rpartition("/")[2]
    return sorted(names, key=lambda name: (name.rpartition("/")[2] != wanted, name.count("/"), name))


def missing_text(file: str, reasons: Mapping[str, str], total: int) -> str:
    """Which of several tasks have no such file, and why: the tasks of one reason together. Pure."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for task, reason in reasons.items():
        by_reason[reason].append(task)
    shown = [f"{names_text(tasks, _TASKS)}: {reason}" for reason, tasks in list(by_reason.items())[:_REASONS]]
    more = [f"and {len(by_reason) - _REASONS} more reasons"] if len(by_reason) > _REASONS else []
    what = f"{len(reasons):,} of {total:,} tasks" if total > 1 else "the task"
    have = "have" if len(reasons) > 1 else "has"
    return f"{what} {have} no {file} ({'; '.join(shown + more)})"
