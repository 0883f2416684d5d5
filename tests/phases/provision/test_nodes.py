"""Waiting for the nodes of a pool, on a Batch service in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from in_memory_pools import QUOTA, PoolBatch, pool_context
from plans import a_pool, a_pool_snapshot

from recipebatch.errors import ServiceError, WaitTimeoutError
from recipebatch.phases.provision.nodes import (
    FormulaError,
    NoNodesError,
    StartTaskError,
    formula_failure,
    needed_nodes,
    nodes_text,
    resized,
    states_text,
    wait_until_ready,
)
from recipebatch.plan import scaling
from recipebatch.plan.model import PlannedAutoScale
from recipebatch.service import NodeSnapshot, PoolSnapshot

IDLE = NodeSnapshot(id="n0", state="idle")
FAILED = NodeSnapshot(id="n1", state="starttaskfailed", start_task_exit_code=3)
SCALED = PlannedAutoScale(formula="$TargetDedicatedNodes = 1;", evaluation_interval=None)


def ready(seen: PoolSnapshot | None, *nodes: NodeSnapshot, on: str = "stderr", **pool: object) -> tuple[int, list[str]]:
    """How many nodes are ready, and what is said meanwhile."""
    batch = PoolBatch(pools={} if seen is None else {"p1": seen}, node_states=nodes)
    batch.files[f"startup/{on}.txt"] = "no such package\n"
    planned = a_pool(**pool)
    context, notes = pool_context(batch, planned)
    return wait_until_ready(planned, context), notes.lines


@pytest.mark.parametrize(
    ("pool", "nodes"),
    [
        ({"target_dedicated_nodes": 2, "target_low_priority_nodes": 3}, 5),
        ({"target_dedicated_nodes": 2, "min_ready_nodes": 1}, 1),
        ({"target_dedicated_nodes": 0, "auto_scale": SCALED}, 0),
        ({"target_dedicated_nodes": 0, "auto_scale": SCALED, "min_ready_nodes": 2}, 2),
    ],
)
def test_all_planned_nodes_are_needed_unless_the_recipe_says_how_many(pool: dict[str, object], nodes: int) -> None:
    assert needed_nodes(a_pool(**pool)) == nodes


def test_the_wait_ends_when_the_nodes_are_ready() -> None:
    assert ready(a_pool_snapshot(), IDLE) == (1, [])
    assert ready(a_pool_snapshot(), IDLE, NodeSnapshot(id="n1", state="running"), target_dedicated_nodes=2) == (2, [])


def test_the_nodes_of_an_existing_pool_are_only_counted() -> None:
    assert ready(None, IDLE, FAILED, existing=True) == (1, [])


def test_a_failed_start_task_is_quoted() -> None:
    with pytest.raises(StartTaskError) as raised:
        ready(a_pool_snapshot(), FAILED)
    assert raised.value.message == ("the start task of pool p1 failed on node n1: exit code 3\n    | no such package")


def test_a_start_task_that_wrote_to_stdout_only_is_quoted_from_there() -> None:
    with pytest.raises(StartTaskError) as raised:
        ready(a_pool_snapshot(), FAILED, on="stdout")
    assert raised.value.message == (
        "the start task of pool p1 failed on node n1: exit code 3"
        "\n    its stderr is empty; the end of its stdout:\n    | no such package"
    )


def test_a_start_task_that_never_ran_has_the_services_reason() -> None:
    failed = NodeSnapshot(id="n1", state="starttaskfailed", start_task_failure=("BlobNotFound", "no such blob"))
    with pytest.raises(StartTaskError, match=r"failed on node n1: no such blob \(BlobNotFound\)"):
        ready(a_pool_snapshot(), failed)


def test_an_unusable_node_has_the_services_reason() -> None:
    with pytest.raises(ServiceError, match="node n1 of pool p1 is unusable: no reason given"):
        ready(a_pool_snapshot(), NodeSnapshot(id="n1", state="unusable"))
    with pytest.raises(ServiceError, match="node n1 of pool p1 is unusable: disk full; no network"):
        ready(a_pool_snapshot(), NodeSnapshot(id="n1", state="unusable", errors=("disk full", "no network")))


def test_enough_nodes_are_used_without_a_broken_one() -> None:
    assert ready(a_pool_snapshot(), IDLE, FAILED, target_dedicated_nodes=2, min_ready_nodes=1) == (
        1,
        ["continuing without node n1 of pool p1: it is starttaskfailed"],
    )


def test_enough_nodes_are_used_without_those_that_the_service_lacks() -> None:
    seen = a_pool_snapshot(resize_errors=QUOTA)
    assert ready(seen, IDLE, target_dedicated_nodes=2, min_ready_nodes=1) == (
        1,
        ["continuing with 1 node of pool p1: no cores left (AccountCoreQuotaReached)"],
    )


def test_a_service_without_nodes_is_an_error() -> None:
    with pytest.raises(NoNodesError) as raised:
        ready(a_pool_snapshot(resize_errors=QUOTA))
    assert raised.value.message == (
        "pool p1: the service could not allocate its nodes: no cores left (AccountCoreQuotaReached)"
    )


@pytest.mark.parametrize("seen", [None, a_pool_snapshot(state="deleting")])
def test_a_pool_that_is_deleted_meanwhile_is_an_error(seen: PoolSnapshot | None) -> None:
    with pytest.raises(ServiceError, match="pool p1 was deleted while waiting for its nodes"):
        ready(seen)


def test_the_wait_times_out_after_the_resize_and_the_start_of_the_nodes() -> None:
    with pytest.raises(WaitTimeoutError) as raised:
        ready(a_pool_snapshot())
    assert raised.value.message == "pool p1: 0 of 1 nodes ready after 2700 s (none allocated)"
    assert raised.value.hint == "provision again to continue waiting, or purge: the pool keeps incurring charges"


UNDEFINED = ("AutoScalingFormulaEvaluationError", "it has an error; Line 1, Col 25: Undefined symbol: nope")
NO_SAMPLES = ("InsufficientSampleData", "Line 1, Col 25: Insufficient data from data set: $PendingTasks wanted 100%")
DIVIDED = ("AutoScalingFormulaEvaluationError", "Line 1, Col 27: Division by zero")
RULE = '\nrecipebatchLeft = time("2026-01-02T03:04:05Z") - time();\n$TargetDedicatedNodes = 0;'


@pytest.mark.parametrize(
    ("formula", "error", "ends"),
    [
        ("$TargetDedicatedNodes = nope;", UNDEFINED, True),
        ("$TargetDedicatedNodes = nope + $PendingTasks.GetSample(1);", UNDEFINED, True),
        ("$TargetDedicatedNodes = 1 / 0;", DIVIDED, True),
        ("$TargetDedicatedNodes = 1 / $PendingTasks.GetSample(1);", DIVIDED, False),
        ("$TargetDedicatedNodes = $PendingTasks.GetSample(1);", NO_SAMPLES, False),
    ],
)
def test_a_formula_that_fails_is_told_and_ends_the_wait_if_it_never_works(
    formula: str, error: tuple[str, str], *, ends: bool
) -> None:
    seen = a_pool_snapshot(auto_scale_formula=formula + RULE, formula_error=error)
    told = (
        f"the autoscale formula of pool p1 fails: {error[1]} ({error[0]});"
        " while it fails, no node is added or removed, also when the run expires"
    )
    assert formula_failure(seen) == told
    if ends:
        with pytest.raises(FormulaError) as raised:
            ready(seen, auto_scale=SCALED)
        assert raised.value.message == told
    else:
        assert ready(seen, auto_scale=SCALED) == (0, [f"warning: {told}"])
        with pytest.raises(WaitTimeoutError, match="fails: "):
            ready(seen, auto_scale=SCALED, min_ready_nodes=1)


def test_what_the_recipes_own_formula_gives_is_told_without_the_rule_of_the_runs_end() -> None:
    results = ("$TargetDedicatedNodes=1", "mine=3", "recipebatchLeft=1.00:00:00")
    seen = a_pool_snapshot(auto_scale_formula="$TargetDedicatedNodes = mine;", formula_results=results)
    told = "the formula of pool p1 gives $TargetDedicatedNodes=1, mine=3"
    assert ready(seen, IDLE, auto_scale=SCALED) == (1, [told])
    assert ready(seen, IDLE, auto_scale=replace(SCALED, scenario="pending_tasks")) == (1, [])


def test_a_formula_without_the_rule_promises_nothing_of_the_runs_end() -> None:
    seen = a_pool_snapshot(auto_scale_formula="$TargetDedicatedNodes = nope;", formula_error=UNDEFINED)
    assert formula_failure(seen).endswith("while it fails, no node is added or removed")
    assert formula_failure(a_pool_snapshot(auto_scale_formula="$TargetDedicatedNodes = 1;")) == ""


def test_the_first_evaluation_of_a_formula_is_waited_for_but_not_for_ever() -> None:
    seen = a_pool_snapshot(auto_scale_formula="$TargetDedicatedNodes = 1;", formula_evaluated=False)
    assert ready(seen, IDLE, auto_scale=SCALED) == (1, [])


def test_a_pool_that_another_command_resized_is_waited_for_in_its_new_size() -> None:
    until = datetime(2026, 1, 2, tzinfo=UTC)
    rule = scaling(a_pool(target_dedicated_nodes=5, target_low_priority_nodes=1), until)
    assert rule is not None
    scaled = resized(a_pool(), a_pool_snapshot(auto_scale_formula=rule.formula))
    assert (scaled.target_dedicated_nodes, scaled.target_low_priority_nodes) == (5, 1)
    fixed = resized(a_pool(), a_pool_snapshot(target_dedicated_nodes=3))
    assert (fixed.target_dedicated_nodes, fixed.target_low_priority_nodes) == (3, 0)
    own = a_pool_snapshot(target_dedicated_nodes=3, auto_scale_formula="$TargetDedicatedNodes = 3;")
    assert resized(a_pool(), own) == a_pool()
    assert resized(a_pool(auto_scale=SCALED), own) == a_pool(auto_scale=SCALED)
    assert needed_nodes(resized(a_pool(min_ready_nodes=2), a_pool_snapshot(target_dedicated_nodes=1))) == 1


def test_texts_of_nodes() -> None:
    assert states_text({"starting": 1, "idle": 2}) == "2 idle, 1 starting"
    assert (nodes_text(0), nodes_text(1), nodes_text(2)) == ("0 nodes", "1 node", "2 nodes")
