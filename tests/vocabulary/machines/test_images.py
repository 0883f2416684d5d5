"""What is known of images, and until when they are supported."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from recipebatch.vocabulary.machines.images import (
    ALIASES,
    IMAGES,
    NODE_AGENTS,
    Image,
    agent_support,
    architecture_of,
    generation_of,
    known_image,
    name_of,
    os_of,
    support_of,
    support_warning,
)

NEAR = timedelta(days=60)


def image(name: str) -> Image:
    publisher, offer, sku = name.split("/")
    return Image(publisher, offer, sku)


def test_no_alias_names_an_image_whose_support_ends_soon() -> None:
    """Fails when one is near: choose its successor, and say so in the changelog."""
    today = datetime.now(UTC).date()
    ends = {known.alias: known.support.ends for known in IMAGES if known.alias}
    assert [alias for alias, end in ends.items() if end is not None and end - today <= NEAR] == []


def test_every_fact_says_where_it_is_from() -> None:
    assert all(known.support.source.startswith("https://") for known in IMAGES)
    assert all(support.source.startswith("https://") for support in NODE_AGENTS.values())
    assert {known.alias for known in IMAGES if known.alias} == set(ALIASES)


def test_every_alias_is_found_as_itself_and_says_all_but_its_end() -> None:
    for alias, named in ALIASES.items():
        known = known_image(named)
        assert known is not None
        assert known.alias == alias
        assert known.generation in {1, 2}
        assert known.architecture in {"x64", "Arm64"}
        assert known.containers is not None
        assert known.gpu_driver is not None


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("OpenLogic/CentOS/7.5", date(2024, 6, 30)),
        ("openlogic/centos-hpc/8_1-gen2", date(2021, 12, 31)),
        ("canonical/UbuntuServer/14.04.5-LTS", date(2019, 6, 15)),
        ("canonical/ubuntuserver/16.04.0-lts", date(2021, 5, 21)),
        ("canonical/ubuntuserver/18_04-lts-gen2", date(2023, 5, 30)),
        ("canonical/0001-com-ubuntu-server-focal/20_04-lts", date(2025, 4, 23)),
        ("canonical/0001-com-ubuntu-minimal-focal/minimal-20_04-lts", date(2025, 4, 23)),
        ("canonical/0001-com-ubuntu-server-bionic/18_04-lts", date(2023, 5, 30)),
        ("canonical/0001-com-ubuntu-server-mantic/23_10", date(2024, 7, 11)),
        ("canonical/ubuntu-24_10/server", date(2025, 7, 10)),
        ("credativ/debian/8", date(2020, 7, 30)),
        ("credativ/Debian/9-backports", date(2020, 10, 6)),
        ("debian/debian-10/10", date(2022, 9, 30)),
        ("debian/debian-11/11-gen2", date(2026, 8, 31)),
        ("debian/debian-11-daily/11", date(2026, 8, 31)),
        ("RedHat/RHEL/7.9", date(2024, 6, 30)),
        ("redhat/rhel/7lvm-gen2", date(2024, 6, 30)),
        ("redhat/rhel-byos/rhel-lvm79", date(2024, 6, 30)),
        ("redhat/rhel-byos/rhel-lvm87", date(2029, 5, 31)),
        ("oracle/oracle-linux/78", date(2024, 6, 30)),
        ("microsoftwindowsserver/windowsserver/2008-r2-sp1", date(2024, 1, 9)),
        ("MicrosoftWindowsServer/WindowsServer/2012-R2-Datacenter", date(2024, 12, 5)),
        ("microsoftwindowsserver/windowsserver/2016-datacenter-with-containers", date(2027, 1, 12)),
        ("microsoft-azure-batch/ubuntu-server-container/20-04-lts", date(2025, 4, 23)),
        ("microsoft-azure-batch/ubuntu-server-container-rdma/16-04-lts", date(2021, 5, 21)),
        ("microsoft-azure-batch/centos-container/7-9", date(2024, 6, 30)),
        ("microsoft-azure-batch/centos-container-rdma/8-1", date(2021, 12, 31)),
        ("microsoft-dsvm/ubuntu-hpc/1804", date(2023, 5, 30)),
        ("microsoft-dsvm/ubuntu-2004/2004-gen2", date(2025, 4, 23)),
        ("microsoft-dsvm/linux-data-science-vm-ubuntu/linuxdsvmubuntu", date(2021, 5, 21)),
        ("microsoft-ads/linux-data-science-vm/linuxdsvm", date(2024, 6, 30)),
        ("batch/rendering-centos73/rendering", date(2024, 2, 29)),
        ("almalinux/almalinux/8_5", date(2024, 12, 29)),
        ("microsoftcblmariner/cbl-mariner/cbl-mariner-2-gen2", date(2025, 7, 30)),
        ("canonical/ubuntu-24_04-lts/server", date(2029, 4, 1)),
        ("microsoftcblmariner/azure-linux-3/azure-linux-3-gen2", None),
    ],
)
def test_an_image_ends_with_its_release_whatever_its_sku(name: str, ends: date | None) -> None:
    support = support_of(image(name))
    assert support is not None
    assert support.ends == ends


@pytest.mark.parametrize(
    ("name", "generation", "architecture", "containers"),
    [
        ("canonical/0001-com-ubuntu-server-jammy/22_04-lts", 1, "x64", False),
        ("canonical/0001-com-ubuntu-server-jammy/22_04-lts-gen2", 2, "x64", False),
        ("canonical/ubuntu-24_04-lts/server-arm64", 2, "Arm64", False),
        ("debian/debian-12/12", 1, "x64", False),
        ("debian/debian-12/12-arm64", 2, "Arm64", False),
        ("redhat/rhel-arm64/9_3-arm64", None, "Arm64", None),
        ("microsoftwindowsserver/windowsserver/2022-datacenter-smalldisk", 1, "x64", False),
        ("microsoftwindowsserver/windowsserver/2022-datacenter-smalldisk-g2", 2, "x64", False),
        ("microsoftwindowsserver/windowsserver/2022-datacenter-azure-edition", 2, "x64", False),
        ("microsoftwindowsserver/windowsserver/2019-datacenter-gs", None, "x64", False),
        ("microsoftwindowsserver/windowsserver/2019-datacenter-core-with-containers-g2", 2, "x64", True),
        ("microsoft-dsvm/ubuntu-hpc/2204", 2, "x64", True),
        ("nobody/knows/it", None, None, None),
    ],
)
def test_an_image_says_what_it_boots(
    name: str,
    generation: int | None,
    architecture: str | None,
    containers: bool | None,  # noqa: FBT001 - a column of the table
) -> None:
    known = known_image(image(name))
    assert generation_of(image(name)) == generation
    assert architecture_of(image(name)) == architecture
    assert (known.containers if known is not None else None) == containers


def test_an_image_is_warned_of_before_and_after_its_end() -> None:
    debian = Image("Debian", "debian-12", "12-GEN2")
    assert name_of(debian) == "debian-12"
    assert support_warning(debian, date(2027, 1, 1)) is None
    assert "debian-12 is supported until 2028-06-30 only" in str(support_warning(debian, date(2028, 3, 1)))
    assert support_warning(debian, date(2028, 6, 30)) == (
        "the image debian-12 is supported until 2028-06-30 only: choose a newer one soon"
    )
    assert "no support since 2028-06-30" in str(support_warning(debian, date(2028, 7, 1)))
    assert support_warning(Image("nobody", "knows", "it"), date(2024, 1, 1)) is None


def test_an_end_that_the_service_has_announced_is_warned_of_at_once() -> None:
    assert "until 2027-06-30 only" in str(support_warning(ALIASES["ubuntu-22.04"], date(2026, 6, 1)))
    assert name_of(Image("a", "b", "c")) == "a/b/c"


def test_a_date_that_nothing_confirms_is_no_end_but_is_warned_of() -> None:
    doubtful = image("microsoftwindowsserver/windowsserver/2019-datacenter-with-containers")
    support = support_of(doubtful)
    assert support is not None
    assert (support.confirmed, support.has_ended(date(2026, 1, 1))) == (False, False)
    assert "may have no support since 2022-09-30" in str(support_warning(doubtful, date(2026, 1, 1)))


def test_node_agents_of_custom_images_end_too() -> None:
    support = agent_support("Batch.Node.Ubuntu 18.04")
    assert support is not None
    assert support.has_ended(date(2023, 5, 31))
    assert not support.has_ended(date(2023, 5, 30))
    assert agent_support("batch.node.unheard 1") is None


def test_windows_is_known_by_its_publisher() -> None:
    assert os_of("MicrosoftWindowsServer") == "windows"
    assert os_of("canonical") == "linux"
