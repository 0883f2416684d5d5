"""The errors that a user sees as text; any other exception is a bug and keeps its traceback."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class ExitCode(IntEnum):
    """Every exit code of the command; docs/commands.md has the same list."""

    DONE = 0
    FAILED = 1
    """A task, or a test of a recipe, failed."""
    USAGE = 2
    INVALID_RECIPE = 3
    SERVICE = 4
    """The service refused a request or cannot be reached."""
    TIMED_OUT = 5
    STOPPED = 6
    """The run was stopped or paused."""
    CHANGES_PENDING = 10
    DEFECT = 70
    HUNG_UP = 129
    """The command received SIGHUP: its terminal was closed."""
    INTERRUPTED = 130
    TERMINATED = 143
    """The command received SIGTERM."""


class SourceFile(str):  # noqa: SLOT000 - a str cannot have slots
    """The name of a file, with the text that was read from it, for messages that show a line.

    A file that holds secrets, such as `accounts.yaml`, is a plain name: no message shows a line of it.
    """

    text: str

    def __new__(cls, name: str, text: str) -> Self:
        """Keep the text beside the name."""
        file = super().__new__(cls, name)
        file.text = text
        return file

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        """What a copy is made of."""
        return str(self), self.text


@dataclass(frozen=True, slots=True, order=True)
class SourcePosition:
    """A position in a file: its path as passed by the user, line and column, both counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class RecipeBatchError(Exception):
    """An error that the user can understand and act on.

    Attributes:
        code: the kind of error, printed in brackets; stable, for scripts.
        exit_code: the exit code of the command.
        hint: what to do next, or None.
        at: the position of the cause, or None if it is not in a file.
    """

    code = "error"
    exit_code: ExitCode = ExitCode.SERVICE

    def __init__(self, message: str, *, hint: str | None = None, at: SourcePosition | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.at = at

    @property
    def message(self) -> str:
        """The message without position, code and hint."""
        return str(self.args[0])


class UsageError(RecipeBatchError):
    """The command line or the configuration is invalid."""

    code = "usage"
    exit_code = ExitCode.USAGE


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a recipe.

    Attributes:
        code: the violated rule, such as `unknown-key`.
        severity: `error`, or for findings of `lint` also `warning` or `note`.
    """

    at: SourcePosition
    message: str
    code: str = "invalid-recipe"
    hint: str | None = None
    severity: str = "error"


class InvalidRecipeError(RecipeBatchError):
    """The recipe is invalid; has all problems of the file."""

    code = "invalid-recipe"
    exit_code = ExitCode.INVALID_RECIPE

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(first.message, hint=first.hint, at=first.at)
        self.problems = problems


class UnknownValueError(InvalidRecipeError):
    """What is looked at depends on a parameter without a value; nothing is known to be wrong with it."""

    def __init__(self) -> None:
        RecipeBatchError.__init__(self, "a parameter has no value")
        self.problems = ()


MAX_PROBLEMS = 200
"""Problems of one recipe after which the rest of it is not checked."""


class ProblemList(list[Problem]):
    """What is wrong with one recipe so far. Each addition may raise InvalidRecipeError: there are too many."""

    def append(self, problem: Problem, /) -> None:
        """Add one."""
        if len(self) >= MAX_PROBLEMS:
            message = f"more than {MAX_PROBLEMS} problems: the rest of the recipe is not checked"
            last = Problem(problem.at, message, "too-many-problems", "correct those above first")
            raise InvalidRecipeError((*sorted(self, key=lambda each: (each.at, each.message)), last))
        super().append(problem)

    @contextmanager
    def collecting(self) -> Iterator[None]:
        """Keep the problems that a block raises as InvalidRecipeError; what is left of the block is not done."""
        try:
            yield
        except InvalidRecipeError as error:
            self.extend(error.problems)

    def extend(self, problems: Iterable[Problem], /) -> None:
        """Add several."""
        for problem in problems:
            self.append(problem)

    def __iadd__(self, problems: Iterable[Problem], /) -> Self:  # type: ignore[misc,override]
        self.extend(problems)
        return self


def fail_at(at: SourcePosition, message: str, code: str = "invalid-recipe", hint: str | None = None) -> NoReturn:
    """Raise InvalidRecipeError with one problem at a position."""
    raise InvalidRecipeError((Problem(at, message, code, hint),)) from None


class ServiceError(RecipeBatchError):
    """The Batch or storage service refused a request, failed, or could not be reached."""

    code = "service"
    exit_code = ExitCode.SERVICE


class UnreachableError(ServiceError):
    """The service did not respond; the request may have taken effect. It is safe to try again."""

    code = "unreachable"


class PoolConflictError(ServiceError):
    """A pool with this id exists and differs from the recipe."""

    code = "pool-conflict"


class JobQuotaError(ServiceError):
    """The account has no room for another active job or job schedule."""

    code = "job-quota"


class WaitTimeoutError(RecipeBatchError):
    """A wait reached its timeout; what it waited for may still happen."""

    code = "timed-out"
    exit_code = ExitCode.TIMED_OUT


class RunStoppedError(RecipeBatchError):
    """The run was stopped by another command, which collects its outputs and purges it."""

    code = "run-stopped"
    exit_code = ExitCode.STOPPED


class MaxCostError(RecipeBatchError):
    """A run can cost more than its recipe allows, or what it costs is not known; nothing was started."""

    code = "max-cost"
    exit_code = ExitCode.INVALID_RECIPE


class CostLimitError(RunStoppedError):
    """The nodes of a run have cost more than its recipe allows.

    Attributes:
        by: what stops the run, for its record.
    """

    code = "max-cost-reached"

    def __init__(self, message: str, *, by: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.by = by


class RunPausedError(RecipeBatchError):
    """The run was paused by another command, or one of its jobs is disabled."""

    code = "run-paused"
    exit_code = ExitCode.STOPPED


class LocalAccountError(ServiceError):
    """The local account cannot be installed, started or stopped."""

    code = "local-account"


class MachineError(RecipeBatchError):
    """This machine refused what the command needs: memory, open files, threads, a file or a folder."""

    code = "machine"
    exit_code = ExitCode.SERVICE


class OutputError(RecipeBatchError):
    """Results could not be written to stdout; the command went on without."""

    code = "output"
    exit_code = ExitCode.SERVICE


class DefectError(RecipeBatchError):
    """An internal error of recipebatch; the progress of the run up to this point is recorded."""

    code = "defect"
    exit_code = ExitCode.DEFECT


class InterruptedRunError(RecipeBatchError):
    """The user interrupted a command that works on a run; jobs and pools that it started continue."""

    code = "interrupted"
    exit_code = ExitCode.INTERRUPTED
