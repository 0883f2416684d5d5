"""Answers in the form of the Azure Retail Prices API, with invented prices."""

from __future__ import annotations

from typing import Any


def meter(price: float = 0.2, **changes: Any) -> dict[str, Any]:
    """One entry of `Items`: a Linux node of Standard_D4s_v5."""
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": price,
        "unitPrice": price,
        "armRegionName": "westeurope",
        "location": "EU West",
        "effectiveStartDate": "2024-01-01T00:00:00Z",
        "meterId": "00000000-0000-0000-0000-000000000000",
        "meterName": "D4s v5",
        "productId": "DZH0000000AA",
        "skuId": "DZH0000000AA/0001",
        "productName": "Virtual Machines Dsv5 Series",
        "skuName": "D4s v5",
        "serviceName": "Virtual Machines",
        "serviceId": "DZH0000000AB",
        "serviceFamily": "Compute",
        "unitOfMeasure": "1 Hour",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": "Standard_D4s_v5",
    } | changes


def answer(*items: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    """One page."""
    return {
        "BillingCurrency": "USD",
        "CustomerEntityId": "Default",
        "CustomerEntityType": "Retail",
        "Items": list(items),
        "NextPageLink": following,
        "Count": len(items),
    }
