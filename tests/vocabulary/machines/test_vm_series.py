"""What is known of VM sizes by their names."""

from __future__ import annotations

from datetime import date

import pytest

from recipebatch.vocabulary.machines.vm_series import CURRENT_SIZE, SERIES, series_of


@pytest.mark.parametrize(
    ("size", "name", "retirement"),
    [
        ("Standard_A4", "Av1", date(2024, 8, 31)),
        ("basic_a1", "Av1", date(2024, 8, 31)),
        ("standard_a9", "A8-A11", date(2021, 3, 1)),
        ("standard_a2m_v2", "Av2", date(2028, 11, 15)),
        ("standard_b2ms", "Bv1", date(2028, 11, 15)),
        ("standard_b2ls_v2", "Bsv2", None),
        ("standard_d3", "D", date(2028, 5, 1)),
        ("standard_ds13-2", "Ds", date(2028, 5, 1)),
        ("STANDARD_D1_v2", "Dv2", date(2028, 5, 1)),
        ("standard_d11_v2_promo", "Dv2", date(2028, 5, 1)),
        ("standard_ds13-4_v2", "Dsv2", date(2028, 5, 1)),
        ("standard_d2s_v3", "Dsv3", None),
        ("standard_dc2s_v2", "DCsv2", date(2026, 6, 30)),
        ("standard_dc4ds_v3", "DCsv3, DCdsv3", date(2029, 10, 31)),
        ("standard_f4s", "Fs", date(2028, 11, 15)),
        ("standard_f8", "F", date(2028, 11, 15)),
        ("standard_f72s_v2", "Fsv2", date(2028, 11, 15)),
        ("standard_g5", "G", date(2028, 11, 15)),
        ("standard_gs4-8", "Gs", date(2028, 11, 15)),
        ("standard_h16mr_promo", "H", date(2022, 8, 31)),
        ("standard_hb60rs", "HB", date(2024, 8, 31)),
        ("standard_hb120-16rs_v2", "HBv2", date(2027, 5, 31)),
        ("standard_hb120rs_v3", "HBv3", None),
        ("standard_hc44-16rs", "HC", date(2027, 5, 31)),
        ("standard_l4s", "Ls", date(2028, 5, 1)),
        ("standard_l8s_v2", "Lsv2", date(2028, 11, 15)),
        ("standard_l8s_v3", "Lsv3, Lasv3", None),
        ("standard_m192idms_v2", "M192 of Msv2, Mdsv2", date(2027, 3, 31)),
        ("standard_nc24r_promo", "NC", date(2023, 9, 6)),
        ("standard_nc6s_v2", "NCv2", date(2023, 9, 6)),
        ("standard_nc24rs_v3", "NCv3", date(2025, 9, 30)),
        ("standard_nc64as_t4_v3", "NCasT4_v3", None),
        ("standard_nd24rs", "ND", date(2023, 9, 6)),
        ("standard_nv12_promo", "NV", date(2023, 9, 6)),
        ("standard_nv12s_v3", "NVv3", date(2026, 9, 30)),
        ("standard_nv8as_v4", "NVv4", date(2026, 9, 30)),
        ("standard_nv36ads_a10_v5", "NVads A10 v5", None),
        ("standard_np10s", "NP", date(2027, 5, 31)),
    ],
)
def test_a_size_is_of_a_series_that_may_have_an_end(size: str, name: str, retirement: date | None) -> None:
    series = series_of(size)
    assert series is not None
    assert (series.name, series.retirement) == (name, retirement)


@pytest.mark.parametrize(
    ("size", "generations", "architecture"),
    [
        ("standard_d2s_v6", (2,), "x64"),
        ("standard_d4ads_v6", (2,), "x64"),
        ("standard_d4als_v7", (2,), "x64"),
        ("standard_e8-4ds_v6", (2,), "x64"),
        ("standard_e2bds_v6", (2,), "x64"),
        ("standard_f2ams_v6", (2,), "x64"),
        ("standard_d2s_v5", (1, 2), "x64"),
        ("standard_d2_v3", (1,), "x64"),
        ("standard_a1_v2", (1,), "x64"),
        ("standard_d2ps_v5", (2,), "Arm64"),
        ("standard_d2plds_v5", (2,), "Arm64"),
        ("standard_d2pls_v6", (2,), "Arm64"),
        ("standard_d2pds_v6", (2,), "Arm64"),
        ("standard_e4ps_v5", (2,), "Arm64"),
        ("standard_e4pds_v6", (2,), "Arm64"),
        ("standard_b2pls_v2", (2,), "Arm64"),
        ("standard_m416ms_v2", (2,), "x64"),
        ("standard_fx4mds", (2,), "x64"),
    ],
)
def test_a_size_says_what_it_boots(size: str, generations: tuple[int, ...], architecture: str) -> None:
    series = series_of(size)
    assert series is not None
    assert (series.generations, series.architecture) == (generations, architecture)


@pytest.mark.parametrize("size", ["standard_d2sv5", "d2s_v5", "standard_unheard", "a", "", "standard_d2s_v55"])
def test_other_names_are_of_no_series(size: str) -> None:
    assert series_of(size) is None


def test_every_row_says_where_it_is_from_and_the_size_of_hints_has_no_end() -> None:
    assert all(series.source.startswith("https://") for series in SERIES)
    current = series_of(CURRENT_SIZE)
    assert current is not None
    assert current.retirement is None
    retired = series_of("standard_nc6s_v3")
    assert retired is not None
    assert not retired.is_retired(date(2025, 9, 30))
    assert retired.is_retired(date(2025, 10, 1))
