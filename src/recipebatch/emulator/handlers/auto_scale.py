"""Automatic scaling of a pool: enable, disable, evaluate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.emulator.protocol import Call, Reply, changed, check_formula, schemas
from recipebatch.emulator.scheduler import run_document, run_formula
from recipebatch.emulator.state import BatchError, format_instant
from recipebatch.emulator.state.transitions import auto_scale

if TYPE_CHECKING:
    from recipebatch.emulator.protocol import Json


async def enable(call: Call) -> Reply:
    """POST /pools/{id}/enableautoscale."""
    pool = call.account.pool(call.parts[0])
    call.check_conditions(pool.modified)
    body = call.optional_json(schemas.ENABLE_AUTO_SCALE)
    formula, interval = body.get("autoScaleFormula"), body.get("autoScaleEvaluationInterval")
    if formula is not None:
        check_formula(formula)
    auto_scale.enable(call.account, pool, formula=formula, interval=interval)
    return changed(call, 200, pool.modified)


async def disable(call: Call) -> Reply:
    """POST /pools/{id}/disableautoscale."""
    pool = call.account.pool(call.parts[0])
    auto_scale.disable(call.account, pool)
    return changed(call, 200, pool.modified)


async def evaluate(call: Call) -> Reply:
    """POST /pools/{id}/evaluateautoscale: does not change the pool."""
    pool = call.account.pool(call.parts[0])
    formula = call.json(schemas.EVALUATE_AUTO_SCALE)["autoScaleFormula"]
    if not auto_scale.is_enabled(pool):
        # The documentation requires it; the code is not recorded.
        reason = "Automatic scaling is not enabled on the specified pool"
        raise BatchError("OperationNotValidOnPool", ("Reason", reason))
    check_formula(formula)
    now = call.account.clock.now()
    run = run_formula(pool, formula, now=now, time_scale=call.account.clock.time_scale)
    kind = "Microsoft.Azure.Batch.Protocol.Entities.AutoScaleRun"
    document: Json = {"odata.metadata": f"{call.base}/$metadata#{kind}", **run_view(run_document(run, now))}
    return Reply(status=200, document=document, headers={"DataServiceId": call.url})


def run_view(run: Json) -> Json:
    """An `autoScaleRun` with its time as text."""
    return {**run, "timestamp": format_instant(run["timestamp"])}
