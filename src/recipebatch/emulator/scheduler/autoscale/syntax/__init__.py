"""The syntax of autoscale formulas: text → statements."""

from recipebatch.emulator.scheduler.autoscale.syntax.errors import (
    INSUFFICIENT_SAMPLES,
    MESSAGES,
    EvaluationError,
    FormulaSyntaxError,
    FormulaTooLongError,
    Position,
)
from recipebatch.emulator.scheduler.autoscale.syntax.formula import (
    Call,
    Chain,
    Choice,
    Formula,
    Member,
    Method,
    Name,
    Node,
    Number,
    Text,
    Unary,
    Vector,
)
from recipebatch.emulator.scheduler.autoscale.syntax.parsing import parse

__all__ = [
    "INSUFFICIENT_SAMPLES",
    "MESSAGES",
    "Call",
    "Chain",
    "Choice",
    "EvaluationError",
    "Formula",
    "FormulaSyntaxError",
    "FormulaTooLongError",
    "Member",
    "Method",
    "Name",
    "Node",
    "Number",
    "Position",
    "Text",
    "Unary",
    "Vector",
    "parse",
]
