"""VM series: what is known of all sizes of one, by the names of the sizes.

The facts are in `vm_series.json` beside this file, each with its source. Which sizes a region or an account offers,
only Azure knows: the Batch service has no list of them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files

CURRENT_SIZE = "standard_d2s_v5"
"""A size of a series that has no end, for hints."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series; None is not known.

    Attributes:
        name: in Azure's words; several series of which the same is known share one.
        pattern: fits the whole name of a size, in lower case.
        generations: of VMs: (1,), (2,) or (1, 2).
        architecture: `x64` or `Arm64`.
        gpu: `nvidia` or `amd`; None is no GPU.
        retirement: the last day on which Azure runs its VMs; None if none is announced.
        successor: a size of a series that takes its place.
    """

    name: str
    pattern: re.Pattern[str]
    generations: tuple[int, ...] | None
    architecture: str
    gpu: str | None
    retirement: date | None
    successor: str | None
    source: str

    def is_retired(self, today: date) -> bool:
        """Whether its last day is past."""
        return self.retirement is not None and self.retirement < today


def _read() -> tuple[Series, ...]:
    body = json.loads((files("recipebatch.vocabulary.machines") / "vm_series.json").read_text(encoding="utf-8"))
    return tuple(
        Series(
            name=entry["series"],
            pattern=re.compile(entry["pattern"]),
            generations=tuple(entry["generations"]) if "generations" in entry else None,
            architecture=entry["architecture"],
            gpu=entry.get("gpu"),
            retirement=date.fromisoformat(entry["retirement"]) if "retirement" in entry else None,
            successor=entry.get("successor"),
            source=entry["source"],
        )
        for entry in body["series"]
    )


SERIES = _read()


@lru_cache(maxsize=256)
def series_of(vm_size: str) -> Series | None:
    """The series of a VM size such as `standard_d2s_v5`, whatever its case; None if it is not known."""
    name = vm_size.lower()
    return next((series for series in SERIES if series.pattern.fullmatch(name)), None)


def retired_text(vm_size: str, series: Series) -> str:
    """Since when Azure has a size no more."""
    return f"Azure retired the VM size {vm_size} on {series.retirement} (series {series.name})"
