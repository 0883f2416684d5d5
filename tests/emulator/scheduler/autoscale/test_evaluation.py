from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from recipebatch.emulator.scheduler.autoscale import (
    AutoScaleRun,
    FormulaSyntaxError,
    PoolSizes,
    Samples,
    evaluate,
)

NOW = datetime(2026, 11, 20, 12, 34, 56, 789000, tzinfo=UTC)  # a Friday


def run(formula: str, sizes: PoolSizes | None = None, samples: Samples | None = None) -> AutoScaleRun:
    return evaluate(formula, now=NOW, samples=samples or Samples(), current=sizes or PoolSizes())


def complaint(formula: str) -> str:
    answer = run(formula, PoolSizes(target_dedicated=2, target_low_priority=1))
    assert answer.error is not None
    assert (answer.target_dedicated, answer.target_low_priority) == (2, 1)
    assert answer.results == "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=1;$NodeDeallocationOption=requeue"
    return answer.error.values[0][1]


@pytest.mark.parametrize(
    ("formula", "results"),
    [
        (
            "$TargetDedicatedNodes=3",
            "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue",
        ),
        ("$TargetDedicated=3", "$TargetDedicatedNodes=3;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"),
        (
            "$TargetLowPriorityNodes=3",
            "$TargetDedicatedNodes=0;$TargetLowPriorityNodes=3;$NodeDeallocationOption=requeue",
        ),
    ],
)
def test_results_are_those_recorded_from_the_service(formula: str, results: str) -> None:
    answer = run(formula)
    assert (answer.results, answer.error) == (results, None)


def test_an_undefined_symbol_is_the_recorded_error_and_leaves_the_targets() -> None:
    answer = run("something_useless", PoolSizes(target_dedicated=2))
    assert answer.results == "$TargetDedicatedNodes=2;$TargetLowPriorityNodes=0;$NodeDeallocationOption=requeue"
    assert answer.error is not None
    assert answer.error.code == "AutoScalingFormulaEvaluationError"
    assert answer.error.message == "The specified auto-scaling formula has evaluation error"
    assert answer.error.values == (("Message", "Line 1, Col 1: Undefined symbol: something_useless"),)


def test_a_text_that_is_no_formula_is_not_evaluated() -> None:
    with pytest.raises(FormulaSyntaxError):
        run("x = ")


def test_an_error_undoes_what_was_set_before_it() -> None:
    formula = "$TargetDedicatedNodes = 9;\n$NodeDeallocationOption = terminate;\nx = 1;\ny = x + nothing;"
    assert complaint(formula) == "Line 4, Col 9: Undefined symbol: nothing"


def test_user_variables_follow_in_the_order_of_their_letters() -> None:
    answer = run("b = 1; 7; $z = 2; a = 3; B = 4; $A = 5")
    assert answer.results.partition("requeue;")[2] == "$A=5;$z=2;B=4;a=3;b=1"


def test_current_nodes_and_slots_are_numbers() -> None:
    sizes = PoolSizes(current_dedicated=10, current_low_priority=4, task_slots_per_node=8)
    formula = (
        "x = $CurrentDedicatedNodes * 1.1 + $CurrentLowPriorityNodes + $CurrentDedicated; y = 4 / $TaskSlotsPerNode"
    )
    assert run(formula, sizes).results.endswith(";x=25;y=0.5")


def test_a_run_depends_on_its_arguments_alone() -> None:
    assert run("x = rand()") == run("x = rand()")
    later = evaluate("x = rand()", now=NOW + timedelta(seconds=1), samples=Samples(), current=PoolSizes())
    assert later != run("x = rand()")
    chosen = evaluate("x = rand()", now=NOW, samples=Samples(), current=PoolSizes(), rand=lambda: 0.25)
    assert chosen.results.endswith(";x=0.25")
