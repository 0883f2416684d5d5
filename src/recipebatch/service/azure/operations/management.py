"""Quotas of a Batch account from Azure Resource Manager, with the azure-mgmt-batch SDK; reads only, in bounded time."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from recipebatch.errors import ServiceError
from recipebatch.service.bounded_call import call_within
from recipebatch.service.quotas import AccountQuotas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import TokenCredential

SECONDS = 8.0
"""How long to wait for all of it."""

_SUBSCRIPTIONS = "2022-12-01"
"""The api-version of "Subscriptions - List". Source: Azure Resource Manager REST API."""

_MOST_SUBSCRIPTIONS = 50
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def account_quotas(
    *, account: str, batch_endpoint: str, management_endpoint: str, subscription_id: str, credential: TokenCredential
) -> AccountQuotas:
    """The quotas of an account; why they are not known where the sign-in may not read them, or no answer comes.

    Args:
        account: its name.
        batch_endpoint: the address of the account, by which it is told from others.
        management_endpoint: of Azure Resource Manager.
        subscription_id: of the account; empty looks in those that the sign-in can see.
        credential: the sign-in.
    """
    try:
        import azure.mgmt.batch  # noqa: F401 - the extra may not be installed
    except ImportError:
        return AccountQuotas(why_unknown="pip install 'recipebatch[azure]' reads them")
    asked = _Management(management_endpoint.rstrip("/"), credential)
    host = urlsplit(batch_endpoint).hostname or ""
    try:
        found = call_within(SECONDS, lambda: asked.account(account, host, subscription_id))
    except TimeoutError:
        return AccountQuotas(why_unknown=f"Azure Resource Manager gave no answer within {SECONDS:g} s")
    except ServiceError as error:
        return AccountQuotas(why_unknown=f"no management access: {error.message}")
    return AccountQuotas(why_unknown="no management access") if found is None else _quotas(found)


class _Management:
    def __init__(self, endpoint: str, credential: TokenCredential) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._scope = f"{endpoint}/.default"
        # A token goes to no address without TLS but this machine's own.
        self._options: dict[str, Any] = {}
        if urlsplit(endpoint).hostname in _LOOPBACK:
            self._options["enforce_https"] = False

    def account(self, name: str, host: str, subscription_id: str) -> Any | None:
        """The Batch account at an address, as the SDK has it; None if no subscription has it, or it may not be read."""
        from azure.core.exceptions import AzureError

        try:
            subscriptions = [subscription_id] if subscription_id else list(self._subscriptions())
        except AzureError:
            return None
        for subscription in subscriptions:
            # One that may not be read says nothing of the others.
            with suppress(AzureError):
                for account in self._accounts(subscription):
                    same = (account.name or "").lower() == name.lower()
                    properties = account.properties
                    if same and properties is not None and (properties.account_endpoint or "").lower() == host:
                        return account
        return None

    def _accounts(self, subscription: str) -> Iterator[Any]:
        """The Batch accounts of a subscription."""
        from azure.mgmt.batch import BatchManagementClient

        with BatchManagementClient(
            self._credential,
            subscription,
            base_url=self._endpoint,
            credential_scopes=[self._scope],
            retry_total=1,
        ) as client:
            yield from client.batch_account.list(**self._options)

    def _subscriptions(self) -> Iterator[str]:
        """The ids of the subscriptions that the sign-in can see."""
        from azure.core import PipelineClient
        from azure.core.pipeline.policies import BearerTokenCredentialPolicy, RetryPolicy
        from azure.core.rest import HttpRequest

        sign_in: Any = BearerTokenCredentialPolicy(self._credential, self._scope)
        retries: Any = RetryPolicy(retry_total=1)
        with PipelineClient[Any, Any](self._endpoint, policies=[retries, sign_in]) as client:
            request = HttpRequest("GET", f"{self._endpoint}/subscriptions?api-version={_SUBSCRIPTIONS}")
            response = client.send_request(request, **self._options)
            response.raise_for_status()
            body = response.json()
        entries = body.get("value") if isinstance(body, dict) else None
        for entry in entries[:_MOST_SUBSCRIPTIONS] if isinstance(entries, list) else ():
            if isinstance(entry, dict) and entry.get("subscriptionId"):
                yield str(entry["subscriptionId"])


def _quotas(account: Any) -> AccountQuotas:
    """What an answer says; nodes in the user's own subscription count against that one's quotas, which are others."""
    properties = account.properties
    own = str(getattr(properties.pool_allocation_mode, "value", properties.pool_allocation_mode)) == "UserSubscription"
    families: dict[str, int] = {}
    if properties.dedicated_core_quota_per_vm_family_enforced and not own:
        for entry in properties.dedicated_core_quota_per_vm_family or ():
            if entry.name and entry.core_quota is not None:
                families[entry.name.lower()] = entry.core_quota
    return AccountQuotas(
        dedicated_cores=None if own else properties.dedicated_core_quota,
        spot_cores=None if own else properties.low_priority_core_quota,
        families=families,
        pools=properties.pool_quota,
        active_jobs=properties.active_job_and_job_schedule_quota,
    )
