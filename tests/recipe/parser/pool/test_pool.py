"""`pool:`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from recipe.broken_recipes import TASKS, TOP, cases, problems_of

from recipebatch.errors import SourcePosition
from recipebatch.recipe import parse_recipe
from recipebatch.recipe.parser.pool.pool import image_problem, pool_os
from recipebatch.recipe.source.document import parse
from recipebatch.vocabulary.machines.images import Image

if TYPE_CHECKING:
    from recipebatch.recipe.model import PoolSpec


@pytest.mark.parametrize(("pool", "expected"), cases("pools"))
def test_a_wrong_pool_is_named(pool: str, expected: str) -> None:
    assert problems_of(f"{TOP}pool: {pool}\nparameters: {{i: {{}}}}\n{TASKS}") == [expected]


def read(pool: str) -> PoolSpec:
    return parse_recipe(f"{TOP}parameters: {{p: {{}}}}\npool: {pool}\n{TASKS}", file="r.yaml", folder=Path()).pool


@pytest.mark.parametrize(
    ("pool", "os"),
    [
        ("{image: ubuntu-24.04}", "linux"),
        ("{image: windows-2022}", "windows"),
        ("{image: ubuntu-24.04, os: windows}", "windows"),
        ("{image: '${{ params.p }}'}", None),
        ("{image: unknown-1}", "linux"),
        ("{image: windows-2012}", "windows"),
        ("{image: 'microsoftwindowsserver:windowsserver:2022-datacenter:latest'}", "windows"),
        ("{existing: p}", "linux"),
        ("{existing: p, os: windows}", "windows"),
        ("{vm_size: a}", None),
        ("{image: {publisher: MicrosoftWindowsServer, offer: o, sku: s}}", "windows"),
        ("{image: {publisher: canonical, offer: o, sku: s}}", "linux"),
        ("{image: {publisher: canonical}}", None),
        ("{image: {virtual_machine_image_id: i, node_agent_sku_id: batch.node.windows amd64}}", "windows"),
        ("{image: {virtual_machine_image_id: i, node_agent_sku_id: batch.node.ubuntu 24.04}}", "linux"),
        ("{image: {virtual_machine_image_id: i}}", "linux"),
    ],
)
def test_the_operating_system_is_that_of_the_image_unless_it_is_written(pool: str, os: str | None) -> None:
    assert pool_os(parse(f"pool: {pool}", "f").get("pool")) == os


def test_a_recipe_without_a_pool_has_no_operating_system() -> None:
    assert pool_os(None) is None


def test_sizes_are_tried_in_the_order_in_which_they_are_written() -> None:
    sizes = read("{image: ubuntu-24.04, vm_size: [b, a]}").vm_size
    assert [size.literal() for size in sizes] == ["b", "a"]
    assert [size.literal() for size in read("{image: ubuntu-24.04, vm_size: a}").vm_size] == ["a"]


def test_an_image_of_the_marketplace_is_its_latest_version_unless_one_is_written() -> None:
    image = "{publisher: canonical, offer: o, sku: s}"
    latest = read(f"{{image: {image}, vm_size: a}}")
    assert (latest.image, latest.image_alias.literal()) == (Image("canonical", "o", "s", "latest", "linux"), None)
    old = read(f"{{image: {image.replace('}', ', version: 1.0.0}')}, vm_size: a}}")
    assert old.image == Image("canonical", "o", "s", "1.0.0", "linux")


def test_an_image_by_an_expression_is_known_only_in_the_plan() -> None:
    found = read("{image: '${{ params.p }}', os: linux, vm_size: a}")
    assert (found.image, found.image_alias.literal(), found.os) == (None, None, "linux")
    assert found.image_alias.node is not None


def test_an_image_by_id_keeps_its_id_and_its_node_agent() -> None:
    identity = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/i"
    image = f"{{virtual_machine_image_id: {identity}, node_agent_sku_id: batch.node.ubuntu 24.04}}"
    found = read(f"{{image: {image}, vm_size: a}}").image_id
    assert found is not None
    assert (found.key, found.value.literal()) == ("virtual_machine_image_id", identity)
    assert found.node_agent_sku_id.literal() == "batch.node.ubuntu 24.04"
    assert read("{image: ubuntu-24.04, vm_size: a}").image_id is None


def test_a_size_has_four_task_slots_per_core() -> None:
    pool = "{image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, task_slots_per_node: 8}"
    assert read(pool).settings["task_slots_per_node"].literal() == 8
    (problem,) = problems_of(f"{TOP}pool: {pool.replace('8}', '9}')}\n{TASKS}")
    assert problem == (
        "3:76 [too-many-slots] 9 task slots are too many for STANDARD_D2S_V3: it has 2 cores of 4 slots each | "
        "at most 8, or a larger vm_size"
    )


@pytest.mark.parametrize(
    ("urn", "hint"),
    [
        (
            "canonical:ubuntu-24_04-lts:server:latest",
            "write it as a mapping: {publisher: canonical, offer: ubuntu-24_04-lts, sku: server, version: latest}",
        ),
        ("ubuntu:24.4", "did you mean ubuntu-24.04?"),
    ],
)
def test_an_urn_of_the_marketplace_is_shown_as_a_mapping(urn: str, hint: str) -> None:
    problem = image_problem(urn, SourcePosition("r.yaml", 3, 1))
    assert (problem.code, problem.hint) == ("unknown-image", hint)
