"""Evaluates a formula for a pool: samples and sizes → `autoScaleRun`."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipebatch.emulator.scheduler.autoscale.interpreter import Interpreter
from recipebatch.emulator.scheduler.autoscale.syntax import MESSAGES, EvaluationError, parse
from recipebatch.emulator.scheduler.autoscale.targets import Targets
from recipebatch.emulator.scheduler.autoscale.values import format_value, timestamp_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from recipebatch.emulator.scheduler.autoscale.samples import Samples
    from recipebatch.emulator.scheduler.autoscale.syntax import Formula


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSizes:
    """The numbers of nodes of a pool at the time of the evaluation.

    Attributes:
        current_dedicated: the value of `$CurrentDedicatedNodes`.
        current_low_priority: includes preempted nodes (the article).
        target_dedicated: the value of `$TargetDedicatedNodes` unless the formula sets it without an error.
    """

    current_dedicated: int = 0
    current_low_priority: int = 0
    target_dedicated: int = 0
    target_low_priority: int = 0
    task_slots_per_node: int = 1


@dataclass(frozen=True, slots=True)
class AutoScaleError:
    """Why an evaluation failed: the `error` of an autoscale run.

    Attributes:
        values: pairs for the wire's `name` and `value` (`name` here, not `key`: recorded answers).
    """

    code: str
    message: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoScaleRun:
    """The result of an evaluation; its timestamp is the caller's.

    Attributes:
        results: `$TargetDedicatedNodes=0;$TargetLowPriorityNodes=3;$NodeDeallocationOption=requeue`, then the user's
            variables in the order of their code points, `$` included, as in published answers of the service.
        error: None on success. With an error the targets are those of the pool (recorded answers), the option is
            requeue, and no user variables are listed (both unverified).
    """

    results: str
    target_dedicated: int
    target_low_priority: int
    node_deallocation_option: str
    error: AutoScaleError | None = None


def evaluate(
    formula: Formula | str,
    *,
    now: datetime,
    samples: Samples,
    current: PoolSizes,
    rand: Callable[[], float] | None = None,
) -> AutoScaleRun:
    """Evaluate a formula. Evaluation errors are in the result; the same arguments give the same result.

    Args:
        now: the current time; without a time zone it is UTC.
        rand: the source of `rand()`, from 0 up to 1; by default a sequence that depends only on `now`.

    Raises:
        FormulaSyntaxError: the text is not a formula.
    """
    parsed = parse(formula) if isinstance(formula, str) else formula
    moment = timestamp_of(now)
    # Not used for secrets.
    source = rand or random.Random(moment.ticks).random  # noqa: S311
    targets = Targets(current.target_dedicated, current.target_low_priority)
    plain = {
        "$CurrentDedicatedNodes": float(current.current_dedicated),
        "$CurrentLowPriorityNodes": float(current.current_low_priority),
        "$TaskSlotsPerNode": float(current.task_slots_per_node),
    }
    interpreter = Interpreter(now=moment, samples=samples, plain=plain, targets=targets, rand=source)
    try:
        interpreter.run(parsed)
        return _run(targets, {name: format_value(value) for name, value in interpreter.variables.items()}, None)
    except EvaluationError as error:
        unchanged = Targets(current.target_dedicated, current.target_low_priority)
        found = AutoScaleError(error.code, MESSAGES[error.code], (("Message", str(error)),))
        return _run(unchanged, {}, found)


def _run(targets: Targets, variables: dict[str, str], error: AutoScaleError | None) -> AutoScaleRun:
    listed = {
        "$TargetDedicatedNodes": str(targets.dedicated),
        "$TargetLowPriorityNodes": str(targets.low_priority),
        "$NodeDeallocationOption": targets.deallocation_option,
        **dict(sorted(variables.items())),
    }
    return AutoScaleRun(
        results=";".join(f"{name}={value}" for name, value in listed.items()),
        target_dedicated=targets.dedicated,
        target_low_priority=targets.low_priority,
        node_deallocation_option=targets.deallocation_option,
        error=error,
    )
