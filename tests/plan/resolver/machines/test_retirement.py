"""Images and VM sizes that are no more are refused of new runs, not of those that have begun."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from plan.planned_tasks import refusal, refusals

PlanOf = Any

TASK = "tasks: [{command_line: a}]"
TODAY = date(2026, 11, 29)
IMAGES = "recipebatch images lists those that are known"
SIZES = "recipebatch sizes lists the series that are known"


def pool(image: str = "ubuntu-24.04", size: str = "standard_d2s_v5") -> str:
    return f"{{image: {image}, vm_size: {size}, target_dedicated_nodes: 1}}"


def marketplace(name: str) -> str:
    publisher, offer, sku = name.split("/")
    return f"{{publisher: {publisher}, offer: {offer}, sku: '{sku}'}}"


@pytest.mark.parametrize(
    ("name", "ends", "newer"),
    [
        ("OpenLogic/CentOS/7_9", "2024-06-30", "almalinux-9"),
        ("openlogic/centos-hpc/8_1-gen2", "2021-12-31", "almalinux-9"),
        ("canonical/ubuntuserver/16.04-lts", "2021-05-21", "ubuntu-24.04"),
        ("canonical/ubuntuserver/18.04-LTS", "2023-05-30", "ubuntu-24.04"),
        ("canonical/0001-com-ubuntu-server-focal/20_04-lts", "2025-04-23", "ubuntu-24.04"),
        ("credativ/debian/9", "2020-10-06", "debian-13"),
        ("debian/debian-10/10", "2022-09-30", "debian-13"),
        ("debian/debian-11/11-gen2", "2026-08-31", "debian-13"),
        ("redhat/rhel/7.9", "2024-06-30", "a newer image"),
        ("microsoftwindowsserver/windowsserver/2012-r2-datacenter", "2024-12-05", "windows-2022"),
        ("microsoft-azure-batch/ubuntu-server-container/20-04-lts", "2025-04-23", "ubuntu-24.04-containers"),
        ("microsoft-azure-batch/centos-container/7-8", "2024-06-30", "almalinux-hpc"),
    ],
)
def test_an_image_whose_support_has_ended_is_refused(plan_of: PlanOf, name: str, ends: str, newer: str) -> None:
    expected = f"3:15 [image-retired] the image {name} has had no support since {ends} | use {newer}: {IMAGES}"
    assert refusal(plan_of, TASK, pool=pool(marketplace(name)), today=TODAY) == expected


@pytest.mark.parametrize("name", ["windows-2016", "ubuntu"])
def test_an_image_is_accepted_on_its_last_day_and_not_on_the_next(plan_of: PlanOf, name: str) -> None:
    image, last = {
        "windows-2016": (marketplace("microsoftwindowsserver/windowsserver/2016-datacenter"), date(2027, 1, 12)),
        "ubuntu": ("ubuntu-22.04", date(2027, 6, 30)),
    }[name]
    assert plan_of(TASK, pool=pool(image), today=last).pools
    found = refusals(plan_of, TASK, pool=pool(image), today=last.replace(day=31, month=7))
    assert [line.split()[1] for line in found] == ["[image-retired]"]


def test_a_run_that_has_begun_is_not_refused(plan_of: PlanOf) -> None:
    dead = pool(marketplace("openlogic/centos/7_9"), "standard_nc6")
    assert plan_of(TASK, pool=dead).pools
    assert plan_of(TASK, pool=dead, today=date.min).pools
    found = refusals(plan_of, TASK, pool=dead, today=TODAY)
    assert [line.split()[1] for line in found] == ["[image-retired]", "[vm-size-retired]"]


@pytest.mark.parametrize(
    ("size", "day", "series", "newer"),
    [
        ("STANDARD_NC6", "2023-09-06", "NC", "standard_nc4as_t4_v3"),
        ("standard_nc6s_v2", "2023-09-06", "NCv2", "standard_nc24ads_a100_v4"),
        ("standard_nv12_promo", "2023-09-06", "NV", "standard_nv6ads_a10_v5"),
        ("standard_h16r", "2022-08-31", "H", "standard_hb120rs_v3"),
        ("standard_nc24rs_v3", "2025-09-30", "NCv3", "standard_nc24ads_a100_v4"),
        ("standard_nv12s_v3", "2026-09-30", "NVv3", "standard_nv12ads_a10_v5"),
        ("standard_a4", "2024-08-31", "Av1", "standard_d2s_v5"),
    ],
)
def test_a_size_that_azure_has_retired_is_refused(
    plan_of: PlanOf, size: str, day: str, series: str, newer: str
) -> None:
    expected = f"[vm-size-retired] Azure retired the VM size {size} on {day} (series {series})"
    assert refusal(plan_of, TASK, pool=pool(size=size), today=TODAY).endswith(
        f"{expected} | use a current size such as {newer}: {SIZES}"
    )


def test_each_of_several_sizes_is_looked_at_and_so_is_what_an_expression_gives(plan_of: PlanOf) -> None:
    sizes = "[standard_d2s_v5, standard_h8, '${{ params.size }}']"
    sections = "parameters: {size: {default: standard_hb60rs}}\n" + TASK
    found = refusals(plan_of, sections, pool=pool(size=sizes), today=TODAY)
    assert [line.split(" |")[0] for line in found] == [
        "3:56 [vm-size-retired] Azure retired the VM size standard_h8 on 2022-08-31 (series H)",
        "3:69 [vm-size-retired] Azure retired the VM size standard_hb60rs on 2024-08-31 (series HB)",
    ]
    assert plan_of(sections, pool=pool(size=sizes), given={"size": "standard_d2s_v5"}).pools


def test_custom_images_end_with_their_node_agent_and_managed_images_have_ended(plan_of: PlanOf) -> None:
    base = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute"
    version = f"{base}/galleries/g/images/i/versions/1.0.0"
    agent = "node_agent_sku_id: batch.node.ubuntu 18.04"
    gallery = f"{{virtual_machine_image_id: {version}, {agent}}}"
    assert refusal(plan_of, TASK, pool=pool(gallery), today=TODAY) == (
        "3:15 [image-retired] the node agent batch.node.ubuntu 18.04 has had no support since 2023-05-30"
        " | build the image from a newer release, such as one of batch.node.ubuntu 24.04,"
        " and write its node_agent_sku_id"
    )
    assert plan_of(TASK, pool=pool(gallery.replace("18.04", "24.04")), today=TODAY).pools
    managed = f"{{virtual_machine_image_id: {base}/images/mine, node_agent_sku_id: batch.node.ubuntu 24.04}}"
    assert refusal(plan_of, TASK, pool=pool(managed), today=TODAY) == (
        "3:15 [image-retired] Azure Batch has not accepted managed images since 2026-03-31"
        " | put the image into an Azure Compute Gallery, and write the id of its version"
    )
    assert plan_of(TASK, pool=pool(managed), today=date(2026, 3, 31)).pools


def test_nothing_is_said_of_an_existing_pool(plan_of: PlanOf) -> None:
    assert plan_of(TASK, pool="{existing: mine}", today=TODAY).pools
