"""Clients that send hostile requests and check that each one gets an answer of the service, in time."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httptools
from attack.service.hostile_requests import JOBS, POOLS, HostileRequests, Sent, seeded, usable_pool

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_SECONDS = 30.0
_CALM = 60
"""After this many requests a client puts pools and jobs where they were and looks for nodes."""
_HELD = 60
"""Connections that each client leaves open, idle or with half a request."""


@dataclass
class Findings:
    """What came back.

    Attributes:
        codes: how often each status and error code was received.
        wrong: requests without an answer in time, and answers that are errors of the service or no JSON.
        slowest: the longest time to an answer, in seconds, and its request.
    """

    requests: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[dict[str, Any]] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    def add_wrong(self, sent: Sent, answer: str) -> None:
        """Record a request that was answered wrongly; the first hundred are kept."""
        if len(self.wrong) < 100:
            text = b"|".join(sent.pieces)
            self.wrong.append({"what": sent.what, "request": repr(text[:3000]), "length": len(text), "answer": answer})


class _Reader:
    """Reads the first answer that is not `100 Continue`."""

    def __init__(self, *, head: bool) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._head = head
        self.status = 0
        self.body = b""
        self.done = False

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        if self.done:
            return
        self.status = self._parser.get_status_code()
        self.done = self._head and self.status >= 200

    def on_body(self, body: bytes) -> None:
        if not self.done:
            self.body += body

    def on_message_complete(self) -> None:
        self.done = self.done or self.status >= 200


class Client:
    """One client: sends one request after the other, each on a connection of its own or on the last one."""

    def __init__(self, findings: Findings, requests: HostileRequests, *, host: str, port: int, seed: int) -> None:
        self._findings = findings
        self._requests = requests
        self._address = (host, port)
        self._random = seeded(seed)
        self._held: deque[asyncio.StreamWriter] = deque()

    async def run(self, goes_on: Callable[[], bool]) -> None:
        """Attack until told otherwise."""
        number = 0
        while goes_on():
            if number % _CALM == 0:
                await self._prepare()
            number += 1
            await self._attack(self._requests.next())
        for writer in self._held:
            writer.close()

    async def _attack(self, sent: Sent) -> None:
        self._findings.requests += 1
        begun = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, body = await self._exchange(sent)
        except (TimeoutError, OSError, httptools.HttpParserError) as error:
            if sent.whole:
                self._findings.add_wrong(sent, f"no answer: {error!r}")
            self._findings.codes["no answer"] += 1
            return
        self._findings.slowest = max(
            self._findings.slowest, (round(asyncio.get_running_loop().time() - begun, 2), sent.what)
        )
        code = ""
        if body and status >= 400:
            try:
                code = json.loads(body)["code"]
            except (ValueError, KeyError, TypeError):
                self._findings.add_wrong(sent, f"{status} {body[:300]!r}")
        self._findings.codes[f"{status} {code}".strip()] += 1
        if status == 500 or (status == 0 and sent.whole):
            self._findings.add_wrong(sent, f"{status} {body[:300]!r}")

    async def _exchange(self, sent: Sent) -> tuple[int, bytes]:
        """Send, and read one answer; an incomplete request is left open, and 0 stands for its answer."""
        reader, writer = await asyncio.open_connection(*self._address)
        answer = _Reader(head=sent.what.startswith("HEAD"))
        for piece in sent.pieces:
            writer.write(piece)
            with suppress(ConnectionError):
                await writer.drain()
            await asyncio.sleep(0)
        if not sent.whole:
            with suppress(TimeoutError, ConnectionError, httptools.HttpParserError):
                async with asyncio.timeout(0.2):
                    while not answer.done and (data := await reader.read(65536)):
                        answer.feed(data)
            self._hold(writer)
            return answer.status, answer.body if answer.done else b""
        while not answer.done and (data := await reader.read(65536)):
            answer.feed(data)
        if self._random.random() < 0.05:
            self._hold(writer)
        else:
            writer.close()
        return answer.status if answer.done else 0, answer.body

    def _hold(self, writer: asyncio.StreamWriter) -> None:
        self._held.append(writer)
        while len(self._held) > _HELD:
            self._held.popleft().close()

    async def _prepare(self) -> None:
        """Pools and jobs for the next requests, and the nodes there are."""
        for pool in POOLS:
            await self._ask("POST", "/pools", usable_pool(pool))
        for job in JOBS:
            status, body = await self._ask("GET", f"/jobs/{job}?$select=state")
            if status == 200 and json.loads(body)["state"] == "completed":
                await self._ask("DELETE", f"/jobs/{job}")
            body = json.dumps({"id": job, "poolInfo": {"poolId": POOLS[0]}}).encode()
            await self._ask("POST", "/jobs", body)
        self._requests.nodes = []
        for pool in POOLS:
            status, body = await self._ask("GET", f"/pools/{pool}/nodes?$select=id&maxresults=3")
            if status == 200:
                self._requests.nodes += [(pool, node["id"]) for node in json.loads(body)["value"]]

    async def _ask(self, verb: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        sent = Sent(f"calm {verb} {path}", (self._requests.signed(verb, path, body),))
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                status, content = await self._exchange(sent)
                if status in {0, 500}:
                    self._findings.add_wrong(sent, f"{status} {content[:300]!r}")
                return status, content
        self._findings.add_wrong(sent, "no answer")
        return 0, b""


async def attack(
    *, host: str, port: int, account: str, key: str, seed: int, clients: int, goes_on: Callable[[int], bool]
) -> Findings:
    """Send requests by several clients at once.

    Args:
        goes_on: told how many requests were sent, says whether to send more.
    """
    findings = Findings()
    works = []
    for number in range(clients):
        randomness = seeded(seed * 1000 + number)
        requests = HostileRequests(randomness, account=account, key=key, host=f"{host}:{port}")
        client = Client(findings, requests, host=host, port=port, seed=seed * 1000 + number)
        works.append(client.run(lambda: goes_on(findings.requests)))
    await asyncio.gather(*works)
    return findings
