"""What takes the place of images and VM sizes that end, and of names that are no aliases any more."""

from __future__ import annotations

from datetime import date

import pytest

from recipebatch.vocabulary.machines.images import AGENT_SUCCESSORS, ALIASES, ENDED, IMAGES, known_image
from recipebatch.vocabulary.machines.successors import ended_alias, newer_agent, newer_image, newer_size
from recipebatch.vocabulary.machines.vm_series import SERIES, series_of

TODAY = date(2026, 11, 29)
LISTED = "recipebatch images lists those that are known"


def test_every_successor_is_an_alias_that_ends_later() -> None:
    named = [*(known.successor for known in IMAGES), *(release.successor for release in ENDED)]
    for name in {*AGENT_SUCCESSORS.values(), *(each for each in named if each is not None)}:
        known = known_image(ALIASES[name])
        assert known is not None
        assert not known.support.ends_soon(TODAY)
        assert not known.support.has_ended(TODAY)


def test_every_release_without_alias_has_ended_and_is_no_alias() -> None:
    assert all(release.support.has_ended(TODAY) for release in ENDED)
    assert all(release.support.source.startswith("https://") for release in ENDED)
    assert not {name for release in ENDED for name in release.names} & set(ALIASES)


def test_every_size_that_takes_a_place_is_of_a_series_without_end_of_the_same_kind() -> None:
    for old in SERIES:
        if old.successor is not None:
            new = series_of(old.successor)
            assert new is not None
            assert new.retirement is None
            assert (new.gpu, new.architecture) == (old.gpu, old.architecture)


@pytest.mark.parametrize(
    ("alias", "ends", "newer"),
    [
        ("ubuntu-20.04", "2025-04-23", "ubuntu-24.04"),
        ("Ubuntu_2004-gen2", "2025-04-23", "ubuntu-24.04"),
        ("ubuntu-20.04-containers", "2025-04-23", "ubuntu-24.04-containers"),
        ("ubuntu-20.04-arm64", "2025-04-23", "ubuntu-24.04-arm64"),
        ("ubuntu-18.04", "2023-05-30", "ubuntu-24.04"),
        ("ubuntu-16.04-lts", "2021-05-21", "ubuntu-24.04"),
        ("ubuntu-23.10", "2024-07-11", "ubuntu-24.04"),
        ("focal", "2025-04-23", "ubuntu-24.04"),
        ("centos-7", "2024-06-30", "almalinux-9"),
        ("centos-7.9", "2024-06-30", "almalinux-9"),
        ("debian-11", "2026-08-31", "debian-13"),
        ("windows-2012-r2", "2024-12-05", "windows-2022"),
        ("windows-server-2012-R2-datacenter", "2024-12-05", "windows-2022"),
        ("centos:7", "2024-06-30", "almalinux-9"),
        ("centos-stream-8", "2024-05-31", "almalinux-9"),
        ("ubuntu-focal", "2025-04-23", "ubuntu-24.04"),
        ("ubuntu-hpc-20.04", "2025-04-23", "ubuntu-24.04-containers"),
        ("win2012", "2024-12-05", "windows-2022"),
        ("rhel-7", "2024-06-30", "a newer image"),
        ("centos-7-containers", "2024-06-30", "a newer image"),
    ],
)
def test_a_name_of_an_ended_release_says_since_when_and_what_to_use(alias: str, ends: str, newer: str) -> None:
    message = f"the image {alias} has had no support since {ends}"
    assert ended_alias(alias) == (message, f"use {newer}: {LISTED}")


@pytest.mark.parametrize("alias", ["ubuntu-24.4", "debian-14", "debian-21", "ubuntu-26.04", "almalinux-10", "zzz"])
def test_a_name_of_no_ended_release_has_not_ended(alias: str) -> None:
    assert ended_alias(alias) is None


def test_a_long_name_takes_no_long_time() -> None:
    assert ended_alias("ubuntu-20.04" + "1" * 5_000 + "!") is None


def test_an_image_of_which_nothing_is_known_gets_the_list() -> None:
    assert newer_image(ALIASES["almalinux-hpc"]) == f"use a newer image: {LISTED}"
    assert newer_image(ALIASES["azure-linux-3"]) == f"use a newer image: {LISTED}"
    assert newer_agent("batch.node.unheard 1") == (
        "build the image from a newer release, and write its node_agent_sku_id"
    )


def test_a_series_without_successor_gets_the_list_alone() -> None:
    series = series_of("standard_np10s")
    assert series is not None
    assert newer_size(series) == "use another size: recipebatch sizes lists the series that are known"
