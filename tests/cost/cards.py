"""Prices and plans for tests of the cost of runs."""

from __future__ import annotations

from decimal import Decimal

from recipebatch.prices import NodeKind, Rate, RateCard


def a_card(*, currency: str = "USD", spot: str | None = "0.05", **sizes: str | None) -> RateCard:
    """Prices of Linux nodes by VM size, `standard_` left out; None is unknown. Spot nodes of all cost the same."""
    rates = {}
    for size, price in (sizes or {"d2s_v3": "0.2"}).items():
        for is_spot, text in ((False, price), (True, spot)):
            kind = NodeKind(f"standard_{size}", "linux", is_spot)
            rates[kind] = Rate(why_unknown="offline") if text is None else Rate(per_hour=Decimal(text), source="own")
    return RateCard(currency=currency, rates=rates)
