"""Hostile requests to the Batch service: valid ones of every operation and api-version, changed at random.

Equal seeds give equal requests. Most are signed, because what is not signed is refused before it is read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, quote

from attack.service.hostile_bodies import Bodies, write

from recipebatch.emulator.protocol.versions import VERSIONS

POOLS = tuple(f"attacked{number}" for number in range(4))
JOBS = tuple(f"job{number}" for number in range(4))
TASKS = tuple(f"task{number}" for number in range(6))
SCHEDULES = ("schedule0", "schedule1")
OPERATIONS: dict[str, tuple[str, ...]] = {
    "pools": ("GET", "POST PoolAddParameter"),
    "pools/{pool}": ("GET", "HEAD", "PATCH PoolPatchParameter", "DELETE"),
    "pools/{pool}/updateproperties": ("POST PoolUpdatePropertiesParameter",),
    "pools/{pool}/resize": ("POST PoolResizeParameter",),
    "pools/{pool}/stopresize": ("POST",),
    "pools/{pool}/removenodes": ("POST NodeRemoveParameter",),
    "pools/{pool}/enableautoscale": ("POST PoolEnableAutoScaleParameter",),
    "pools/{pool}/disableautoscale": ("POST",),
    "pools/{pool}/evaluateautoscale": ("POST PoolEvaluateAutoScaleParameter",),
    "pools/{pool}/nodes": ("GET",),
    "pools/{pool}/nodes/{node}": ("GET",),
    "pools/{pool}/nodes/{node}/reboot": ("POST NodeRebootParameter",),
    "pools/{pool}/nodes/{node}/reimage": ("POST NodeReimageParameter",),
    "pools/{pool}/nodes/{node}/deallocate": ("POST NodeDeallocateParameter",),
    "pools/{pool}/nodes/{node}/start": ("POST",),
    "pools/{pool}/nodes/{node}/disablescheduling": ("POST NodeDisableSchedulingParameter",),
    "pools/{pool}/nodes/{node}/enablescheduling": ("POST",),
    "pools/{pool}/nodes/{node}/users": ("POST ComputeNodeUser",),
    "pools/{pool}/nodes/{node}/users/{user}": ("PUT NodeUpdateUserParameter", "DELETE"),
    "pools/{pool}/nodes/{node}/files": ("GET",),
    "pools/{pool}/nodes/{node}/files/{file}": ("GET", "HEAD", "DELETE"),
    "pools/{pool}/nodes/{node}/uploadbatchservicelogs": ("POST UploadBatchServiceLogsConfiguration",),
    "pools/{pool}/nodes/{node}/remoteloginsettings": ("GET",),
    "pools/{pool}/nodes/{node}/extensions": ("GET",),
    "pools/{pool}/nodes/{node}/extensions/{name}": ("GET",),
    "supportedimages": ("GET",),
    "nodecounts": ("GET",),
    "poolusagemetrics": ("GET",),
    "applications": ("GET",),
    "applications/{name}": ("GET",),
    "certificates": ("GET", "POST CertificateReference"),
    "$emulator/faults": ("GET", "POST Fault", "DELETE"),
    "$emulator/faults/{fault}": ("DELETE",),
    "$emulator/quotas": ("GET",),
    "jobs": ("GET", "POST JobAddParameter"),
    "jobs/{job}": ("GET", "PUT JobUpdateParameter", "PATCH JobPatchParameter", "DELETE"),
    "jobs/{job}/disable": ("POST JobDisableParameter",),
    "jobs/{job}/enable": ("POST",),
    "jobs/{job}/terminate": ("POST JobTerminateParameter",),
    "jobs/{job}/taskcounts": ("GET",),
    "jobs/{job}/jobpreparationandreleasetaskstatus": ("GET",),
    "jobs/{job}/tasks": ("GET", "POST TaskAddParameter"),
    "jobs/{job}/addtaskcollection": ("POST +TaskAddParameter",),
    "jobs/{job}/tasks/{task}": ("GET", "PUT TaskUpdateParameter", "DELETE"),
    "jobs/{job}/tasks/{task}/terminate": ("POST",),
    "jobs/{job}/tasks/{task}/reactivate": ("POST",),
    "jobs/{job}/tasks/{task}/subtasksinfo": ("GET",),
    "jobs/{job}/tasks/{task}/files": ("GET",),
    "jobs/{job}/tasks/{task}/files/{file}": ("GET", "HEAD", "DELETE"),
    "jobschedules": ("GET", "POST JobScheduleAddParameter"),
    "jobschedules/{schedule}": (
        *("GET", "HEAD", "PUT JobScheduleUpdateParameter", "PATCH JobSchedulePatchParameter", "DELETE"),
    ),
    "jobschedules/{schedule}/jobs": ("GET",),
    "jobschedules/{schedule}/disable": ("POST",),
    "jobschedules/{schedule}/enable": ("POST",),
    "jobschedules/{schedule}/terminate": ("POST",),
}
"""Path → verbs, each with the type of its body; `+` is a collection."""
VERBS = tuple(
    (path, verb) for path, verbs in sorted(OPERATIONS.items()) for verb in verbs for _ in range(4 if " " in verb else 1)
)
"""Path and verb; those with a body come four times, because there is most to go wrong."""

_BAD_SEGMENTS = (
    *(
        "%00",
        "%2F",
        "..",
        "%2e%2e",
        ".",
        "%ff%fe",
        "%ED%A0%80",
        "a%0d%0ab",
        "a" * 5000,
        "%",
        "%zz",
        "~",
        "%F0%9F%98%80",
    ),
    *("", "@", ":job-1", "schedule0:job-1", "job0%3Ajob-1", "TASK0", "stdout.txt", "wd%2F..%2F..", "..%5C..", "%25"),
)
_FILTERS = (
    *("id eq 'a'", "state eq 'active'", "startswith(id,'a')", "not id eq 'a'", "stateTransitionTime gt DateTime'2020'"),
    *("(" * 3000 + "id eq 'a'" + ")" * 3000, "not " * 3000 + "id eq 'a'", " or ".join(["id eq 'a'"] * 3000)),
    *("not (" * 60 + "id eq 'a'" + ")" * 60, "id eq " + "9" * 5000, "executionInfo/exitCode eq " + "9" * 30),
    *("stateTransitionTime gt 'x'", "stateTransitionTime ge true", "id eq DateTime'0000-00-00'", "id eq DateTime'x'"),
    *("creationTime lt DateTime'9999-12-31T23:59:59-23:59'", "id eq '²'", "id eq ²", "id", "'", "id eq 'a", "(", ")"),
    *("executionInfo/exitCode eq -²", "id gt 5", "state eq 5", "name eq 'a'", "startswith(name, 'wd')", "a\x00b", "é"),
)
_NUMBERS = (
    *(
        "0",
        "-1",
        "1",
        "1000",
        "1001",
        "9" * 5000,
        "1e400",
        "NaN",
        "²",
        "٣",
        "--5",
        "+1",
        " 1",
        "0x1",
        "1.5",
        "",
        "true",
    ),
    *("4294967296", "9223372036854775808"),
)
_TOKENS = ("WATV2:YQ:1$1", "x", "%ff", "=" * 100, "A" * 5000, "WATV2:" + "_" * 99 + ":1$1", "W\u00e9")
_TIMES = (
    *("Sat, 01 Jan 0000 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "x", "1", "", "9" * 400, "٣", "2020-01-01"),
    *("Mon, 01 Jan 0001 00:00:00 +2359", "99999-01-01T00:00:00Z", "Thu, 99 Foo 2020 99:99:99 GMT"),
)
_RANGES = (
    "bytes=0-",
    "bytes=5-1",
    "bytes=-5",
    "bytes=0-0,1-2",
    "bytes=" + "9" * 5000 + "-",
    "x",
    "bytes=²-",
    "bytes=0-9",
)
_LONGEST_HEAD = 16 * 1024 * 1024
_TAGS = ("*", '"0x0"', "W/" + '"x"' * 2000, "é", ",", "0x8DD")


@dataclass(frozen=True)
class Sent:
    """One request as bytes.

    Attributes:
        pieces: what is sent, piece by piece; the last piece need not end the request.
        whole: the request is complete, so that an answer is owed.
    """

    what: str
    pieces: tuple[bytes, ...]
    whole: bool = True


class HostileRequests:
    """An endless sequence of requests.

    Attributes:
        nodes: known nodes, (pool, node); the caller may add to it.
    """

    def __init__(self, randomness: random.Random, *, account: str, key: str, host: str) -> None:
        self.nodes: list[tuple[str, str]] = []
        self._random = randomness
        self._bodies = Bodies(randomness, pools=POOLS, jobs=JOBS, tasks=TASKS, schedules=SCHEDULES)
        self._account = account
        self._key = base64.b64decode(key)
        self._host = host

    def next(self) -> Sent:
        """One more request."""
        path, operation = self._random.choice(VERBS)
        verb, _, type_name = operation.partition(" ")
        version = self._random.choice(VERSIONS)
        body = b"" if not type_name else self._body(type_name, version)
        if self._random.random() < 0.01:
            verb = self._random.choice(["PUT", "PATCH", "TRACE", "OPTIONS", "get", "CONNECT"])
        target = f"/{self._path(path)}?{self._query(version, odds=0.4 if verb == 'GET' else 0.05)}"
        head = self._headers(verb, target, body, has_body=bool(type_name) or verb not in {"GET", "HEAD"})
        request = f"{verb} {target} HTTP/1.1\r\n".encode("utf-8", "surrogatepass") + head + b"\r\n"
        return self._cut(f"{verb} /{path}", request, body)

    def signed(self, verb: str, path: str, body: bytes = b"") -> bytes:
        """A request that the service accepts."""
        target = f"{path}{'&' if '?' in path else '?'}api-version={VERSIONS[-1]}"
        headers = {"Host": self._host, "ocp-date": formatdate(time.time(), usegmt=True)}
        if verb not in {"GET", "HEAD"}:
            headers |= {"Content-Length": str(len(body)), "Content-Type": "application/json"}
        headers["Authorization"] = self._authorization(verb, target, headers)
        lines = [f"{verb} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(lines).encode() + body

    def _cut(self, what: str, head: bytes, body: bytes) -> Sent:
        """Most requests are sent at once; some in pieces, some not to their end, some after others."""
        chance, whole = self._random.random(), head + body
        at = self._random.randrange(1, len(whole))
        # Who sends tens of megabytes of URL may find the connection closed before the end.
        sent = Sent(what, (whole,), whole=len(head) < _LONGEST_HEAD)
        if chance < 0.01:
            sent = Sent(f"half of {what}", (whole[:at],), whole=False)
        elif chance < 0.04:
            sent = Sent(what, (whole[:at], whole[at:]))
        elif chance < 0.05:
            sent = Sent(f"noise in {what}", (whole[:at] + self._random.randbytes(8) + whole[at:],), whole=False)
        elif chance < 0.06:
            sent = Sent(f"pipelined {what}", (whole * self._random.choice([2, 20, 100]),), whole=False)
        elif chance < 0.07 and body:
            chunked = head.replace(b"Content-Length", b"Transfer-Encoding: chunked\r\nX-Length")
            sent = Sent(what, (chunked + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body),))
        elif chance < 0.08:
            sent = Sent(
                f"many headers on {what}", (head[:-2] + b"X: " + b"y" * self._size() + b"\r\n\r\n",), whole=False
            )
        return sent

    def _size(self) -> int:
        return self._random.choice([1000, 60_000, 70_000, 500_000])

    def _body(self, type_name: str, version: str) -> bytes:
        if type_name.startswith("+"):
            number = self._random.choice([0, 1, 3, 100, 101])
            document: Any = {"value": [self._bodies.document(type_name[1:], version) for _ in range(number)]}
        else:
            document = self._bodies.document(type_name, version)
        return self._bodies.spoil(write(document))

    def _path(self, path: str) -> str:
        pool, node = self._random.choice(self.nodes) if self.nodes else (self._random.choice(POOLS), "tvmps_0_d")
        names = {
            "pool": pool if "{node}" in path else self._random.choice(POOLS),
            "node": node,
            "job": self._random.choice(JOBS),
            "task": self._random.choice(TASKS),
            "schedule": self._random.choice(SCHEDULES),
            "name": self._random.choice(["a", "é", "a" * 300, "%2e%2e"]),
            "fault": self._random.choice(["1", "2", "9" * 5000, "²"]),
            "user": self._random.choice(["user0", "é", "%0d%0aX: y"]),
            "file": self._random.choice(["stdout.txt", "wd", "wd%2Fa", "startup", "volatile%2Fstartup", "wd%2f%ff"]),
        }
        parts = path.format(**{name: value.replace("%0d", "%0D") for name, value in names.items()}).split("/")
        if self._random.random() < 0.04:
            parts[self._random.randrange(len(parts))] = self._random.choice(_BAD_SEGMENTS)
        return "/".join(quote(part, safe="%:@~$") for part in parts)

    def _query(self, version: str, *, odds: float) -> str:
        parameters = [("api-version", version)]
        choices: dict[str, tuple[str, ...]] = {
            "$filter": _FILTERS,
            "maxresults": _NUMBERS,
            "timeout": _NUMBERS,
            "$select": ("id", "id,state", "x" * 5000, ",".join(["id"] * 3000), "\x00", " ", "state,é"),
            "$expand": ("stats", "x" * 5000),
            "$skiptoken": _TOKENS,
            "recursive": ("true", "false", "x", "²"),
            "force": ("true", "x"),
            "starttime": _TIMES,
            "endtime": _TIMES,
            "api-version": ("", "1", version),
            "unknown": ("1",),
        }
        while self._random.random() < odds:
            name = self._random.choice(sorted(choices))
            parameters.append((name, self._random.choice(choices[name])))
        if self._random.random() < 0.005:
            parameters *= 2000
        return "&".join(f"{quote(name, safe='$')}={quote(value, safe=':')}" for name, value in parameters)

    def _headers(self, verb: str, target: str, body: bytes, *, has_body: bool) -> bytes:
        headers = {"Host": self._host, "ocp-date": formatdate(time.time(), usegmt=True)}
        if has_body:
            headers["Content-Length"] = str(len(body))
            headers["Content-Type"] = "application/json; odata=minimalmetadata"
        odd: dict[str, tuple[str, ...]] = {
            "ocp-date": _TIMES,
            "ocp-range": _RANGES,
            "Range": _RANGES,
            "If-Match": _TAGS,
            "If-None-Match": _TAGS,
            "If-Modified-Since": _TIMES,
            "If-Unmodified-Since": _TIMES,
            "Content-Type": ("text/plain", "", "application/json; charset=utf-16"),
            "Content-Encoding": ("gzip",),
            "client-request-id": ("x" * 3000, "é"),
            "return-client-request-id": ("true",),
            "Expect": ("100-continue",),
            "Upgrade": ("websocket", "h2c"),
            "Connection": ("upgrade", "close"),
            "Host": ("", "evil.example", "é", "a b"),
        }
        while self._random.random() < 0.15:
            name = self._random.choice(sorted(odd))
            headers[name] = self._random.choice(odd[name])
        if self._random.random() < 0.97:
            headers["Authorization"] = self._authorization(verb, target, headers)
        elif self._random.random() < 0.5:
            bad = ("SharedKey a:b", "SharedKey :", "Bearer x", "", "SharedKey a:" + "A" * 5000, "SharedKey é:é=")
            headers["Authorization"] = self._random.choice(bad)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        if self._random.random() < 0.02:
            lines.append(self._random.choice(lines))
        return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace")

    def _authorization(self, verb: str, target: str, headers: dict[str, str]) -> str:
        given = {name.lower(): value.strip() for name, value in headers.items()}
        signed = (
            *("content-encoding", "content-language", "content-length", "content-md5", "content-type", "date"),
            *("if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"),
        )
        lines = [verb, *(given.get(name, "") for name in signed)]
        lines += [f"{name}:{value}" for name, value in sorted(given.items()) if name.startswith("ocp-") and value]
        path, _, query = target.partition("?")
        lines.append(f"/{self._account}{path}")
        lines += [f"{name}:{values[0]}" for name, values in sorted(parse_qs(query).items())]
        mac = hmac.digest(self._key, "\n".join(lines).encode(), hashlib.sha256)
        return f"SharedKey {self._account}:{base64.b64encode(mac).decode()}"


def seeded(seed: int) -> random.Random:
    """The randomness of one client."""
    return random.Random(seed)  # noqa: S311 - equal seeds must give equal requests


def usable_pool(pool_id: str) -> bytes:
    """The body of a usable pool with one node."""
    image = {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server"}
    machine = {"imageReference": image, "nodeAgentSKUId": "batch.node.ubuntu 24.04"}
    document = {"id": pool_id, "vmSize": "standard_d2", "targetDedicatedNodes": 1}
    return json.dumps(document | {"virtualMachineConfiguration": machine}).encode()
