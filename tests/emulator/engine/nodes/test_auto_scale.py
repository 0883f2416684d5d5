from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from azure.batch import models
from azure.core.exceptions import HttpResponseError

from recipebatch.emulator import EmulatorAccount, start_emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from azure.batch import BatchClient

    Until = Callable[[Callable[[], Any]], Any]
    Add = Callable[..., None]


@pytest.fixture
def fast(tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient]) -> Iterator[BatchClient]:
    """A client of a service with a time scale of 600: five minutes take half a second."""
    with (
        start_emulator(tmp_path, time_scale=600) as own,
        connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
    ):
        yield batch


def add(batch: BatchClient, machine: Any, formula: str | None = None, **options: Any) -> None:
    if formula is not None:
        options |= {"enable_auto_scale": True, "auto_scale_formula": formula}
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id="p", vm_size="standard_d2s_v3", virtual_machine_configuration=machine, **options
        )
    )


def steady(batch: BatchClient) -> models.BatchPool | None:
    pool = batch.get_pool("p")
    return pool if pool.allocation_state == "steady" else None


def refused(call: Callable[[], object]) -> Any:
    with pytest.raises(HttpResponseError) as error:
        call()
    return error.value


def test_a_new_pool_is_resized_to_the_targets_of_its_formula(batch: BatchClient, machine: Any, until: Until) -> None:
    add(batch, machine, "mine = 1; $TargetDedicatedNodes = mine + 1; $TargetLowPriorityNodes = 1;")
    first = batch.get_pool("p")
    assert (first.target_dedicated_nodes, first.target_low_priority_nodes) == (2, 1)
    assert first.auto_scale_evaluation_interval == timedelta(minutes=15)
    assert first.auto_scale_run is not None
    assert first.auto_scale_run.timestamp == first.last_modified
    assert first.auto_scale_run.results == (
        "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue;mine=1"
    )
    pool = until(lambda: steady(batch))
    assert (pool.current_dedicated_nodes, pool.current_low_priority_nodes) == (2, 1)


def test_a_formula_is_tried_without_a_change(wire: Any, batch: BatchClient, machine: Any, until: Until) -> None:
    add(batch, machine, "$TargetDedicatedNodes = 0;")
    before = until(lambda: steady(batch))
    answer = wire("POST", "/pools/p/evaluateautoscale", {"autoScaleFormula": "$TargetDedicatedNodes=3"})
    assert answer.status == 200
    assert answer.headers["dataserviceid"].endswith("/pools/p/evaluateautoscale")
    assert answer.json()["results"] == (
        "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    )
    assert batch.get_pool("p").etag == before.etag
    assert batch.get_pool("p").target_dedicated_nodes == 0


def test_an_unknown_symbol_is_an_error_in_a_successful_answer(batch: BatchClient, machine: Any) -> None:
    add(batch, machine, "$TargetDedicatedNodes = 2;")
    options = models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula="something_useless")
    run = batch.evaluate_pool_auto_scale("p", options)
    assert run.results == "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    assert run.error is not None
    assert run.error.code == "AutoScalingFormulaEvaluationError"
    assert run.error.message == "The specified auto-scaling formula has evaluation error"
    assert [(pair["name"], pair["value"]) for pair in run.error["values"]] == [
        ("Message", "Line 1, Col 1: Undefined symbol: something_useless")
    ]


def test_text_that_is_no_formula_is_refused(batch: BatchClient, machine: Any) -> None:
    error = refused(lambda: add(batch, machine, "$TargetDedicatedNodes = ("))
    assert (error.status_code, error.error.code) == (400, "AutoScalingFormulaSyntaxError")


def test_settings_must_go_together(batch: BatchClient, machine: Any) -> None:
    assert refused(lambda: add(batch, machine, "$TargetDedicatedNodes=1", target_dedicated_nodes=1)).error.code == (
        "InvalidAutoScalingSettings"
    )
    assert refused(lambda: add(batch, machine, enable_auto_scale=True)).error.code == "MissingRequiredProperty"
    only = refused(lambda: add(batch, machine, auto_scale_formula="$TargetDedicatedNodes=1"))
    assert only.error.code == "InvalidAutoScalingSettings"
    short = refused(
        lambda: add(batch, machine, "$TargetDedicatedNodes=1", auto_scale_evaluation_interval=timedelta(minutes=4))
    )
    assert short.error.code == "InvalidPropertyValue"


def test_scaling_is_enabled_and_disabled_as_recorded(wire: Any, batch: BatchClient, machine: Any, until: Until) -> None:
    add(batch, machine)
    until(lambda: steady(batch))
    body = {"autoScaleFormula": "$TargetLowPriorityNodes=1", "autoScaleEvaluationInterval": "PT6M"}
    slow = {"action": "allocation", "poolId": "p", "delaySeconds": 600}
    assert wire("POST", "/$emulator/faults", slow).status == 201
    enabled = wire("POST", "/pools/p/enableautoscale", body)
    assert enabled.status == 200
    seen = wire("GET", "/pools/p").json()
    assert (seen["eTag"], seen["allocationState"]) == (enabled.headers["etag"], "resizing")
    assert (seen["enableAutoScale"], seen["autoScaleEvaluationInterval"]) == (True, "PT6M")
    assert seen["autoScaleRun"]["timestamp"] == seen["lastModified"]
    assert seen["targetLowPriorityNodes"] == 1
    assert wire("POST", "/pools/p/enableautoscale", body).code == "TooManyEnableAutoScaleRequests"
    disabled = wire("POST", "/pools/p/disableautoscale")
    assert (disabled.status, disabled.headers["etag"]) == (200, enabled.headers["etag"])
    after = wire("GET", "/pools/p").json()
    assert after["enableAutoScale"] is False
    assert not {"autoScaleFormula", "autoScaleEvaluationInterval", "autoScaleRun"} & after.keys()
    assert after["targetLowPriorityNodes"] == 1


def test_a_steady_pool_that_is_no_longer_scaled_is_modified_and_resized_to_what_it_has(
    wire: Any, batch: BatchClient, machine: Any, until: Until
) -> None:
    add(batch, machine, "$TargetDedicatedNodes=1")
    until(lambda: steady(batch))
    before = wire("GET", "/pools/p").json()
    disabled = wire("POST", "/pools/p/disableautoscale")
    assert disabled.headers["etag"] != before["eTag"]
    after = wire("GET", "/pools/p").json()
    assert (after["eTag"], after["allocationState"]) == (disabled.headers["etag"], "resizing")
    until(lambda: steady(batch))
    assert wire("GET", "/pools/p").json()["currentDedicatedNodes"] == 1


def test_scaling_can_be_enabled_while_a_resize_is_being_stopped(
    wire: Any, batch: BatchClient, machine: Any, until: Until
) -> None:
    add(batch, machine)
    until(lambda: steady(batch))
    wire("POST", "/$emulator/faults", {"action": "allocation", "poolId": "p", "delaySeconds": 600})
    resized = wire("POST", "/pools/p/resize", {"targetLowPriorityNodes": 5})
    stopped = wire("POST", "/pools/p/stopresize")
    enabled = wire("POST", "/pools/p/enableautoscale", {"autoScaleFormula": "$TargetLowPriorityNodes=3"})
    tags = {answer.headers["etag"] for answer in (resized, stopped, enabled)}
    assert (enabled.status, len(tags)) == (200, 1)


def test_a_pool_without_scaling_can_be_neither_evaluated_nor_enabled_without_a_formula(
    wire: Any, batch: BatchClient, machine: Any, until: Until
) -> None:
    add(batch, machine)
    until(lambda: steady(batch))
    evaluated = wire("POST", "/pools/p/evaluateautoscale", {"autoScaleFormula": "$TargetDedicatedNodes=1"})
    assert (evaluated.status, evaluated.code) == (409, "OperationNotValidOnPool")
    assert wire("POST", "/pools/p/enableautoscale", {}).values == {"PropertyName": "autoScaleFormula"}


def test_a_scaled_pool_is_not_resized_by_hand(wire: Any, batch: BatchClient, machine: Any, until: Until) -> None:
    add(batch, machine, "$TargetDedicatedNodes = 1;")
    until(lambda: steady(batch))
    assert wire("POST", "/pools/p/resize", {"targetDedicatedNodes": 2}).code == "OperationNotValidOnPool"
    node = next(iter(batch.list_nodes("p"))).id
    assert wire("POST", "/pools/p/removenodes", {"nodeList": [node]}).code == "OperationNotValidOnPool"


def test_a_pool_grows_with_its_tasks_and_shrinks_after_them(fast: BatchClient, machine: Any, until: Until) -> None:
    formula = """
        // As many nodes as tasks, three at most.
        samples = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 2);
        tasks = samples < 50 ? 0 : max($PendingTasks.GetSample(1));
        $TargetDedicatedNodes = min(3, tasks);
        $NodeDeallocationOption = taskcompletion;
    """
    add(fast, machine, formula, auto_scale_evaluation_interval=timedelta(minutes=5))
    fast.create_job(models.BatchJobCreateOptions(id="j", pool_info=models.BatchPoolInfo(pool_id="p")))
    assert fast.get_pool("p").target_dedicated_nodes == 0
    command = "/bin/sh -c 'sleep 600'"
    fast.create_tasks("j", [models.BatchTaskCreateOptions(id=str(n), command_line=command) for n in range(2)])
    until(lambda: [task.state for task in fast.list_tasks("j")] == ["running"] * 2)
    assert fast.get_pool("p").current_dedicated_nodes == 2
    for number in range(2):
        fast.terminate_task("j", str(number))
    until(lambda: fast.get_pool("p").current_dedicated_nodes == 0)


def test_scaling_of_a_pool_continues_after_a_restart(
    tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient], machine: Any, until: Until
) -> None:
    for start in range(2):
        with (
            start_emulator(tmp_path, time_scale=600) as own,
            connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
        ):
            if start == 0:
                add(batch, machine, "$TargetDedicatedNodes=1", auto_scale_evaluation_interval=timedelta(minutes=5))
            until(partial(has_run_since, batch, last_run(batch)))


def test_a_formula_adds_nodes_to_a_pool_with_inter_node_communication_and_removes_none(
    batch: BatchClient, machine: Any, until: Until
) -> None:
    add(batch, machine, target_dedicated_nodes=2, enable_inter_node_communication=True)
    assert until(lambda: steady(batch)).current_dedicated_nodes == 2
    formula = "$TargetDedicatedNodes = 0; $TargetLowPriorityNodes = 1;"
    batch.enable_pool_auto_scale("p", models.BatchPoolEnableAutoScaleOptions(auto_scale_formula=formula))
    after = until(lambda: (pool := steady(batch)) and pool.current_low_priority_nodes and pool)
    assert (after.target_dedicated_nodes, after.current_dedicated_nodes) == (2, 2)
    assert after.auto_scale_run is not None
    assert after.auto_scale_run.results is not None
    assert after.auto_scale_run.results.startswith("$TargetDedicatedNodes=0;$TargetLowPriorityNodes=1;")


def last_run(batch: BatchClient) -> datetime:
    run = batch.get_pool("p").auto_scale_run
    assert run is not None
    return run.timestamp


def has_run_since(batch: BatchClient, moment: datetime) -> bool:
    return last_run(batch) > moment


def test_a_formula_knows_how_the_machine_is_used(fast: BatchClient, machine: Any, until: Until) -> None:
    add(fast, machine, "$TargetDedicatedNodes = 0;")
    formula = ";".join(
        f"{name} = val(${metric}.GetSample(1), 0) >= 0 ? 1 : 0"
        for name, metric in (("cpu", "CPUPercent"), ("memory", "MemoryBytes"), ("disk", "DiskBytes"))
    )
    formula += ";net = $NetworkInBytes.Count() + $DiskReadOps.Count() > 0;wall = $WallClockSeconds.Count() > 0"
    text = until(lambda: _results(fast, formula))
    assert text.endswith(";cpu=1;disk=1;memory=1;net=1;wall=1")


def test_what_was_measured_outlives_an_orderly_restart(
    tmp_path: Path, connect: Callable[[EmulatorAccount], BatchClient], machine: Any, until: Until
) -> None:
    with (
        start_emulator(tmp_path, time_scale=600) as own,
        connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
    ):
        add(batch, machine, "$TargetDedicatedNodes = 0;")
        until(lambda: _results(batch, "enough = 1 / ($ActiveTasks.Count() > 3 ? 1 : 0)"))
        before = batch.get_pool("p").auto_scale_run
    with (
        start_emulator(tmp_path) as own,
        connect(EmulatorAccount(own.endpoint, own.account_name, own.account_key)) as batch,
    ):
        shown = batch.get_pool("p").auto_scale_run
        assert before is not None
        assert shown is not None
        assert shown.results == before.results
        assert _results(batch, "enough = 1 / ($ActiveTasks.Count() > 3 ? 1 : 0)")


@pytest.mark.parametrize(("slots", "taken"), [(8, True), (9, False)])
def test_a_node_has_four_slots_for_each_core_at_most(
    batch: BatchClient, machine: Any, slots: int, *, taken: bool
) -> None:
    if taken:
        add(batch, machine, task_slots_per_node=slots)
        assert batch.get_pool("p").task_slots_per_node == slots
    else:
        error = refused(lambda: add(batch, machine, task_slots_per_node=slots))
        assert error.error.code == "InvalidPropertyValue"


def _results(batch: BatchClient, formula: str) -> str | None:
    """The results of a formula; None while there are no samples."""
    options = models.BatchPoolEvaluateAutoScaleOptions(auto_scale_formula=formula)
    run = batch.evaluate_pool_auto_scale("p", options)
    return None if run.error is not None else run.results
