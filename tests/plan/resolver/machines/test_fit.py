"""An image must fit the VM sizes of its pool, and what the pool asks of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from plan.planned_tasks import refusal, refusals

PlanOf = Any

TASK = "tasks: [{command_line: a}]"
TODAY = date(2026, 1, 1)
LISTS = "; recipebatch images and recipebatch sizes list what is known"


def pool(image: str, size: str, more: str = "") -> str:
    return f"{{image: {image}, vm_size: {size}, target_dedicated_nodes: 1{more}}}"


def marketplace(name: str) -> str:
    publisher, offer, sku = name.split("/")
    return f"{{publisher: {publisher}, offer: {offer}, sku: '{sku}'}}"


@pytest.mark.parametrize(
    ("image", "size", "message", "alias"),
    [
        ("ubuntu-22.04", "standard_d2s_v6", "generation 1; standard_d2s_v6 boots generation 2", "ubuntu-22.04-gen2"),
        (
            "windows-2022",
            "standard_e2ads_v6",
            "generation 1; standard_e2ads_v6 boots generation 2",
            "windows-2022-gen2",
        ),
        ("ubuntu-24.04", "standard_d2_v2", "generation 2; standard_d2_v2 boots generation 1", "ubuntu-24.04-gen1"),
        ("debian-12", "standard_a2_v2", "generation 2; standard_a2_v2 boots generation 1", None),
        (marketplace("debian/debian-12/12"), "standard_f4as_v6", "generation 1; standard_f4as_v6 boots", "debian-12"),
    ],
)
def test_an_image_of_the_other_generation_is_refused(
    plan_of: PlanOf, image: str, size: str, message: str, alias: str | None
) -> None:
    found = refusal(plan_of, TASK, pool=pool(image, size), today=TODAY)
    assert "[image-generation] the image" in found
    assert message in found
    first = f"write `image: {alias}`" if alias is not None else "choose another image"
    assert found.endswith(f"| {first}, or another VM size{LISTS}")
    assert plan_of(TASK, pool=pool(image, "standard_d2s_v5"), today=TODAY).pools
    if alias is not None:
        assert plan_of(TASK, pool=pool(alias, size), today=TODAY).pools


@pytest.mark.parametrize("size", ["standard_d2ps_v6", "standard_e4pds_v5", "standard_d2plds_v5", "standard_b2ps_v2"])
def test_an_image_for_the_other_architecture_is_refused(plan_of: PlanOf, size: str) -> None:
    assert refusal(plan_of, TASK, pool=pool("ubuntu-24.04", size), today=TODAY).endswith(
        f"[image-architecture] the image ubuntu-24.04 is for x64; the VM size {size} is Arm64"
        f" | write `image: ubuntu-24.04-arm64`, or another VM size{LISTS}"
    )
    assert refusal(plan_of, TASK, pool=pool("ubuntu-24.04-arm64", "standard_d2s_v6"), today=TODAY).endswith(
        "[image-architecture] the image ubuntu-24.04-arm64 is for Arm64; the VM size standard_d2s_v6 is x64"
        f" | write `image: ubuntu-24.04`, or another VM size{LISTS}"
    )
    assert plan_of(TASK, pool=pool("ubuntu-24.04-arm64", size), today=TODAY).pools


def test_a_container_configuration_needs_an_image_with_containers(plan_of: PlanOf) -> None:
    more = ", container_configuration: {}"
    found = refusal(plan_of, TASK, pool=pool("debian-12", "standard_d2s_v5", more), today=TODAY)
    assert "[image-without-containers] the image debian-12 has no container runtime" in found
    assert found.endswith("| use one that has: ubuntu-22.04-containers, ubuntu-24.04-containers, almalinux-hpc")
    assert plan_of(TASK, pool=pool("almalinux-hpc", "standard_d2s_v5", more), today=TODAY).pools
    windows = refusal(plan_of, TASK, pool=pool("windows-2022", "standard_d2s_v5", more), today=TODAY)
    assert windows.endswith("| use an image with a container runtime")


def test_each_size_is_looked_at(plan_of: PlanOf) -> None:
    sizes = "[standard_d2s_v6, standard_d2s_v5, standard_d2ps_v6]"
    found = refusals(plan_of, TASK, pool=pool("ubuntu-22.04", sizes), today=TODAY)
    assert [line.split(" the ")[0] for line in found] == ["3:39 [image-generation]", "3:73 [image-architecture]"]


@pytest.mark.parametrize("image", [marketplace("nobody/knows/it"), marketplace("redhat/rhel/9_4")])
def test_nothing_is_refused_of_what_is_not_known(plan_of: PlanOf, image: str) -> None:
    assert plan_of(TASK, pool=pool(image, "standard_d2s_v6", ", container_configuration: {}"), today=TODAY).pools
    assert plan_of(TASK, pool=pool("ubuntu-22.04", "standard_unheard"), today=TODAY).pools
    gallery = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/galleries/g/images/i/versions/1.0.0"
    custom = f"{{virtual_machine_image_id: {gallery}, node_agent_sku_id: batch.node.ubuntu 24.04}}"
    assert plan_of(TASK, pool=pool(custom, "standard_d2s_v6", ", container_configuration: {}"), today=TODAY).pools
