"""Executes the statements of a formula, with a limit on the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recipebatch.emulator.scheduler.autoscale import functions, sampling, targets
from recipebatch.emulator.scheduler.autoscale.metrics import METRICS, OLD_NAMES, SLOTS_PER_NODE
from recipebatch.emulator.scheduler.autoscale.operators import binary, unary
from recipebatch.emulator.scheduler.autoscale.syntax import (
    INSUFFICIENT_SAMPLES,
    Call,
    Chain,
    Choice,
    EvaluationError,
    Formula,
    Member,
    Method,
    Name,
    Node,
    Number,
    Position,
    Text,
    Unary,
    Vector,
)
from recipebatch.emulator.scheduler.autoscale.values import (
    INTERVALS,
    NODE_DEALLOCATION_OPTIONS,
    Value,
    member,
    type_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.emulator.scheduler.autoscale.samples import Samples
    from recipebatch.emulator.scheduler.autoscale.values import Timestamp

MAX_ELEMENTS: Final = 200_000
"""Maximum number of vector elements that one evaluation may process; a limit of the emulator, not of Azure."""

_CONSTANTS: Final[Mapping[str, Value]] = {**INTERVALS, **{option: option for option in NODE_DEALLOCATION_OPTIONS}}
_READ_ONLY: Final = frozenset((*METRICS, *OLD_NAMES, SLOTS_PER_NODE, *_CONSTANTS))


class _StopEvaluation(Exception):  # noqa: N818 - no error: `stop()` was called
    """`stop()` was called."""


class Interpreter:
    """One evaluation.

    Attributes:
        variables: the user's variables with their current values.
    """

    def __init__(
        self,
        *,
        now: Timestamp,
        samples: Samples,
        plain: Mapping[str, float],
        targets: targets.Targets,
        rand: Callable[[], float],
    ) -> None:
        self.variables: dict[str, Value] = {}
        self._now = now
        self._samples = samples
        self._plain = plain
        self._targets = targets
        self._rand = rand
        self._handled = 0

    def run(self, formula: Formula) -> None:
        """Execute all statements, or those before a `stop()`; variables set until then stay (unverified).

        Raises:
            EvaluationError: an operation is invalid.
        """
        try:
            for statement in formula.statements:
                value = self._value(statement.value)
                if statement.target is not None:
                    self._assign(statement.at, statement.target, value)
        except _StopEvaluation:
            return

    def _assign(self, at: Position, name: str, value: Value) -> None:
        if name in targets.NAMES:
            try:
                self._targets.assign(name, value)
            except ValueError as error:
                raise EvaluationError(at, str(error)) from None
        elif name in _READ_ONLY:
            raise EvaluationError(at, f"Cannot assign to read-only symbol: {name}")
        else:
            self._spend(at, value)
            self.variables[name] = value

    def _value(self, node: Node) -> Value:  # noqa: PLR0911 - one return for each kind of expression
        node = self._branch_taken(node)
        match node:
            case Number() | Text():
                return node.value
            case Name():
                return self._name(node)
            case Chain():
                return self._chain(node)
            case Call():
                return self._call(node)
            case Method():
                return self._method(node)
            case Member():
                return self._member(node)
            case Unary():
                return self._guarded(node.at, lambda operand: unary(node.operator, operand), node.operand)
            case Vector():
                return self._guarded(node.at, lambda *items: functions.vector(items), *node.items)
        # Never reached: all kinds of expressions are handled above.
        raise AssertionError(type(node))

    def _branch_taken(self, node: Node) -> Node:
        """Select the branch of `?:`; the other one is not evaluated: sample formulas use this to avoid missing samples.

        A loop instead of recursion, for long chains `a ? b : c ? d : ...`.
        """
        while isinstance(node, Choice):
            condition = self._value(node.condition)
            if not isinstance(condition, float):
                raise EvaluationError(node.at, f"A condition must be a double, not a {type_name(condition)}")
            node = node.yes if condition else node.no
        return node

    def _guarded(self, at: Position, carry_out: Callable[..., Value], *operands: Node) -> Value:
        """Evaluate operands and apply an operation; a ValueError is reported at `at`."""
        values = [self._value(operand) for operand in operands]
        return self._checked(at, lambda: carry_out(*values), *values)

    def _checked(self, at: Position, carry_out: Callable[[], Value], *values: Value) -> Value:
        self._spend(at, *values)
        try:
            return carry_out()
        except sampling.InsufficientSamplesError as error:
            raise EvaluationError(at, str(error), code=INSUFFICIENT_SAMPLES) from None
        except ValueError as error:
            raise EvaluationError(at, str(error)) from None

    def _spend(self, at: Position, *values: Value) -> None:
        """Count the vector elements that are read, combined, joined or stored, which limits time and memory."""
        self._handled += sum(len(value) for value in values if isinstance(value, tuple))
        if self._handled > MAX_ELEMENTS:
            raise EvaluationError(at, f"The formula handles more than {MAX_ELEMENTS} elements of vectors")

    def _name(self, node: Name) -> Value:
        """The value of a variable, target, constant, or metric without a method.

        `$CurrentDedicatedNodes` and `$TaskSlotsPerNode` are used as numbers by the article and by users; that any other
        metric without a method is its newest sample is unverified, and so is that a symbol may be undefined in a
        branch that is not evaluated.
        """
        name = OLD_NAMES.get(node.name, node.name)
        if name in self.variables:
            return self.variables[name]
        if name in targets.NAMES:
            return self._targets.read(name)
        if name in self._plain:
            return self._plain[name]
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        if name not in METRICS:
            raise EvaluationError(node.at, f"Undefined symbol: {node.name}")
        newest = self._samples.newest(name, 1, self._now)
        if not newest:
            raise EvaluationError(
                node.at,
                f"Insufficient data from data set: {name} wanted 100%, received 0%",
                code=INSUFFICIENT_SAMPLES,
            )
        return newest[0]

    def _chain(self, node: Chain) -> Value:
        left = self._value(node.first)
        for operation in node.rest:
            # The right side is evaluated only if needed, as in C (unverified).
            if (
                operation.operator in {"&&", "||"}
                and isinstance(left, float)
                and bool(left) is (operation.operator == "||")
            ):
                left = float(bool(left))
                continue
            right = self._value(operation.right)
            left = self._binary(operation.at, operation.operator, left, right)
        return left

    def _binary(self, at: Position, operator: str, left: Value, right: Value) -> Value:
        return self._checked(at, lambda: binary(operator, left, right), left, right)

    def _call(self, node: Call) -> Value:
        if node.name == "stop" and not node.arguments:
            raise _StopEvaluation
        if node.name not in functions.NAMES:
            raise EvaluationError(node.at, f"Undefined symbol: {node.name}")

        def carry_out(*arguments: Value) -> Value:
            return functions.call(node.name, arguments, now=self._now, rand=self._rand)

        return self._guarded(node.at, carry_out, *node.arguments)

    def _method(self, node: Method) -> Value:
        """A method of a metric. Its errors are reported at the position of the metric's name (unverified)."""
        name = OLD_NAMES.get(node.owner.name, node.owner.name) if isinstance(node.owner, Name) else ""
        if name not in METRICS or node.name not in sampling.NAMES:
            if name not in METRICS:
                # If the owner itself has an error, report that one.
                self._value(node.owner)
            raise EvaluationError(node.at, f"Undefined method: {node.name}")

        def carry_out(*arguments: Value) -> Value:
            answer = sampling.call(name, node.name, arguments, self._samples, self._now)
            self._spend(node.at, answer)
            return answer

        return self._guarded(node.at, carry_out, *node.arguments)

    def _member(self, node: Member) -> Value:
        part = member(self._value(node.owner), node.name)
        if part is None:
            raise EvaluationError(node.at, f"Undefined member: {node.name}")
        return part
