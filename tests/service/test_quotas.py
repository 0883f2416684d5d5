from __future__ import annotations

import pytest

from recipebatch.service import family_of


@pytest.mark.parametrize(
    ("size", "family"),
    [
        ("STANDARD_D2S_V3", "standardDSv3Family"),
        ("standard_d2_v3", "standardDv3Family"),
        ("standard_d4as_v4", "standardDASv4Family"),
        ("standard_d2ds_v5", "standardDDSv5Family"),
        ("standard_e8-2s_v3", "standardESv3Family"),
        ("standard_hb120rs_v3", "standardHBrsv3Family"),
        ("standard_nc24ads_a100_v4", "StandardNCADSA100v4Family"),
        ("standard_a1_v2", "standardAv2Family"),
        ("something", ""),
    ],
)
def test_the_family_of_a_size_has_the_name_of_its_quota(size: str, family: str) -> None:
    assert family_of(size) == family.lower()
