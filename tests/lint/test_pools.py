"""Rules about pools."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from lint.findings import JOB, TOP, findings, messages

from recipebatch.lint import lint
from recipebatch.recipe import parse_recipe
from recipebatch.recipe.source.document import parse
from recipebatch.vocabulary.machines.images import NOTICE, support_of

IMAGES = "recipebatch images lists those that are known"
NEWER_AGENT = (
    "build the image from a newer release, such as one of batch.node.ubuntu 24.04, and write its node_agent_sku_id"
)
OTHERWISE = "or install it in the start task or by an extension"
TASK = "tasks: [{command_line: a}]\n"


def with_pool(pool: str) -> str:
    return f"{TOP}pool: {{{pool}}}\n{JOB}{TASK}"


def marketplace(name: str) -> str:
    publisher, offer, sku = name.split("/")
    return f"{{publisher: {publisher}, offer: {offer}, sku: '{sku}'}}"


def test_the_day_that_lint_is_given_decides_whether_an_image_ends_soon() -> None:
    text = with_pool("image: debian-12, vm_size: standard_d2s_v5")
    recipe = parse_recipe(text, file="r.yaml", folder=Path())
    image = recipe.pools[0].image
    assert image is not None
    support = support_of(image)
    assert support is not None
    assert support.ends is not None

    def on(day: date) -> list[str]:
        return [problem.code for problem in lint(parse(text, "r.yaml"), recipe, day)]

    assert on(support.ends - NOTICE - timedelta(days=1)) == []
    assert on(support.ends - NOTICE) == on(support.ends) == ["image-support"]
    # Without a plan, which refuses it.
    assert on(support.ends + timedelta(days=1)) == ["image-retired"]


@pytest.mark.parametrize(
    ("image", "message", "hint"),
    [
        ("ubuntu-22.04", "the image ubuntu-22.04 is supported until 2027-06-30 only", f"use ubuntu-24.04: {IMAGES}"),
        (
            "ubuntu-22.04-containers",
            "the image ubuntu-22.04-containers is supported until 2027-06-30 only",
            f"use ubuntu-24.04-containers: {IMAGES}",
        ),
        (
            marketplace("microsoftwindowsserver/windowsserver/2016-datacenter"),
            "the image microsoftwindowsserver/windowsserver/2016-datacenter is supported until 2027-01-12 only",
            f"use windows-2022: {IMAGES}",
        ),
        (
            "{community_gallery_image_id: /CommunityGalleries/g/Images/i, node_agent_sku_id: batch.node.ubuntu 22.04}",
            "the node agent batch.node.ubuntu 22.04 is supported until 2027-06-30 only",
            NEWER_AGENT,
        ),
    ],
)
def test_an_announced_end_is_warned_of_at_once(image: str, message: str, hint: str) -> None:
    text = with_pool(f"image: {image}, vm_size: standard_d2s_v5")
    assert findings(text) == ["3:15 warning image-support"]
    assert messages(text) == [(message, hint)]


@pytest.mark.parametrize(
    ("size", "day", "series", "newer"),
    [
        ("standard_hb120rs_v2", "2027-05-31", "HBv2", "standard_hb120rs_v3"),
        ("standard_hc44rs", "2027-05-31", "HC", "standard_hb176rs_v4"),
        ("standard_f2s_v2", "2028-11-15", "Fsv2", "standard_d2ls_v5"),
        ("standard_ds2_v2", "2028-05-01", "Dsv2", "standard_d2s_v5"),
        ("standard_l8s_v2", "2028-11-15", "Lsv2", "standard_l8s_v3"),
        ("standard_b2s", "2028-11-15", "Bv1", "standard_d2ls_v5"),
    ],
)
def test_a_size_with_an_announced_end_is_warned_of(size: str, day: str, series: str, newer: str) -> None:
    text = with_pool(f"image: ubuntu-24.04, vm_size: [standard_d2s_v5, {size}]")
    assert findings(text) == ["3:56 warning vm-size-retiring"]
    assert messages(text) == [
        (
            f"Azure retires the VM size {size} on {day} (series {series})",
            f"use a current size such as {newer}: recipebatch sizes lists the series that are known",
        )
    ]


def test_what_has_ended_is_an_error_where_no_plan_says_so() -> None:
    dead = marketplace("openlogic/centos/7_9")
    text = with_pool(f"image: {dead}, vm_size: standard_nc6")
    assert findings(text) == ["3:15 error image-retired", "3:75 error vm-size-retired"]


def test_a_size_of_no_known_series_is_warned_of() -> None:
    text = with_pool("image: ubuntu-24.04, vm_size: standard_d2sv5")
    assert findings(text) == ["3:38 warning unknown-vm-size"]
    assert messages(text) == [("standard_d2sv5 is no known VM size", "did you mean standard_d2s_v5?")]
    (_, hint), *_ = messages(with_pool("image: ubuntu-24.04, vm_size: large"))
    assert hint == "names are such as standard_d2s_v5; recipebatch sizes lists the series that are known"


@pytest.mark.parametrize("size", ["standard_nc4as_t4_v3", "standard_nd96isr_h100_v5", "standard_nv36ads_a10_v5"])
def test_a_gpu_needs_an_image_with_its_driver(size: str) -> None:
    plain = with_pool(f"image: ubuntu-24.04, vm_size: {size}")
    assert findings(plain) == ["3:38 warning image-without-gpu-driver"]
    assert messages(plain) == [
        (
            f"the image ubuntu-24.04 has no driver for the GPUs of {size}",
            f"use an image with the driver, such as ubuntu-24.04-containers; {OTHERWISE}",
        )
    ]
    assert findings(with_pool(f"image: ubuntu-24.04-containers, vm_size: {size}")) == []
    unknown = marketplace("nobody/knows/it")
    assert findings(with_pool(f"image: {unknown}, vm_size: {size}")) == []
    extension = "raw: {virtualMachineConfiguration: {extensions: [{name: NvidiaGpuDriverLinux}]}}"
    found = findings(with_pool(f"image: ubuntu-24.04, vm_size: {size}, {extension}"))
    assert [line.split()[-1] for line in found] == ["raw-used"]


def test_sizes_of_amd_gpus_need_no_driver_of_nvidia() -> None:
    assert findings(with_pool("image: ubuntu-24.04, vm_size: standard_nv4ads_v710_v5")) == []


@pytest.mark.parametrize(
    ("scale", "column"),
    [
        ("{scenario: active_tasks, max_nodes: 1, node_deallocation_option: retained_data}", 132),
        ("{formula: '$TargetDedicatedNodes = 1; $NodeDeallocationOption = retaineddata;'}", 77),
    ],
)
def test_an_option_that_leaves_the_service_is_warned_of(scale: str, column: int) -> None:
    text = with_pool(f"image: ubuntu-24.04, vm_size: standard_d2s_v5, auto_scale: {scale}")
    assert [line for line in findings(text) if "retained" in line] == [f"3:{column} warning retained-data"]
    other = scale.replace("retained_data", "requeue").replace("retaineddata", "requeue")
    assert "retained-data" not in str(findings(text.replace(scale, other)))


def test_a_pool_that_no_job_uses_is_found() -> None:
    pool = "{image: ubuntu-24.04, vm_size: standard_d2s_v5}"
    pools = f"pools: {{one: {pool}, two: {pool}}}\n"
    limits = "constraints: {max_wall_clock_time: 1h}"
    text = f"{TOP}{pools}jobs: {{j: {{pool: one, {limits}, tasks: [{{command_line: a}}]}}}}\n"
    assert [line.split()[-1] for line in findings(text)] == ["unused-pool"]
    assert messages(text) == [("no job uses pool two", "use it in a job with `pool: NAME`, or remove it")]
