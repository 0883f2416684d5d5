"""A client with persistent connections and its own request signing that logs all exchanges."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipebatch.emulator import EmulatorAccount

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True)
class Answer:
    """A received response; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    @property
    def document(self) -> Any:
        """The JSON body; None if there is none."""
        return json.loads(self.content) if "json" in self.headers.get("content-type", "") else None

    @property
    def code(self) -> Any:
        document = self.document
        return document.get("code") if isinstance(document, dict) and "code" in document else None


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    version: str
    method: str
    path: str
    body: Any
    answer: Answer


class Client:
    """One connection to one account, one version; every exchange is appended to `log`."""

    def __init__(self, account: EmulatorAccount, version: str) -> None:
        self.base = account.endpoint
        self.version = version
        self.log: list[Exchange] = []
        self._account = account
        self._key = base64.b64decode(account.key.reveal())
        address = urlsplit(account.endpoint)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        signed: bool = True,
    ) -> Answer:
        """Send one request; `path` is percent-encoded; a body other than bytes is sent as JSON."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        asked = {**(query or {}), "api-version": self.version}
        target = f"{path}?{'&'.join(f'{name}={quote(value)}' for name, value in asked.items())}"
        sent = {"ocp-date": formatdate(usegmt=True), **(headers or {})}
        if content is not None:
            sent["Content-Type"] = "application/json; odata=minimalmetadata"
            sent["Content-Length"] = str(len(content))
        elif method not in {"GET", "HEAD"}:
            sent["Content-Length"] = "0"
        if signed:
            sent["Authorization"] = self._authorization(method, target, sent)
        self._connection.request(method, target, content, sent)
        response = self._connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        answer = Answer(response.status, names, response.read())
        self.log.append(Exchange(self.version, method, target, body, answer))
        return answer

    def _authorization(self, method: str, target: str, headers: Mapping[str, str]) -> str:
        given = {name.lower(): value for name, value in headers.items()}
        names = (
            *("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date"),
            *("if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"),
        )
        lines = [method, *(given.get(name, "") for name in names)]
        lines += [f"{name}:{value}" for name, value in sorted(given.items()) if name.startswith("ocp-")]
        path, _, query = target.partition("?")
        lines.append(f"/{self._account.name}{path}")
        lines += [f"{name}:{values[0]}" for name, values in sorted(parse_qs(query).items())]
        mac = hmac.new(self._key, "\n".join(lines).encode(), hashlib.sha256)
        return f"SharedKey {self._account.name}:{base64.b64encode(mac.digest()).decode()}"
