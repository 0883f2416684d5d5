from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from cost.cards import a_card
from in_memory_run import NOW
from plans import a_plan, a_pool

from recipebatch.errors import MaxCostError, UsageError
from recipebatch.execution.costs import check_max_cost, cost_of_plan, last_durations, recipe_cost
from recipebatch.execution.costs.plan_cost import prices_of
from recipebatch.plan.model import MaxCost, Plan
from recipebatch.recipe import parse_recipe
from recipebatch.runs import TaskHistory, TaskRecord

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """\
schema_version: 1
name: demo
max_cost: {limit: 0.10 USD}
pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 1}
tasks: [{command_line: a}]
"""
LIMIT = MaxCost(amount=Decimal("0.10"), currency="USD", without_price="refuse")
PLAN = replace(a_plan(pools=(a_pool(),)), max_cost=LIMIT)


def recipe(tmp_path: Path) -> Any:
    return parse_recipe(TEXT, file="r.yaml", folder=tmp_path)


def refused(tmp_path: Path, card: Any, plan: Plan = PLAN, **options: Any) -> MaxCostError:
    prices: Any = SimpleNamespace(card=lambda _kinds, _now, **_currency: card)
    with pytest.raises(MaxCostError) as error:
        check_max_cost(cost_of_plan(plan, prices, NOW), recipe(tmp_path), **options)
    return error.value


def test_a_run_that_can_cost_too_much_is_refused_where_the_limit_is_written(tmp_path: Path) -> None:
    error = refused(tmp_path, a_card())
    assert str(error.at) == "r.yaml:3:19"
    assert error.message == (
        "the run can cost 0.40 USD, more than its max_cost of 0.10 USD, until it expires in 2 hours"
    )
    assert error.hint == (
        "let the run last 30 minutes at most (max_wall_clock_time of its jobs), use fewer or smaller nodes,"
        " or raise max_cost"
    )


def test_what_cannot_be_checked_is_refused_unless_the_recipe_says_otherwise(tmp_path: Path) -> None:
    error = refused(tmp_path, a_card(d2s_v3=None))
    assert error.message == "max_cost cannot be checked: price unknown (offline)"
    assert error.hint is not None
    assert error.hint.startswith("write a file of prices")
    euro = refused(tmp_path, a_card(currency="EUR"))
    assert euro.hint is not None
    assert euro.hint.startswith("write it in EUR")
    unknown: Any = SimpleNamespace(card=lambda _kinds, _now, **_currency: a_card(d2s_v3=None))
    check_max_cost(cost_of_plan(PLAN, unknown, NOW), recipe(tmp_path), unknown_too=False)
    limit = replace(LIMIT, without_price="continue")
    check_max_cost(cost_of_plan(replace(PLAN, max_cost=limit), unknown, NOW), recipe(tmp_path))


def test_the_prices_of_an_account_need_no_account_that_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path))
    for name in ("RECIPEBATCH_ACCOUNT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ENDPOINT", "RECIPEBATCH_PRICES"):
        monkeypatch.delenv(name, raising=False)
    assert prices_of(None).region == "local"
    assert recipe_cost(recipe(tmp_path), PLAN, None).is_free
    monkeypatch.setenv("AZURE_BATCH_ACCOUNT", "a")
    assert prices_of(None).region == "", "an account that is not complete keeps nobody from making a plan"
    with pytest.raises(UsageError, match="AZURE_BATCH_ENDPOINT is not set"):
        prices_of("environment")
    monkeypatch.setenv("AZURE_BATCH_ENDPOINT", "a.westeurope.batch.azure.com")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "s")
    assert prices_of(None).region == "westeurope"
    (tmp_path / "prices.yaml").write_text("currency: USD\nregions: {westeurope: {'*': 0.2}}\n")
    monkeypatch.setenv("RECIPEBATCH_PRICES", str(tmp_path / "prices.yaml"))
    with pytest.raises(MaxCostError, match=r"can cost 0\.40 USD"):
        recipe_cost(recipe(tmp_path), PLAN, None)


def test_durations_are_those_of_the_newest_run_that_has_some(tmp_path: Path) -> None:
    done = TaskRecord(
        job_id="j", task_id="a", state="completed", exit_code=0, began=NOW, ended=NOW + timedelta(minutes=5)
    )
    kept = {
        "r3": TaskHistory(),
        "r2": TaskHistory(records=(done,)),
        "r1": TaskHistory(records=(replace(done, ended=NOW),)),
    }
    store = SimpleNamespace(own=lambda _name: [SimpleNamespace(run_id=name) for name in kept], task_history=kept.get)
    services: Any = SimpleNamespace(store=store)
    found = last_durations(services, recipe(tmp_path))
    assert found is not None
    assert (found.run_id, found.mean) == ("r2", timedelta(minutes=5))
    store.own = lambda _name: []
    assert last_durations(services, recipe(tmp_path)) is None
