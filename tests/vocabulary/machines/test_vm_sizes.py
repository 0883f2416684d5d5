from __future__ import annotations

import pytest

from recipebatch.vocabulary.machines.vm_sizes import cores


@pytest.mark.parametrize(
    ("size", "count"),
    [
        ("standard_d2s_v3", 2),
        ("STANDARD_D1_v2", 1),
        ("standard_d3", 4),
        ("standard_d14_v2", 16),
        ("standard_ds4_v2", 8),
        ("standard_a1_v2", 1),
        ("standard_a4_v2", 4),
        ("standard_a7", 8),
        ("standard_a2m_v2", 2),
        ("standard_f8s_v2", 8),
        ("standard_e64is_v3", 64),
        ("standard_e8-2s_v3", 2),
        ("standard_nc24rs_v3", 24),
        ("standard_nc64as_t4_v3", 64),
        ("standard_hb120rs_v3", 120),
        ("standard_g5", 32),
        ("standard_b2ms", 2),
        ("standard_unheard", 1),
    ],
)
def test_a_vm_size_says_how_many_cores_it_has(size: str, count: int) -> None:
    assert cores(size) == count
