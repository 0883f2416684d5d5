"""What a node costs an hour: from a team's own file, else from the public Azure Retail Prices API; never an error."""

from recipebatch.prices.model import LOCAL_REGION, NodeKind, Rate, RateCard
from recipebatch.prices.of_account import account_prices
from recipebatch.prices.price_source import PriceSource

__all__ = ["LOCAL_REGION", "NodeKind", "PriceSource", "Rate", "RateCard", "account_prices"]
