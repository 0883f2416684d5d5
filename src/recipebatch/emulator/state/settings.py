"""What whoever starts the emulator decides for all its accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.emulator.state.quotas import Quotas

if TYPE_CHECKING:
    from recipebatch.emulator.state.offerings import AutoStorage


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """The settings of every account.

    Attributes:
        auto_storage: the storage account that goes with a Batch account; None is none.
        applications: holds `<application id>/<version>.zip`, the application packages.
    """

    quotas: Quotas = field(default_factory=Quotas)
    auto_storage: AutoStorage | None = None
    applications: Path = Path("applications")
