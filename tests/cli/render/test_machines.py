"""Tables of images and VM series fit 80 columns."""

from __future__ import annotations

from recipebatch.api import ImageInfo, ImageList, images, sizes
from recipebatch.cli.render.machines import images_text, sizes_text

LONG = ImageInfo(
    alias=None,
    publisher="canonical",
    offer="0001-com-ubuntu-server-jammy",
    sku="22_04-lts",
    os="linux",
    generation=None,
    architecture=None,
    node_agent_sku=None,
    containers=None,
    gpu_driver=False,
    end_of_support=None,
    retired=False,
    offered=True,
    source=None,
)


def test_a_long_name_stands_on_a_line_of_its_own() -> None:
    assert images_text(ImageList(account="mine", images=(LONG,))).splitlines() == [
        "IMAGE  GEN  ARCH  CONTAINERS  GPU DRIVER  UNTIL  OFFERED",
        "canonical/0001-com-ubuntu-server-jammy/22_04-lts",
        "       ?    ?     ?           no          ?      yes",
    ]


def test_the_tables_fit_80_columns() -> None:
    found = ImageList(account=None, images=images(retired=True, account=None).images)
    texts = [images_text(found), sizes_text(sizes(retired=True), of_sizes=False)]
    assert max(len(line) for text in texts for line in text.splitlines()) <= 80
    assert texts[0].splitlines()[-1] == "what an account offers: recipebatch images --account NAME"


def test_sizes_are_shown_with_their_series() -> None:
    lines = sizes_text(sizes(["standard_nc6", "standard_unheard"]), of_sizes=True).splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["VM", "SIZE", "CORES", "SERIES", "GEN", "ARCH", "GPU", "UNTIL"],
        ["standard_nc6", "6", "NC", "1", "x64", "nvidia", "2023-09-06"],
        ["standard_unheard", "?", "?", "?", "?", "?", "?"],
    ]
    assert lines[-1] == "the sizes that a region offers: az batch location list-skus --location REGION"
