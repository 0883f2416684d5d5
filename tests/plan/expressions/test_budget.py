"""What expressions may cost: no recipe makes this machine slow or full."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from processes import FOLDER

from recipebatch.plan.expressions import FREE_TASK_BYTES, weight, within_budget
from recipebatch.plan.expressions.budget import (
    MAX_TASK_BYTES,
    MAX_WORK,
    MAX_WORK_AT_ONCE,
    charge,
    charge_all,
    current,
    deep_size,
    keep_task_bytes,
    texts_in,
)
from recipebatch.plan.expressions.evaluate import evaluator
from recipebatch.plan.expressions.values import EvaluationError
from recipebatch.properties.deferred import DeferredText, SecretParameter
from recipebatch.properties.files import ResourceFile
from recipebatch.recipe.expressions.syntax import template

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "('a' * 900000) * 900000",
    "[[[['a' * 900000] * 1000] * 1000] * 1000] ~ 'x'",
    "'%s' % (([['a' * 900000] * 1000] * 1000),)",
    "('%s' * 1000) % (('a' * 900000,) * 1000)",
    "('%1000d' * 100000) % ((1,) * 100000)",
    "'%999999999999999999999d' % 1",
    "'%.1000000000f' % 1",
    "1.5 | round(1000000000, 'floor')",
    "([[1]] * 1000000) | sum(start=[])",
    "10 ** (10 ** 10)",
    "(10 ** 1000) ** 1000",
    "2.0 ** 1000000000",
    "'9' * 5000 | int + 1",
    "('9' * 900000) | int",
    "1e308 * 10",
    "range(1000000000000) | list",
    "range(1000000000000) | sum",
    "'x' | zfill(1000000000)",
    "'x'.zfill(1000000000)",
    "('a' * 900000) | replace('a', 'b' * 900000)",
    "('a' * 900000).replace('', 'b' * 900)",
    "(['a' * 900000] * 900000) | join",
    "(['a'] * 900000) | join('b' * 900000)",
    "[range(1000000) | sort, " * 20 + "1" + "]" * 20,
    "[" + ", ".join(["[1] * 1000000"] * 100) + "]",
    "[[[1] * 1000] * 1000] * 1000 == [[[1] * 1000] * 1000] * 1000",
    "1 in [[[[1] * 1000] * 1000] * 1000, 2]",
    "[[[[1] * 1000] * 1000] * 1000, [[[1] * 1000] * 1000] * 1000] | sort",
    "[[[[1] * 1000] * 1000] * 1000] | unique",
    "[[[[1] * 1000] * 1000] * 1000]",
    "{'a': [[[1] * 1000] * 1000] * 1000}",
)
CHILD = """
import json, sys
from processes import peak_memory_mib
from recipebatch.plan.expressions import within_budget
from recipebatch.plan.expressions.evaluate import evaluator
from recipebatch.recipe.expressions.syntax import template

answers = []
for source in json.load(sys.stdin):
    with within_budget():
        try:
            (expression,) = template("${{ " + source + " }}")
            value = evaluator(expression)({})
            answers.append(f"a value of {len(value) if hasattr(value, '__len__') else 1}")
        except ValueError as error:
            answers.append(f"refused: {error}")
json.dump({"answers": answers, "peak_mib": peak_memory_mib()}, sys.stdout)
"""


def test_no_single_expression_takes_long_or_much_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps(HOSTILE),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": FOLDER},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # The peak is that of all of them, one after the other.
    assert found["peak_mib"] < 400
    for source, answer in zip(HOSTILE, found["answers"], strict=True):
        assert answer.startswith("refused: ") or len(answer) < 30, source
        assert len(answer) < 3000
    refused = [source for source, answer in zip(HOSTILE, found["answers"], strict=True) if answer.startswith("refused")]
    assert set(HOSTILE) - set(refused) == {"('9' * 900000) | int"}


def test_small_values_cost_nothing() -> None:
    with within_budget() as budget:
        assert charge("a" * 1000) == "a" * 1000
        assert charge([1] * 50) == [1] * 50
        assert charge_all({"a": [1, 2]}) == {"a": [1, 2]}
        assert (budget.work, budget.at_once) == (0, 0)
        charge("a" * 1001)
        charge(range(51))
        assert budget.work == 1001 + 51 * 50


@pytest.mark.parametrize("source", ["item.text", "item.text ~ ''"])
def test_each_evaluation_may_take_what_one_may(source: str) -> None:
    (expression,) = template("${{ " + source + " }}")
    assert not isinstance(expression, str)
    evaluate = evaluator(expression)
    with within_budget() as budget:
        while budget.work < 2 * MAX_WORK_AT_ONCE:
            assert len(evaluate({"item": {"text": "a" * 1_000_000}})) == 1_000_000  # type: ignore[arg-type]


def test_the_work_of_a_plan_ends() -> None:
    text = "a" * 1_000_000
    with within_budget() as budget:
        for _ in range(MAX_WORK // 1_000_000):
            budget.at_once = 0
            charge(text)
        with pytest.raises(EvaluationError, match="the expressions of this plan handle too long texts or lists"):
            charge(text)
    with within_budget():
        for _ in range(MAX_WORK_AT_ONCE // 1_000_000):
            charge(text)
        with pytest.raises(EvaluationError, match="it handles too long texts or lists"):
            charge(text)


def test_a_budget_inside_another_is_the_same_and_outside_of_a_plan_there_is_no_end() -> None:
    with within_budget() as outer, within_budget() as inner:
        assert inner is outer is current()
    assert current() is not outer
    assert current().limit == float("inf")


def test_the_size_of_a_list_counts_what_is_in_it_as_often_as_it_is() -> None:
    assert deep_size([1, [2, 3], {"a": 4}]) == 8
    nested: list[object] = [1]
    for _ in range(30):
        nested = [nested, nested]
    with pytest.raises(EvaluationError, match="it holds too many values"):
        deep_size(nested)


def test_a_million_tasks_of_500_bytes_fit_and_a_hundred_of_a_megabyte_do_not() -> None:
    with within_budget():
        assert all(keep_task_bytes(FREE_TASK_BYTES) for _ in range(1_000_000))
        fitting = [keep_task_bytes(1_000_000) for _ in range(200)]
    assert fitting.index(False) == MAX_TASK_BYTES // (1_000_000 - FREE_TASK_BYTES)


def test_the_weight_of_a_planned_value_is_about_its_bytes() -> None:
    assert weight("a" * 100) == 160
    assert weight("é" * 100) == 460
    file = ResourceFile(container="in", blob="b" * 1000)
    assert 1000 < weight((file, {"k": [file]})) - weight(file) < 2 * weight(file)
    shared = "s" * 1000
    assert weight([shared], frozenset([id(shared)])) < 200
    text = DeferredText("a" * 100, SecretParameter("t"))
    assert list(texts_in([text])) == ["a" * 100]


def test_a_plan_of_large_tasks_is_refused_at_its_template(tmp_path: Path) -> None:
    recipe = tmp_path / "r.yaml"
    values = {
        "expression": "tasks: [{name: t, for_each: {repeat: 1000000}, command_line: a, environment_settings:"
        " {A: \"${{ 'a' * 90000 ~ index }}\"}}]\n",
        "literal": "tasks: [{name: t, for_each: {repeat: 1000000}, command_line: a, environment_settings:"
        f' {{A: "{"a" * 90000}${{{{ index }}}}"}}}}]\n',
        "work": "tasks: [{name: t, for_each: {repeat: 1000000}, command_line: a, environment_settings:"
        " {A: \"${{ ('a' * 900000)[:3] ~ index }}\"}}]\n",
        "vars": "vars: {"
        + ", ".join([f"v{n}: '${{{{ [vars.v{n - 1}, vars.v{n - 1}] * 10 }}}}'" if n else "v0: [1]" for n in range(20)])
        + "}\ntasks: [{name: t, command_line: a}]\n",
    }
    for name, sections in values.items():
        pool = "pool: {image: ubuntu-24.04, vm_size: s, target_dedicated_nodes: 1}\n"
        recipe.write_text(f"schema_version: 1\nname: demo\n{pool}{sections}")
        done = subprocess.run(
            [sys.executable, "-m", "recipebatch", "plan", str(recipe)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 3, (name, done.stderr)
        assert f"{recipe}:4:" in done.stderr
        assert "plan-too-large" in done.stderr or "expression-failed" in done.stderr
        assert len(done.stderr) < 5000
