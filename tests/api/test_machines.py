"""What is known of images and VM series, and what an account offers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from recipebatch import api, execution
from recipebatch.errors import UsageError
from recipebatch.plan.model import ImageReference
from recipebatch.service import SupportedImage


@pytest.fixture(autouse=True)
def _no_account(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))
    for name in ("RECIPEBATCH_ACCOUNT", "AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ENDPOINT", "AZURE_BATCH_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)


def supported(name: str, *capabilities: str, ends: date | None = None) -> SupportedImage:
    publisher, offer, sku = name.split("/")
    return SupportedImage(
        image=ImageReference(publisher=publisher, offer=offer, sku=sku),
        node_agent_sku_id="batch.node.ubuntu 24.04",
        os_type="linux",
        verified=True,
        support_ends=ends,
        capabilities=capabilities,
    )


def test_without_an_account_the_images_with_an_alias_are_listed_that_have_not_ended() -> None:
    found = api.images()
    assert found.account is None
    assert {info.offered for info in found.images} == {None}
    assert not any(info.retired for info in found.images)
    by_alias = {info.alias: info for info in found.images}
    arm = by_alias["ubuntu-24.04-arm64"]
    assert (arm.sku, arm.generation, arm.architecture, arm.containers) == ("server-arm64", 2, "Arm64", False)
    assert by_alias["ubuntu-24.04-containers"].gpu_driver
    names = {"azure-linux-3", "windows-2025", "debian-13", "almalinux-hpc", "ubuntu-22.04-containers"}
    assert names <= by_alias.keys()


def test_all_shows_what_has_ended_too() -> None:
    ended = {(info.publisher, info.offer, info.sku) for info in api.images(retired=True).images if info.retired}
    assert ("openlogic", "centos*", "7*") in ended
    assert ("debian", "debian-10*", "*") in ended


def test_an_account_says_what_it_offers_and_when_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    soon, past = date(2026, 12, 31), date(2020, 1, 1)
    offers = (
        supported("Canonical/ubuntu-24_04-lts/server", "Generation2VMImage", ends=soon),
        supported("maker/new/one", "DockerCompatible", "Generation2VMImage", "NvidiaTeslaDriverInstalled"),
        supported("maker/old/one", ends=past),
    )
    monkeypatch.setattr(execution, "offered_images", lambda _account, _progress: ("mine", offers), raising=False)
    found = api.images(account="mine")
    assert found.account == "mine"
    by_name = {info.alias or info.offer: info for info in found.images}
    ubuntu = by_name["ubuntu-24.04"]
    assert (ubuntu.offered, ubuntu.end_of_support, ubuntu.retired) == (
        True,
        "2026-12-31",
        datetime.now(UTC).date() > soon,
    )
    assert by_name["debian-13"].offered is False
    new = by_name["new"]
    assert (new.alias, new.offered, new.generation, new.containers, new.gpu_driver) == (None, True, 2, True, True)
    assert "old" not in by_name
    assert "old" in {info.offer for info in api.images(account="mine", retired=True).images}


def test_a_configured_account_is_asked_and_the_local_one_only_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not execution.is_configured(None)
    assert execution.is_configured("local")
    monkeypatch.setenv("RECIPEBATCH_ACCOUNT", "local")
    assert not execution.is_configured(None)
    monkeypatch.setenv("RECIPEBATCH_ACCOUNT", "nowhere")
    with pytest.raises(UsageError):
        execution.is_configured(None)


def test_the_series_are_listed_and_retired_ones_on_request() -> None:
    current = {info.series for info in api.sizes()}
    assert "Dsv5, Ddsv5" in current
    assert "NCv3" not in current
    (retired,) = (info for info in api.sizes(retired=True) if info.series == "NCv3")
    assert (retired.retirement, retired.retired, retired.size) == ("2025-09-30", True, None)


def test_what_is_known_of_a_size() -> None:
    known, unknown = api.sizes(["Standard_E8-2s_v5", "standard_unheard"])
    assert (known.size, known.cores, known.generations, known.architecture) == ("Standard_E8-2s_v5", 2, (1, 2), "x64")
    assert (unknown.series, unknown.cores, unknown.generations, unknown.retired) == (None, None, None, False)
