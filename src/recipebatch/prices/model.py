"""NodeKind, Rate, RateCard: what a node of each kind costs an hour, or why that is not known. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.vocabulary.money import amount_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

LOCAL_REGION = "local"
"""What a file of own prices calls the account on this machine."""


class NodeKind(NamedTuple):
    """What the price of a node depends on, beside the region.

    Attributes:
        vm_size: in lower case.
        os: `linux` or `windows`.
        spot: not dedicated.
    """

    vm_size: str
    os: str
    spot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """The price of a node.

    Attributes:
        per_hour: of one node; None is not known.
        source: where it comes from, in words; empty if it is not known.
        why_unknown: in words, such as `offline`; empty if it is known.
    """

    per_hour: Decimal | None = None
    source: str = ""
    why_unknown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateCard:
    """The prices of kinds of nodes, all in one currency."""

    currency: str
    rates: Mapping[NodeKind, Rate] = field(default_factory=dict)

    def rate(self, kind: NodeKind) -> Rate:
        """The price of a kind; unknown if it was not asked for."""
        return self.rates.get(kind, Rate(why_unknown="not asked for"))

    @property
    def is_free(self) -> bool:
        """Whether no node costs anything."""
        return bool(self.rates) and all(rate.per_hour == 0 for rate in self.rates.values())

    def text(self, amount: Decimal, *, up: bool = False) -> str:
        """An amount of the card's currency."""
        return amount_text(amount, self.currency, up=up)
