"""The errors of a formula: of its syntax, its length, or its evaluation."""

from __future__ import annotations

from dataclasses import dataclass

EVALUATION_ERROR = "AutoScalingFormulaEvaluationError"
INSUFFICIENT_SAMPLES = "InsufficientSampleData"
MESSAGES = {
    EVALUATION_ERROR: "The specified auto-scaling formula has evaluation error",
    INSUFFICIENT_SAMPLES: "Autoscale evaluation failed due to insufficient sample data",
}
"""The message of each error code of an autoscale run: the first is recorded, the second from "Pool autoscale event"."""


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a formula; line and column in characters, both counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"Line {self.line}, Col {self.column}"


START = Position(1, 1)


class FormulaSyntaxError(ValueError):
    """The text is not a formula; the message is `Line L, Col C: ...`.

    Attributes:
        code: the service's error code; its HTTP status is 400 ("Batch status and error codes").
        reason: the message without the position; the text is unverified.
    """

    code = "AutoScalingFormulaSyntaxError"

    def __init__(self, at: Position, reason: str) -> None:
        super().__init__(f"{at}: {reason}")
        self.at = at
        self.reason = reason


class FormulaTooLongError(FormulaSyntaxError):
    """The text is longer than the service allows (400)."""

    code = "AutoScalingFormulaTooLong"


class EvaluationError(Exception):
    """A parsed formula cannot be evaluated.

    Attributes:
        code: a key of `MESSAGES`.
    """

    def __init__(self, at: Position, reason: str, *, code: str = EVALUATION_ERROR) -> None:
        super().__init__(f"{at}: {reason}")
        self.code = code
