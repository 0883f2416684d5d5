"""The rule by which a pool empties itself, run by the evaluator of the emulator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from plans import a_pool

from recipebatch.emulator.scheduler.autoscale import PoolSizes, Samples, evaluate
from recipebatch.plan.model import PlannedAutoScale
from recipebatch.plan.resolver.pool_expiry import (
    NodesGo,
    expiry_rule,
    fixed_size,
    nodes_go,
    nodes_go_text,
    scaling,
    with_expiry_rule,
)

UNTIL = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def targets(formula: str, now: datetime) -> tuple[int, int]:
    sizes = PoolSizes(
        current_dedicated=3, current_low_priority=1, target_dedicated=3, target_low_priority=1, task_slots_per_node=1
    )
    run = evaluate(formula, now=now, samples=Samples(), current=sizes)
    assert run.error is None, run.error
    return run.target_dedicated, run.target_low_priority


def test_a_pool_of_a_fixed_size_has_it_until_the_time_is_over() -> None:
    rule = scaling(a_pool(target_dedicated_nodes=4, target_low_priority_nodes=2), UNTIL)
    assert rule is not None
    assert targets(rule.formula, UNTIL - timedelta(seconds=1)) == (4, 2)
    assert targets(rule.formula, UNTIL) == (0, 0)


@pytest.mark.parametrize(
    "written",
    [
        "$TargetDedicatedNodes = 5;",
        "$TargetDedicatedNodes=5",
        "$TargetDedicated = 5",
        "$TargetDedicatedNodes = 5 // as many as there are\n",
        "$TargetDedicatedNodes = 5; // five;",
        "/* $TargetLowPriorityNodes = 1; */ $TargetDedicatedNodes = 5; $TargetDedicatedNodes = 5;  \n",
        "x = $TargetLowPriorityNodes == 1 ? 5 : 0; $TargetDedicatedNodes = x;",
    ],
)
def test_a_formula_of_any_form_falls_to_zero_in_what_it_sets(written: str) -> None:
    formula = with_expiry_rule(written, UNTIL)
    assert targets(formula, UNTIL - timedelta(seconds=1)) == targets(written, UNTIL)
    assert targets(formula, UNTIL) == (0, targets(written, UNTIL)[1])


def test_a_rule_can_be_taken_off_again() -> None:
    written = "$TargetDedicatedNodes = 5;\n$TargetLowPriorityNodes = 1;"
    assert expiry_rule(with_expiry_rule(written, UNTIL)) == (written, UNTIL)
    assert expiry_rule(written) == (written, None)


OWN = PlannedAutoScale(formula="$TargetDedicatedNodes = 1;", evaluation_interval=None)
STOPS = PlannedAutoScale(formula="$TargetDedicatedNodes = 1; stop ();", evaluation_interval=None)


@pytest.mark.parametrize(
    ("pool", "goes", "text", "has_rule"),
    [
        ({}, NodesGo.AT_EXPIRY, "its formula removes its nodes when the run expires, if", True),
        ({"auto_scale": OWN}, NodesGo.AT_EXPIRY, "its formula removes its nodes when the run expires, if", True),
        ({"auto_scale": STOPS}, NodesGo.AT_EXPIRY, "if no command has before, unless it calls stop()", True),
        ({"auto": True}, NodesGo.WITH_JOB, "the service deletes the pool with its job", True),
        ({"auto": True, "outlives": True}, NodesGo.AT_EXPIRY, "when the run expires", True),
        ({"endless": True}, NodesGo.NEVER, "until a command does, as its job schedule has no end", False),
        ({"endless": True, "auto_scale": OWN}, NodesGo.BY_FORMULA, "so the pool does not expire", False),
        (
            {"enable_inter_node_communication": True},
            NodesGo.NEVER,
            "none by formula from a pool with inter-node",
            False,
        ),
        ({"raw": {"enableInterNodeCommunication": True}}, NodesGo.NEVER, "until a command does", False),
        ({"enable_inter_node_communication": True, "auto_scale": OWN}, NodesGo.NEVER, "until a command does", False),
        (
            {"enable_inter_node_communication": True, "auto": True, "outlives": True},
            NodesGo.NEVER,
            "until a command does",
            False,
        ),
        ({"resize_timeout": timedelta(minutes=20)}, NodesGo.NEVER, "as resize_timeout is for pools of a fixed", False),
    ],
)
def test_a_pool_has_the_rule_only_where_it_removes_its_nodes(
    pool: dict[str, object], goes: NodesGo, text: str, *, has_rule: bool
) -> None:
    planned = a_pool(**pool)
    assert nodes_go(planned) is goes
    assert text in nodes_go_text(planned)
    rule = scaling(planned, UNTIL)
    assert (rule is not None and expiry_rule(rule.formula).until == UNTIL) is has_rule
    if not has_rule:
        assert rule == planned.auto_scale


def test_the_size_of_a_fixed_pool_can_be_read_from_its_formula() -> None:
    rule = scaling(a_pool(target_dedicated_nodes=4, target_low_priority_nodes=2), UNTIL)
    assert rule is not None
    assert fixed_size(rule.formula) == (4, 2)
    assert fixed_size(expiry_rule(rule.formula).formula) == (4, 2)
    assert fixed_size("$TargetDedicatedNodes = 4;") is None


def test_pools_that_no_run_made_and_those_of_endless_schedules_have_no_rule() -> None:
    assert scaling(a_pool(existing=True), UNTIL) is None
    assert scaling(a_pool(endless=True), UNTIL) is None
    own = PlannedAutoScale(formula="$TargetDedicatedNodes = 1;", evaluation_interval=timedelta(minutes=5))
    assert scaling(a_pool(endless=True, auto_scale=own), UNTIL) == own
