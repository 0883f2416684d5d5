"""How many cores a VM size has, by its name; quotas count them."""

from __future__ import annotations

import re

_OLD = {
    # Sizes whose number is no number of cores. Source: "Sizes for virtual machines in Azure", previous generations.
    "a0": 1,
    "a1": 1,
    "a2": 2,
    "a3": 4,
    "a4": 8,
    "a5": 2,
    "a6": 4,
    "a7": 8,
    "a8": 8,
    "a9": 16,
    "a10": 8,
    "a11": 16,
    "d1": 1,
    "d2": 2,
    "d3": 4,
    "d4": 8,
    "d5": 16,
    "d11": 2,
    "d12": 4,
    "d13": 8,
    "d14": 16,
    "d15": 20,
    "g1": 2,
    "g2": 4,
    "g3": 8,
    "g4": 16,
    "g5": 32,
}
_NAME = re.compile(r"(?:standard|basic)_([a-z]+?)(s?)(\d+)(?:-(\d+))?[a-z]*(?:_(?!v\d+\Z)[a-z0-9-]+)?(?:_v(\d+))?\Z")
_FIRST_BY_CORES = 3
"""From their third version on the numbers of D and A sizes are numbers of cores; of A since the second."""


def cores(vm_size: str) -> int:
    """The cores of a VM size such as `standard_d2s_v3`; 1 if the name does not say.

    A size with constrained cores, such as `standard_e8-2s_v3`, has those behind the hyphen.
    """
    found = _NAME.match(vm_size.lower())
    if found is None:
        return 1
    family, _, number, constrained, version = found.groups()
    if constrained is not None:
        return int(constrained)
    early = family == "g" or int(version or 1) < (_FIRST_BY_CORES if family == "d" else 2)
    if early and family in {"a", "d", "g"}:
        return _OLD.get(f"{family}{number}", int(number))
    return max(1, int(number))
