from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from plans import UBUNTU, a_job, a_plan, a_pool, a_pool_snapshot, a_task

from recipebatch.errors import InvalidRecipeError, Problem, ServiceError, SourcePosition
from recipebatch.execution.doctor.recipe import check_images, check_plan, check_pools, check_sizes, runs_containers
from recipebatch.properties.task import ContainerSettings
from recipebatch.service import SupportedImage

if TYPE_CHECKING:
    from recipebatch.plan.model import Plan

PLAN = a_plan(pools=(a_pool(),), jobs=(a_job(a_task("a"), a_task("b")),))


def invalid() -> Plan:
    raise InvalidRecipeError((Problem(SourcePosition("r.yaml", 1, 1), "it has no pool", "invalid-recipe"),))


def test_a_recipe_that_is_valid_and_one_that_is_not() -> None:
    fine, plan = check_plan(lambda: PLAN, "r.yaml")
    assert (fine.message, plan) == ("r.yaml is valid: 2 tasks", PLAN)
    warned, _ = check_plan(lambda: replace(PLAN, warnings=("it is large",)), "r.yaml")
    assert (warned.state, warned.message) == ("warning", "r.yaml is valid: 2 tasks; it is large")
    bad, none = check_plan(invalid, "r.yaml")
    assert (bad.message, none) == ("r.yaml: it has no pool", None)
    assert bad.cure == "recipebatch validate r.yaml shows all problems"


def test_an_image_that_the_account_does_not_offer() -> None:
    offered = SupportedImage(image=UBUNTU, node_agent_sku_id="agent", os_type="linux", verified=True)
    assert "(agent)" in check_images(PLAN, [offered]).message
    with pytest.raises(ServiceError, match="does not support the image"):
        check_images(PLAN, [])
    assert check_images(a_plan(pools=(a_pool(existing=True),)), []).state == "not needed"


def test_vm_sizes_that_are_not_known() -> None:
    assert check_sizes(PLAN).state == "fine"
    unknown = check_sizes(a_plan(pools=(a_pool(vm_size="standard_zz9_v9"),)))
    assert (unknown.state, unknown.message) == ("warning", "not of a known series: standard_zz9_v9")
    assert check_sizes(a_plan(pools=(a_pool(existing=True),))).state == "not needed"


def test_a_pool_that_is_not_there() -> None:
    uses = a_plan(pools=(a_pool(existing=True),))
    batch: Any = SimpleNamespace(get_pool=lambda _: None)
    assert check_pools(uses, batch).message == "there is no pool p1"
    batch = SimpleNamespace(get_pool=lambda _: a_pool_snapshot())
    assert check_pools(uses, batch).state == "fine"
    assert check_pools(PLAN, batch).state == "not needed"


def test_tasks_in_containers_need_an_engine_here() -> None:
    assert not runs_containers(PLAN)
    boxed = a_task("a", container_settings=ContainerSettings(image_name="x:1"))
    assert runs_containers(a_plan(pools=(a_pool(),), jobs=(a_job(boxed),)))
