"""Bodies of requests by the service's specification, with absurd values among the usual ones."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from recipebatch.emulator.protocol.versions import BODIES, ENUMS

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_DEPTH = 5
_RAW = "\x01raw:"
"""Begins a text that stands for JSON which Python would not write."""
_COMMANDS = ("true", "/bin/sh -c 'exit 3'", "/bin/sh -c 'echo a; echo b > a'", "sleep 0.2", "nowhere", "")
_FORMULAS = (
    *("$TargetDedicatedNodes = 1;", "$TargetDedicatedNodes = 20000000;", "$TargetDedicatedNodes = 1e400;", "a = ;"),
    *("x = 1000000000 * 1000000000 * 1e300 * 1e300; $TargetDedicatedNodes = x;", "$TargetDedicatedNodes = 0/0;"),
    *("(" * 4000 + "1" + ")" * 4000, "-" * 8000 + "1", "a=" + "+".join(["1"] * 4000), "x" * 9000, "a?b:" * 2000 + "1"),
    *("v=[1,2,3];" + "v=[v,v];" * 90 + "$TargetDedicatedNodes=len(v);", "f(" * 4000, "a.b" * 2000, '"' + "a" * 8000),
    *(
        "$TargetDedicatedNodes = $ActiveTasks.GetSample(1e300);",
        "x = TimeInterval_Year * 1e300;",
        "stop();",
        "/*" * 4000,
    ),
    *(
        "x = time() + TimeInterval_Year * 1e5;",
        'x = time("9999-12-31T23:59:59+00:00") + TimeInterval_Day;',
        "a=²;",
        ";",
    ),
    *(
        "$NodeDeallocationOption = 5;",
        "$TargetDedicatedNodes=percentile([1,2],1e9);",
        "x = val([1], 1e300);",
        "\x00",
        "a=1",
    ),
)
_TEXTS = (
    *(
        "",
        "a",
        "²",
        "\x00",
        "é" * 200,
        "a" * 70,
        "a" * 5000,
        "\r\nX: y",
        "../../x",
        "a b",
        "'; x",
        "\u202e",
        "%s",
        "{0}",
    ),
    *(
        _RAW + '"\\ud800"',
        _RAW + '"\\udfff\\ud800"',
        "\ue000secret:a\ue001",
        "http://x/?sig=a",
        "/",
        "-1",
        "--5",
        "5",
        "٣",
    ),
    *("9" * 5000, "P999999999D", "standard_d2", "PT1H", "2030-01-01T00:00:00Z", "canonical", "batch.node.ubuntu 24.04"),
    *(_FORMULAS[0], "$AZ_BATCH_NODE_ROOT_DIR", "true", "*", "**/" * 200 + "*b"),
)
_NUMBERS = (
    *(
        0,
        1,
        2,
        3,
        -1,
        100,
        256,
        257,
        20_000_000,
        2**31 - 1,
        2**31,
        2**63 - 1,
        2**63,
        2**64,
        -(2**63),
        1.5,
        "5",
        "--5",
        "²",
    ),
    *("9" * 5000, _RAW + "9" * 5000, _RAW + "9" * 4000, _RAW + "1e400", _RAW + "NaN", _RAW + "-Infinity", _RAW + "-0"),
)
_DURATIONS = (
    *("PT5M", "PT1M", "PT15M", "P1D", "PT0S", "P999999999D", "P99999999999999999999Y", "-PT5M", "PT", "P", "1h", "²"),
    *("P" + "9" * 5000 + "D", "PT0.0000001S", "PT1.99999999999999999S", "P٣D", "P1Y1M1W1DT1H1M1S", "PT10675199H"),
)
_INSTANTS = (
    *("2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59.9999999-14:00"),
    *("0001-01-01T00:00:00+14:00", "9999999-01-01", "x", "", 5, "²", "9" * 5000, "Fri, 31 Dec 9999 23:59:59 -2359"),
)
_ANYTHING: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, "", "a", [], {}, [[]], [{}], {"a": {}}, [None], {"": ""}, _RAW + "1e400", 2**70),
    *(
        _RAW + "[" * 500 + "]" * 500,
        _RAW + '{"a":' * 500 + "1" + "}" * 500,
        _RAW + "[" * 40 + "]" * 40,
        list(range(500)),
    ),
    *(_RAW + '"\\ud800"', _RAW + "NaN", ["a"] * 2000, {str(number): 1 for number in range(500)}),
)

_REQUEST_FAULTS = ("answer", "close", "delay")
_FAULTS = (*_REQUEST_FAULTS, "allocation", "starttask", "preempt", "lose", "restore", "²")


class Bodies:
    """Makes bodies of the types of `versions.BODIES`."""

    def __init__(
        self,
        randomness: random.Random,
        *,
        pools: Sequence[str],
        jobs: Sequence[str],
        tasks: Sequence[str],
        schedules: Sequence[str],
    ) -> None:
        self._random = randomness
        self._ids = {
            "PoolAddParameter": pools,
            "JobAddParameter": jobs,
            "TaskAddParameter": tasks,
            "JobScheduleAddParameter": schedules,
        }
        self._pools = pools

    def document(self, type_name: str, version: str) -> Any:
        """A body of that type; every second one has no absurd value."""
        if type_name == "Fault":
            return self._fault()
        return self._object(type_name, version, 0, self._random.choice([0.0, 0.0, 0.02, 0.1]))

    def _fault(self) -> Any:
        """A fault; it concerns the attacked pools, or a path that nobody asks for, because others must be answered."""
        action = self._random.choice(_FAULTS)
        document: dict[str, Any] = {"action": action}
        if action in _REQUEST_FAULTS:
            document["path"] = self._random.choice(
                ["/nobody", "/nobody/**", "/nobody" + "/**" * 2000 + "/b", "/nobody/["]
            )
        else:
            document["poolId"] = self._random.choice(self._pools)
        odd = {
            "code": ("ServerBusy", "AllocationFailed", *_TEXTS),
            "retryAfter": _NUMBERS,
            "skip": _NUMBERS,
            "count": _NUMBERS,
            "delaySeconds": _NUMBERS,
            "backSeconds": _NUMBERS,
            "nodes": _NUMBERS,
            "when": ("before", "after", *_TEXTS),
            "state": ("unknown", "unusable", *_TEXTS),
            "nodeId": ("tvmps_0_d", *_TEXTS),
        }
        for name in self._random.sample(sorted(odd), self._random.choice([0, 1, 1, 2, 3])):
            document[name] = self._random.choice(odd[name])
        return document

    def spoil(self, body: bytes) -> bytes:
        """The body, now and then with bytes that make it something else."""
        chance = self._random.random()
        if chance > 0.03:
            return body
        at = self._random.randrange(len(body) + 1)
        odd = (
            b"\xed\xa0\x80",
            b"\xff",
            b"\x00",
            b'{"a":1,"a":2}',
            b"[" * 100_000,
            b" " * 2_000_000,
            b'"',
            b"\xef\xbb\xbf",
            b"}",
        )
        return body[:at] + self._random.choice(odd) + body[at:]

    def _object(self, type_name: str, version: str, depth: int, odds: float) -> Any:
        if depth and self._random.random() < odds / 4:
            return self._random.choice(_ANYTHING)
        document: dict[str, Any] = {}
        for name, (kind, versions) in BODIES[type_name].items():
            required = kind.endswith("!")
            if versions is not None and version not in versions and self._random.random() > odds:
                continue
            wanted = required or name in _USUAL or self._random.random() < 0.15
            if (
                not wanted
                or (depth > _DEPTH and not required)
                or (name in _RARE and "AutoScale" not in type_name and self._random.random() > 0.05)
            ):
                continue
            document[name] = self._value(type_name, name, kind.rstrip("!"), version, depth, odds)
        if self._random.random() < odds / 2:
            document[self._random.choice(["x", "odata.type", "", "é", "id"])] = self._random.choice(_ANYTHING)
        return document

    def _value(self, type_name: str, name: str, kind: str, version: str, depth: int, odds: float) -> Any:  # noqa: PLR0911
        if self._random.random() < odds / 2:
            return self._random.choice(_ANYTHING)
        odd = self._random.random() < odds
        if name == "id" and not odd:
            return self._random.choice(self._ids.get(type_name, ("a", "b")))
        if kind.startswith("["):
            number = self._random.choice([0, 1, 1, 2, 200 if odd else 1])
            return [self._value(type_name, "", kind[1:-1], version, depth + 1, odds) for _ in range(number)]
        if kind.startswith("@"):
            return self._random.choice(_TEXTS if odd else ENUMS[kind[1:]])
        if kind in BODIES:
            return self._object(kind, version, depth + 1, odds)
        if kind == "int":
            return self._random.choice(_NUMBERS if odd else (0, 1, 1, 2, 3, "2"))
        usual: dict[str, Sequence[Any]] = {
            "bool": (True, False),
            "duration": ("PT5M", "PT15M", "P1D"),
            "instant": ("2030-01-01T00:00:00Z", "2020-01-01T00:00:00Z"),
            "map": ({}, {"a": "b"}),
        }
        absurd: dict[str, Sequence[Any]] = {
            "duration": _DURATIONS,
            "instant": _INSTANTS,
            "bool": _ANYTHING,
            "map": _ANYTHING,
        }
        if odd:
            return self._random.choice(absurd.get(kind, _TEXTS))
        return self._random.choice(usual[kind] if kind in usual else self._text(name))

    def _text(self, name: str) -> Sequence[str]:
        """Texts that the service accepts for this property."""
        known: dict[str, Sequence[str]] = {
            "vmSize": ("standard_d2", "standard_a1_v2"),
            "poolId": self._pools,
            "commandLine": _COMMANDS,
            "autoScaleFormula": _FORMULAS,
            "publisher": ("canonical",),
            "offer": ("ubuntu-24_04-lts",),
            "sku": ("server",),
            "nodeAgentSKUId": ("batch.node.ubuntu 24.04",),
            "httpUrl": ("http://127.0.0.1:9/a",),
            "storageContainerUrl": ("http://127.0.0.1:9/c?sig=x",),
            "containerUrl": ("http://127.0.0.1:9/c?sig=x",),
            "filePath": ("a", "b/c"),
            "filePattern": ("*", "../std*.txt", "**/*a*a*a*b"),
        }
        return known.get(name, ("a", "b", "é"))


_USUAL = frozenset(
    {
        *("virtualMachineConfiguration", "publisher", "offer", "sku", "poolId", "targetDedicatedNodes", "vmSize"),
        *("imageReference", "nodeAgentSKUId", "pool", "autoScaleFormula", "enableAutoScale", "schedule"),
    }
)
_RARE = frozenset(
    {
        *("cloudServiceConfiguration", "certificateReferences", "applicationLicenses", "applicationPackageReferences"),
        *("authenticationTokenSettings", "identityReference", "dataDisks", "extensions", "serviceArtifactReference"),
        *("virtualMachineImageId", "sharedGalleryImageId", "communityGalleryImageId", "autoStorageContainerName"),
        *("mountConfiguration", "containerConfiguration", "containerSettings", "enableAutoScale", "autoScaleFormula"),
        *("autoScaleEvaluationInterval", "startTask", "jobPreparationTask", "jobReleaseTask", "multiInstanceSettings"),
    }
)


def write(document: Any) -> bytes:
    """JSON, with what stands for itself put in."""
    text = json.dumps(document)
    quoted = re.compile('"' + re.escape(json.dumps(_RAW)[1:-1]) + r'((?:[^"\\]|\\.)*)"')
    return quoted.sub(lambda match: json.loads(f'"{match[1]}"'), text).encode("utf-8", "surrogatepass")
