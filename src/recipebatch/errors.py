"""The one family of errors that a user sees as text; any other exception is a bug and keeps its traceback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn


@dataclass(frozen=True, slots=True, order=True)
class SourcePosition:
    """Where something is written: a file as the user named it, a line and a column, both counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class RecipeBatchError(Exception):
    """Something the user can understand and act on.

    Attributes:
        code: the kind of error, shown in brackets; stable, for scripts.
        exit_code: what the command exits with.
        hint: what to do next, or None.
        at: where the cause is written, or None when no file is to blame.
    """

    code = "error"
    exit_code = 4

    def __init__(self, message: str, *, hint: str | None = None, at: SourcePosition | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.at = at

    @property
    def message(self) -> str:
        """The sentence without position, code and hint."""
        return str(self.args[0])


class UsageError(RecipeBatchError):
    """The command line or the settings do not say something that can be done."""

    code = "usage"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a recipe.

    Attributes:
        code: the rule that is broken, such as `unknown-key`.
        severity: `error`; what only `lint` reports may be a `warning` or a `note`.
    """

    at: SourcePosition
    message: str
    code: str = "invalid-recipe"
    hint: str | None = None
    severity: str = "error"


class InvalidRecipeError(RecipeBatchError):
    """The recipe file does not say something recipebatch can run; carries every problem of the file at once."""

    code = "invalid-recipe"
    exit_code = 3

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        super().__init__(first.message, hint=first.hint, at=first.at)
        self.problems = problems


def fail_at(at: SourcePosition, message: str, code: str = "invalid-recipe", hint: str | None = None) -> NoReturn:
    """Raise InvalidRecipeError with one problem at a position."""
    raise InvalidRecipeError((Problem(at, message, code, hint),)) from None


class ServiceError(RecipeBatchError):
    """The Batch or storage service refused, failed, or could not be reached."""

    code = "service"
    exit_code = 4


class UnreachableError(ServiceError):
    """No answer came; what was asked may or may not have been done. Trying again is safe and may help."""

    code = "unreachable"


class PoolConflictError(ServiceError):
    """A pool exists that is not the one the recipe asks for."""

    code = "pool-conflict"


class WaitTimeoutError(RecipeBatchError):
    """A wait reached its limit; what was waited for may still happen."""

    code = "timed-out"
    exit_code = 5


class LocalAccountError(ServiceError):
    """The local account cannot be installed, started or stopped."""

    code = "local-account"


class DefectError(RecipeBatchError):
    """recipebatch itself is wrong; what a run has done until then is recorded as after any other end."""

    code = "defect"
    exit_code = 70


class InterruptedRunError(RecipeBatchError):
    """The user interrupted a command that works on a run; what was begun goes on without it."""

    code = "interrupted"
    exit_code = 130
