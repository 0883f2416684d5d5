"""How many cores a VM size has, by its name; quotas count them."""

from __future__ import annotations

import re

_OLD = {
    # Sizes whose number is no number of cores. Source: "Sizes for virtual machines in Azure", previous generations.
    "a": {0: 1, 1: 1, 2: 2, 3: 4, 4: 8, 5: 2, 6: 4, 7: 8, 8: 8, 9: 16, 10: 8, 11: 16},
    "d": {1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 11: 2, 12: 4, 13: 8, 14: 16, 15: 20},
    "g": {1: 2, 2: 4, 3: 8, 4: 16, 5: 32},
}
_NAME = re.compile(r"(?:standard|basic)_([a-z]+?)(s?)(\d+)(?:-(\d+))?[a-z]*(?:_(?!v\d+\Z)[a-z0-9-]+)?(?:_v(\d+))?\Z")
_FIRST_BY_CORES = {"a": 2, "d": 3}
"""The version since which the numbers in the names of a family are numbers of cores."""


def cores(vm_size: str) -> int:
    """The cores of a VM size such as `standard_d2s_v5`; 1 if the name does not say.

    A size with constrained cores, such as `standard_e8-2s_v3`, has those behind the hyphen.
    """
    return known_cores(vm_size) or 1


def known_cores(vm_size: str) -> int | None:
    """The cores of a VM size; None if its name does not contain them."""
    found = _NAME.match(vm_size.lower())
    if found is None:
        return None
    family, _, number, constrained, version = found.groups()
    if constrained is not None:
        return int(constrained)
    if family in _OLD and int(version or 1) < _FIRST_BY_CORES.get(family, 1_000):
        return _OLD[family].get(int(number), int(number))
    return max(1, int(number))
