"""Azure Resource Manager is a local server that answers in its documented form; the sign-in is a token."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AccessToken

from recipebatch.service import AccountQuotas, SignInError
from recipebatch.service.azure.operations import management
from recipebatch.service.azure.operations.management import account_quotas

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDPOINT = "research.westeurope.batch.azure.com"


def account(name: str = "research", endpoint: str = ENDPOINT, **properties: Any) -> dict[str, Any]:
    return {
        "id": f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Batch/batchAccounts/{name}",
        "name": name,
        "type": "Microsoft.Batch/batchAccounts",
        "location": "westeurope",
        "properties": {
            "accountEndpoint": endpoint,
            "provisioningState": "Succeeded",
            "poolAllocationMode": "BatchService",
            "dedicatedCoreQuota": 100,
            "dedicatedCoreQuotaPerVMFamily": [{"name": "standardDSv3Family", "coreQuota": 30}],
            "dedicatedCoreQuotaPerVMFamilyEnforced": True,
            "lowPriorityCoreQuota": 50,
            "poolQuota": 20,
            "activeJobAndJobScheduleQuota": 300,
        }
        | properties,
    }


class Arm:
    """What each path answers: a document, or a status."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            "/subscriptions": {"value": [{"subscriptionId": "a"}, {"subscriptionId": "b"}]},
            "/subscriptions/a/providers/Microsoft.Batch/batchAccounts": {"value": [account("other", "x.example")]},
            "/subscriptions/b/providers/Microsoft.Batch/batchAccounts": {"value": [account()]},
        }
        self.asked: list[str] = []
        self.tokens: set[str | None] = set()
        self.url = ""


@pytest.fixture
def arm() -> Iterator[Arm]:
    with running() as found:
        yield found


@contextmanager
def running() -> Iterator[Arm]:
    found = Arm()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            found.asked.append(path)
            found.tokens.add(self.headers.get("Authorization"))
            answer = found.answers.get(path, 404)
            status = answer if isinstance(answer, int) else 200
            code = {"error": {"code": "AuthorizationFailed", "message": "no"}}
            body = json.dumps(code if isinstance(answer, int) else answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Token:
    """A sign-in that gives a token, or none."""

    def __init__(self, error: SignInError | None = None) -> None:
        self.error = error
        self.scopes: set[str] = set()

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.scopes |= set(scopes)
        if self.error is not None:
            raise self.error
        return AccessToken("t0k3n", int(time.time()) + 3600)


def quotas(arm: Arm, *, subscription: str = "", credential: Any = None) -> AccountQuotas:
    return account_quotas(
        account="Research",
        batch_endpoint=f"https://{ENDPOINT}",
        management_endpoint=f"{arm.url}/",
        subscription_id=subscription,
        credential=credential or Token(),
    )


def test_the_account_is_found_by_its_address_in_the_subscriptions_of_the_sign_in(arm: Arm) -> None:
    token = Token()
    assert quotas(arm, credential=token) == AccountQuotas(
        dedicated_cores=100, spot_cores=50, families={"standarddsv3family": 30}, pools=20, active_jobs=300
    )
    assert arm.tokens == {"Bearer t0k3n"}
    assert token.scopes == {f"{arm.url}/.default"}


def test_of_a_subscription_that_is_named_only_that_one_is_asked(arm: Arm) -> None:
    assert quotas(arm, subscription="b").pools == 20
    assert arm.asked == ["/subscriptions/b/providers/Microsoft.Batch/batchAccounts"]


def test_families_that_are_not_enforced_and_quotas_of_the_subscription_do_not_count(arm: Arm) -> None:
    path = "/subscriptions/b/providers/Microsoft.Batch/batchAccounts"
    arm.answers[path] = {"value": [account(dedicatedCoreQuotaPerVMFamilyEnforced=False)]}
    assert quotas(arm).families == {}
    arm.answers[path] = {"value": [account(poolAllocationMode="UserSubscription")]}
    assert quotas(arm) == AccountQuotas(pools=20, active_jobs=300)


@pytest.mark.parametrize(
    "answers", [{"/subscriptions": 403}, {"/subscriptions": {"value": []}}, {"/subscriptions": []}]
)
def test_who_may_not_read_the_account_has_no_management_access(arm: Arm, answers: dict[str, Any]) -> None:
    arm.answers |= answers
    assert quotas(arm) == AccountQuotas(why_unknown="no management access")


def test_a_subscription_that_may_not_be_read_does_not_hide_the_others(arm: Arm) -> None:
    arm.answers["/subscriptions/a/providers/Microsoft.Batch/batchAccounts"] = 403
    assert quotas(arm).pools == 20


def test_a_sign_in_that_fails_is_said(arm: Arm) -> None:
    refused = Token(SignInError("not signed in to Entra ID"))
    assert quotas(arm, credential=refused).why_unknown == "no management access: not signed in to Entra ID"


def test_an_answer_that_does_not_come_is_not_waited_for(arm: Arm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(management, "SECONDS", 0.05)
    released = threading.Event()

    class Slow(Token):
        def get_token(self, *scopes: str, **options: Any) -> AccessToken:
            released.wait(30)
            return super().get_token(*scopes, **options)

    assert quotas(arm, credential=Slow()).why_unknown == "Azure Resource Manager gave no answer within 0.05 s"
    released.set()


def test_without_the_extra_it_is_named(arm: Arm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "azure.mgmt.batch", None)
    assert quotas(arm).why_unknown == "pip install 'recipebatch[azure]' reads them"
