from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from plans import UBUNTU, a_pool, a_pool_snapshot

from recipebatch.errors import PoolConflictError, ServiceError
from recipebatch.phases.provision.decide import (
    CreatePool,
    KeepPool,
    ResizePool,
    ScalePool,
    decide,
    next_size,
    node_agent_sku,
)
from recipebatch.plan import DeferredText, SecretParameter
from recipebatch.plan.expressions import command_line_of
from recipebatch.plan.model import ImageReference, PlannedAutoScale
from recipebatch.plan.resolver.pool_expiry import scaling
from recipebatch.properties.pool import StartTask
from recipebatch.runs import labels
from recipebatch.service import SupportedImage

if TYPE_CHECKING:
    from recipebatch.plan.model import PlannedPool

UNTIL = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OURS = {labels.RUN: "r1"}


def test_a_pool_that_is_not_there_is_created() -> None:
    pool = a_pool()
    assert decide(pool, None, UNTIL) == CreatePool(pool)


def test_an_equal_pool_is_kept() -> None:
    pool = a_pool()
    assert decide(pool, a_pool_snapshot(), UNTIL) == KeepPool(pool)


def test_a_start_task_that_an_earlier_version_wrote_otherwise_is_no_difference() -> None:
    def pool(line: str) -> PlannedPool:
        return a_pool(start_task=StartTask(command_line=line))

    in_sh, in_bash = (command_line_of(["a", "b"], shell) for shell in ("sh", "bash"))
    seen = a_pool_snapshot(start_command_line=in_sh)
    assert decide(pool(in_bash), seen, UNTIL) == KeepPool(pool(in_bash))
    earlier = a_pool_snapshot(start_command_line=in_bash.replace("{ (exit $?);} 2>/dev/null", "(exit $?)"))
    assert earlier.start_command_line != in_bash
    assert decide(pool(in_bash), earlier, UNTIL) == KeepPool(pool(in_bash))
    for wanted, found in ((in_sh, in_bash), (command_line_of(["a"], "bash"), in_sh), ("/bin/sh -c a", in_sh)):
        with pytest.raises(PoolConflictError, match="start command"):
            decide(pool(wanted), a_pool_snapshot(start_command_line=found), UNTIL)


def test_another_number_of_nodes_is_a_resize() -> None:
    pool = a_pool(target_dedicated_nodes=3)
    assert decide(pool, a_pool_snapshot(), UNTIL) == ResizePool(pool)


def test_an_allocation_that_failed_is_tried_again() -> None:
    pool = a_pool()
    quota = (("AccountCoreQuotaReached", "no cores left"),)
    assert decide(pool, a_pool_snapshot(current_dedicated_nodes=0, resize_errors=quota), UNTIL) == ResizePool(pool)
    assert decide(pool, a_pool_snapshot(resize_errors=quota), UNTIL) == KeepPool(pool)


def test_a_pool_with_a_foreign_autoscale_formula_is_not_resized() -> None:
    pool = a_pool(target_dedicated_nodes=3)
    for metadata in ({}, OURS):
        seen = a_pool_snapshot(auto_scale_formula="$TargetDedicatedNodes = 9;", metadata=metadata)
        assert decide(pool, seen, UNTIL) == KeepPool(pool)


def rule(pool: PlannedPool, until: datetime) -> PlannedAutoScale:
    found = scaling(pool, until)
    assert found is not None
    return found


def formula(pool: PlannedPool, until: datetime) -> str:
    return rule(pool, until).formula


def test_a_pool_that_a_run_made_keeps_its_rule_while_that_lasts() -> None:
    pool = a_pool()
    seen = a_pool_snapshot(metadata=OURS, auto_scale_formula=formula(pool, UNTIL))
    assert decide(pool, seen, UNTIL + timedelta(minutes=5)) == KeepPool(pool)
    later = UNTIL + timedelta(hours=1)
    assert decide(pool, seen, later) == ScalePool(pool, rule(pool, later))


def test_a_pool_that_another_run_needs_for_longer_is_not_emptied_sooner() -> None:
    pool = a_pool()
    seen = a_pool_snapshot(metadata=OURS, auto_scale_formula=formula(pool, UNTIL))
    assert decide(pool, seen, UNTIL - timedelta(hours=9)) == KeepPool(pool)
    more = replace(pool, target_dedicated_nodes=3)
    assert decide(more, seen, UNTIL - timedelta(hours=9)) == ScalePool(more, rule(more, UNTIL))


def test_a_pool_of_a_run_that_lost_its_rule_gets_it_again() -> None:
    pool = a_pool()
    assert decide(pool, a_pool_snapshot(metadata=OURS), UNTIL) == ScalePool(pool, rule(pool, UNTIL))


def test_nodes_that_the_service_could_not_give_are_asked_for_again() -> None:
    pool = a_pool()
    quota = (("AccountCoreQuotaReached", "no cores left"),)
    seen = a_pool_snapshot(
        metadata=OURS, current_dedicated_nodes=0, resize_errors=quota, auto_scale_formula=formula(pool, UNTIL)
    )
    assert decide(pool, seen, UNTIL) == ScalePool(pool, rule(pool, UNTIL), again=True)


def test_another_formula_in_the_recipe_is_taken_over() -> None:
    pool = a_pool(auto_scale=PlannedAutoScale(formula="$TargetDedicatedNodes = 1;", evaluation_interval=None))
    seen = a_pool_snapshot(metadata=OURS, auto_scale_formula=formula(pool, UNTIL))
    assert decide(pool, seen, UNTIL) == KeepPool(pool)
    other = replace(pool, auto_scale=PlannedAutoScale(formula="$TargetDedicatedNodes = 2;", evaluation_interval=None))
    assert decide(other, seen, UNTIL) == ScalePool(other, rule(other, UNTIL))


def test_a_pool_of_an_endless_schedule_stays_as_it_is() -> None:
    fixed = a_pool(endless=True)
    assert decide(fixed, a_pool_snapshot(metadata=OURS), UNTIL) == KeepPool(fixed)
    scaled = replace(fixed, auto_scale=PlannedAutoScale(formula="$TargetDedicatedNodes = 1;", evaluation_interval=None))
    seen = a_pool_snapshot(metadata=OURS, auto_scale_formula="$TargetDedicatedNodes = 1;")
    assert decide(scaled, seen, UNTIL) == KeepPool(scaled)


def test_the_vm_size_is_compared_as_the_service_spells_it() -> None:
    pool = a_pool(vm_size="STANDARD_D2s_v3")
    assert decide(pool, a_pool_snapshot(), UNTIL) == KeepPool(pool)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"vm_size": "standard_d4s_v3"}, "VM size standard_d2s_v3; the recipe asks for standard_d4s_v3"),
        ({"task_slots_per_node": 2}, "task slots per node 1; the recipe asks for 2"),
        ({"image": ImageReference(publisher="debian", offer="debian-12", sku="12")}, "asks for debian/debian-12/12"),
    ],
)
def test_what_cannot_be_changed_is_a_conflict(changed: dict[str, object], words: str) -> None:
    with pytest.raises(PoolConflictError, match=words):
        decide(a_pool(**changed), a_pool_snapshot(), UNTIL)


WANTED = {
    "networkConfiguration": {"subnetId": "/Subnets/A", "publicIPAddressConfiguration": {"provision": "batchManaged"}},
    "userAccounts": [{"name": "worker", "password": DeferredText(SecretParameter("p"))}],
    "virtualMachineConfiguration": {"osDisk": {"diskSizeGB": 64}},
}
SEEN = {
    "networkConfiguration": {"subnetId": "/subnets/a", "publicIPAddressConfiguration": {"provision": "batchmanaged"}},
    "userAccounts": [{"name": "worker", "elevationLevel": "nonadmin"}],
    "virtualMachineConfiguration": {"osDisk": {"diskSizeGB": 64, "caching": "none"}, "nodeAgentSKUId": "x"},
}


def test_networks_users_and_disks_are_compared_as_far_as_the_service_shows_them() -> None:
    pool = a_pool(properties=WANTED)
    assert decide(pool, a_pool_snapshot(body=SEEN), UNTIL) == KeepPool(pool)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"networkConfiguration": {"subnetId": "/subnets/b"}}, "subnetId /subnets/b; the recipe asks for /Subnets/A"),
        ({"networkConfiguration": None}, "networkConfiguration none; the recipe asks for set"),
        ({"userAccounts": [{"name": "other"}]}, r"userAccounts\[1\].name other; the recipe asks for worker"),
        ({"userAccounts": []}, "userAccounts 0 entries; the recipe asks for 1 entries"),
        ({"virtualMachineConfiguration": {"osDisk": {"diskSizeGB": 32}}}, "diskSizeGB 32; the recipe asks for 64"),
        (
            {"mountConfiguration": [{"azureBlobFileSystemConfiguration": {"relativeMountPath": "data"}}]},
            "mounts data; the recipe asks for none",
        ),
    ],
)
def test_another_network_user_disk_or_mount_is_a_conflict(body: dict[str, object], words: str) -> None:
    with pytest.raises(PoolConflictError, match=words):
        decide(a_pool(properties=WANTED), a_pool_snapshot(body=SEEN | body), UNTIL)


def test_a_pool_that_is_being_deleted_is_not_used() -> None:
    with pytest.raises(ServiceError, match="is being deleted"):
        decide(a_pool(), a_pool_snapshot(state="deleting"), UNTIL)


def test_an_existing_pool_is_kept_whatever_its_size() -> None:
    pool = a_pool(existing=True, image=None, target_dedicated_nodes=0)
    assert decide(pool, a_pool_snapshot(target_dedicated_nodes=9), UNTIL) == KeepPool(pool)


def test_an_existing_pool_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ServiceError, match="does not exist"):
        decide(a_pool(existing=True), None, UNTIL)


def test_the_node_agent_comes_from_the_services_list_verified_first() -> None:
    def image(agent: str, *, verified: bool) -> SupportedImage:
        return SupportedImage(image=UBUNTU, node_agent_sku_id=agent, os_type="linux", verified=verified)

    supported = [image("old", verified=False), image("batch.node.ubuntu 24.04", verified=True)]
    upper = ImageReference(publisher="Canonical", offer="Ubuntu-24_04-LTS", sku="SERVER")
    assert node_agent_sku(a_pool(image=upper), supported) == "batch.node.ubuntu 24.04"


def test_an_image_the_service_does_not_know_names_its_relatives() -> None:
    supported = [SupportedImage(image=UBUNTU, node_agent_sku_id="a", os_type="linux", verified=True)]
    wanted = ImageReference(publisher="canonical", offer="ubuntu-26_04-lts", sku="server")
    with pytest.raises(ServiceError) as raised:
        node_agent_sku(a_pool(image=wanted), supported)
    assert raised.value.hint == f"it supports {UBUNTU}"


def test_an_image_by_id_brings_its_node_agent() -> None:
    image = ImageReference(id_kind="virtualMachineImageId", id="/subscriptions/s/images/i")
    assert node_agent_sku(a_pool(image=image, node_agent_sku_id="batch.node.ubuntu 24.04"), ()) == (
        "batch.node.ubuntu 24.04"
    )


def test_a_pool_of_any_of_the_sizes_to_try_is_the_right_one() -> None:
    wanted = a_pool(vm_sizes=("standard_e8s_v5", "STANDARD_D2S_V3"), vm_size="standard_e8s_v5")
    assert decide(wanted, a_pool_snapshot(), UNTIL) == KeepPool(wanted)
    with pytest.raises(PoolConflictError, match="asks for standard_e8s_v5"):
        decide(wanted, a_pool_snapshot(vm_size="standard_f2"), UNTIL)


def test_sizes_are_tried_in_their_order() -> None:
    pool = a_pool(vm_sizes=("A", "b", "c"), vm_size="A")
    assert [next_size(pool, size) for size in ("a", "B", "c", "d")] == ["b", "c", None, None]
    assert next_size(a_pool(), "standard_d2s_v3") is None
