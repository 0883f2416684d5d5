"""AccountQuotas: what a Batch account may have at most, as far as it can be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SIZE = re.compile(r"standard_([a-z]+)\d+(?:-\d+)?([a-z]*)((?:_[a-z0-9]+)*)\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuotas:
    """The quotas of a Batch account; None and missing ones are not known.

    Attributes:
        families: of dedicated cores by VM family, in lower case, such as `standarddsv5family`; empty if they do not
            count.
        nodes: of all pools together, where that is a quota.
        why_unknown: why none is known; empty if they are.
    """

    dedicated_cores: int | None = None
    spot_cores: int | None = None
    families: Mapping[str, int] = field(default_factory=dict)
    nodes: int | None = None
    pools: int | None = None
    active_jobs: int | None = None
    why_unknown: str = ""


def family_of(vm_size: str) -> str:
    """The VM family of a size as quotas name it, in lower case, such as `standardncadsa100v4family`.

    Source: names in "Batch service quotas and limits" and in answers of "Batch Account - Get". Some families do not
    follow the rule: then no quota has this name.
    """
    found = _SIZE.match(vm_size.lower())
    if found is None:
        return ""
    family, features, rest = found.groups()
    return f"standard{family}{features}{rest.replace('_', '')}family"
