"""An account of a real emulator for each test, the public SDK's client on it, and requests signed by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.batch import BatchClient, models
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.policies import SansIOHTTPPolicy
from emulator.properties.check import defects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from recipebatch.emulator import Emulator, EmulatorAccount

NEWEST = "2025-06-01"
VERSIONS = (NEWEST, "2024-07-01.20.0", "2024-02-01.19.0")
MACHINE = models.VirtualMachineConfiguration(
    image_reference=models.BatchVmImageReference(publisher="canonical", offer="ubuntu-24_04-lts", sku="server"),
    node_agent_sku_id="batch.node.ubuntu 24.04",
)


@dataclass(frozen=True)
class Answer:
    """A received response."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def code(self) -> str:
        return str(self.json()["code"])

    @property
    def values(self) -> dict[str, str]:
        return {pair["key"]: pair["value"] for pair in self.json().get("values", [])}


@dataclass(frozen=True)
class Wire:
    """Sends requests signed by the documented shared key scheme, without code of the emulator."""

    account: EmulatorAccount
    version: str = NEWEST
    extra: dict[str, str] = field(default_factory=dict)

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        signed: bool = True,
    ) -> Answer:
        """Send one request; `path` is percent-encoded and may have a query; a body other than bytes is sent as JSON."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        path += f"{'&' if '?' in path else '?'}api-version={self.version}" if self.version else ""
        sent = {"ocp-date": formatdate(usegmt=True), **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json; odata=minimalmetadata"
            sent["Content-Length"] = str(len(content))
        elif method not in {"GET", "HEAD"}:
            sent["Content-Length"] = "0"
        if signed:
            sent["Authorization"] = self._authorization(method, path, sent, key or self.account.key.reveal())
        address = urlsplit(self.account.endpoint)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
        try:
            connection.request(method, path, content, sent)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, names, response.read())
        finally:
            connection.close()
        if "$emulator" not in path:
            check(answer.content, names.get("content-type"), path)
        return answer

    def _authorization(self, method: str, path: str, headers: Mapping[str, str], key: str) -> str:
        given = {name.lower(): value for name, value in headers.items()}
        names = (
            *("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date"),
            *("if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"),
        )
        lines = [method, *(given.get(name, "") for name in names)]
        lines += [f"{name}:{value}" for name, value in sorted(given.items()) if name.startswith("ocp-")]
        raw_path, _, query = path.partition("?")
        lines.append(f"/{self.account.name}{raw_path}")
        lines += [f"{name}:{values[0]}" for name, values in sorted(parse_qs(query).items())]
        mac = hmac.new(base64.b64decode(key), "\n".join(lines).encode(), hashlib.sha256)
        return f"SharedKey {self.account.name}:{base64.b64encode(mac.digest()).decode()}"


def check(content: bytes, content_type: str | None, url: str) -> None:
    """Check that an answer has the properties of its api-version."""
    if not (content_type or "").startswith("application/json"):
        return
    query = parse_qs(urlsplit(url).query)
    version = query.get("api-version", [NEWEST])[0]
    wrong = defects(
        json.loads(content), version=version if version in VERSIONS else NEWEST, selected="$select" in query
    )
    assert not wrong, f"{url}: {wrong}"


class Checked(SansIOHTTPPolicy[Any, Any]):
    """Checks every answer to the public SDK against the service's specification."""

    def on_response(self, request: Any, response: Any) -> None:
        url = str(request.http_request.url)
        content_type = response.http_response.headers.get("content-type")
        if "/files/" not in url and "$emulator" not in url and (content_type or "").startswith("application/json"):
            response.http_response.read()
            check(response.http_response.content, content_type, url)


@pytest.fixture
def account(emulator: Emulator) -> EmulatorAccount:
    """An account for one test."""
    return emulator.new_account()


@pytest.fixture
def batch(account: EmulatorAccount) -> Iterator[BatchClient]:
    """The public SDK's client on the account of this test."""
    with connected(account) as client:
        yield client


@pytest.fixture
def connect() -> Callable[[EmulatorAccount], BatchClient]:
    """Creates clients; the caller closes them."""
    return connected


@pytest.fixture
def wire(account: EmulatorAccount) -> Wire:
    """Raw requests to the account of this test."""
    return Wire(account)


@pytest.fixture
def until() -> Callable[[Callable[[], Any]], Any]:
    """Waits until a function returns a true value, and returns that."""
    return wait_until


@pytest.fixture
def machine() -> models.VirtualMachineConfiguration:
    """A supported image."""
    return MACHINE


@pytest.fixture
def pool(batch: BatchClient) -> str:
    """A pool `pool` of two nodes with two slots each; its nodes may still be starting."""
    batch.create_pool(
        models.BatchPoolCreateOptions(
            id="pool",
            vm_size="standard_d2_v3",
            virtual_machine_configuration=MACHINE,
            target_dedicated_nodes=2,
            task_slots_per_node=2,
        )
    )
    return "pool"


@pytest.fixture
def job(batch: BatchClient, pool: str) -> str:
    """A job `job` on that pool."""
    batch.create_job(models.BatchJobCreateOptions(id="job", pool_info=models.BatchPoolInfo(pool_id=pool)))
    return "job"


@pytest.fixture
def run(batch: BatchClient, job: str) -> Callable[..., models.BatchTask]:
    """Runs one command as a task of that job and returns the completed task."""

    def add_and_wait(command_line: str, **options: Any) -> models.BatchTask:
        task_id = options.pop("id", "task")
        batch.create_task(job, models.BatchTaskCreateOptions(id=task_id, command_line=command_line, **options))
        task: models.BatchTask = wait_until(lambda: completed(batch, job, task_id))
        return task

    return add_and_wait


def connected(account: EmulatorAccount) -> BatchClient:
    credential = AzureNamedKeyCredential(account.name, account.key.reveal())
    return BatchClient(endpoint=account.endpoint, credential=credential, retry_total=0, per_call_policies=[Checked()])


def completed(batch: BatchClient, job: str, task_id: str) -> models.BatchTask | None:
    task = batch.get_task(job, task_id)
    return task if task.state == models.BatchTaskState.COMPLETED else None


def wait_until(question: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 30
    while not (answer := question()):
        assert time.monotonic() < deadline, "waited for half a minute"
        time.sleep(0.01)
    return answer
