"""Checks the autoscale settings of a pool's body, and fills in their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.scheduler import FormulaSyntaxError, parse
from recipebatch.emulator.state import BatchError
from recipebatch.emulator.state.transitions import auto_scale

if TYPE_CHECKING:
    from recipebatch.emulator.protocol.calls import Json


def check_formula(formula: str) -> None:
    """Raises: BatchError AutoScalingFormulaSyntaxError or AutoScalingFormulaTooLong, with the place."""
    try:
        parse(formula)
    except FormulaSyntaxError as error:
        raise BatchError(error.code, ("Message", str(error))) from None


def settings_with_defaults(body: Json) -> Json:
    """A pool's settings of automatic scaling with their defaults.

    Raises:
        BatchError: they contradict each other (code from the documentation, not recorded), or the formula is invalid.
    """
    formula = body.get("autoScaleFormula")
    if not body.get("enableAutoScale", False):
        if formula is not None or "autoScaleEvaluationInterval" in body:
            raise _invalid("A formula and an interval may only be specified when enableAutoScale is true")
        return {"enableAutoScale": False}
    if formula is None:
        raise BatchError("MissingRequiredProperty", ("PropertyName", "autoScaleFormula"))
    if "targetDedicatedNodes" in body or "targetLowPriorityNodes" in body:
        raise _invalid("Target numbers of nodes may only be specified when enableAutoScale is false")
    check_formula(formula)
    interval = body.get("autoScaleEvaluationInterval", auto_scale.DEFAULT_INTERVAL)
    return {"enableAutoScale": True, "autoScaleFormula": formula, "autoScaleEvaluationInterval": interval}


def _invalid(reason: str) -> BatchError:
    return BatchError("InvalidAutoScalingSettings", ("Reason", reason))
