"""Whether the answer to a step of a scenario is the recorded one."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from emulator.conformance.forms import NOT_SERVED, OF_OTHER_VERSIONS, Disagreement, kind_of, operation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from emulator.conformance.asking import Answer

_TAG = re.compile(r"0x(?!701CE1722770000)[0-9A-F]{15}")
_LOGIN = re.compile(r"^SSHRule\.\d+$")
"""The endpoint to log in at: numbered by nodes, whose order is none."""
_PATTERNS = (
    ("<time>", re.compile(r"(?!1601)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")),
    ("<eTag>", _TAG),
    ("<date>", re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")),
    ("<GUID>", re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")),
    ("<guid>", re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")),
    ("<address>", re.compile(r"\b(\d{1,3}\.){3}\d{1,3}\b")),
    ("$skiptoken=<token>", re.compile(r"(\$|%24)skiptoken=.*")),
    ("<login>", _LOGIN),
    (r"<account>/\1", re.compile(r"^[a-z0-9]+-[0-9A-F]{16}/(.*/)")),
    ("\nRequestId:*", re.compile(r"\nRequestId:[^*].*", re.DOTALL)),
    ("", re.compile(r"api-version=[0-9.-]+&?|&timeout=30")),
)
_FOLLOWS = frozenset({"PoolNotFound", "JobNotFound", "TaskNotFound", "NodeNotFound"})
_ANYTHING = frozenset(
    {"publicFQDN", "frontendPort", "backendPort", "exactVersion", "remoteLoginPort", "numberOfFilesUploaded"}
    | {"nodeAgentInfo.version"}
)
_ADDED = {
    "requiredSlots": "2020-09",
    "maxParallelTasks": "2021-06",
    "exactVersion": "2022-02",  # some of January 2022 have it
    "allowTaskPreemption": "2022",
    "upgradingOS": "2024",
}
"""Properties that no answer had before a version."""
_LOTTERY = frozenset(
    {"totalTasksRun", "totalTasksSucceeded", "runningTasksCount", "runningTaskSlotsCount", "recentTasks"}
)
"""Which node runs which task may differ."""
_OF_A_MOMENT = _LOTTERY | frozenset(
    {"state", "stateTransitionTime", "previousState", "previousStateTransitionTime", "executionInfo", "nodeInfo"}
    | {"allocationState", "allocationStateTransitionTime", "currentDedicatedNodes", "currentLowPriorityNodes"}
    | {"resizeErrors", "startTaskInfo", "lastBootTime", "nodeAgentInfo", "eTag", "lastModified", "autoScaleRun"}
    | {"ipAddress", "virtualMachineInfo", "endpointConfiguration", "certificateReferences"}
)
_LATER: dict[tuple[str, Any], set[str]] = {
    ("allocationState", "resizing"): {"steady"},
    ("allocationState", "stopping"): {"steady"},
    ("node", "creating"): {"starting", "waitingforstarttask", "idle", "running"},
    ("node", "starting"): {"waitingforstarttask", "idle", "running"},
    ("node", "waitingforstarttask"): {"idle", "running"},
    ("node", "rebooting"): {"starting", "waitingforstarttask", "idle", "running"},
    ("node", "unusable"): {"starting", "waitingforstarttask", "idle", "running"},
    ("node", "running"): {"idle"},
    ("node", "idle"): {"running"},
    ("task", "active"): {"preparing", "running", "completed"},
    ("task", "preparing"): {"running", "completed"},
    ("task", "running"): {"completed"},
    ("job", "enabling"): {"active"},
    ("job", "disabling"): {"disabled"},
    ("job", "terminating"): {"completed"},
}
"""The emulator is faster: in place of a recorded transient state, a later one is accepted."""


class Blobs(NamedTuple):
    """A blob service in place of those of the recordings: its URL, and a SAS for everything in it."""

    base: str
    sas: str


@dataclass
class Replay:
    """One answer of a scenario against the recorded one.

    Attributes:
        recorded: the version of the recording.
        nodes: which node of this run stands for which recorded one; filled as lists of nodes are compared.
        tags: likewise for ETags: a record must be modified exactly when the recorded one is.
    """

    base: str
    blobs: Blobs
    recorded: str
    same_version: bool
    nodes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def check(self, step: Mapping[str, Any], answer: Answer) -> list[Disagreement]:
        """The differences from the recording, except times, ids, and states that the emulator passes faster."""
        if answer.code == NOT_SERVED:
            return [Disagreement("not implemented", operation(step["method"], step["path"]))]
        if answer.status != step["status"]:
            if answer.code in _FOLLOWS and step["status"] != answer.status:
                return [
                    Disagreement("follows", f"recorded {step['status']}, given {answer.code}: an earlier step failed")
                ]
            reason = next(
                (pair["value"] for pair in (answer.document or {}).get("values", []) if pair["key"] == "Reason"), ""
            )
            if answer.code:
                return [
                    Disagreement("status", f"recorded {step['status']}, given {answer.status} {answer.code} {reason}")
                ]
            return [Disagreement("status", f"recorded {step['status']}, given {answer.status} {answer.text[:300]}")]
        found = list(self._headers(step, answer))
        if "answer" in step:
            given = answer.document if isinstance(step["answer"], dict) else answer.text
            found += self._compare(step["answer"], given, "", "")
        return found

    def path(self, text: str) -> str:
        """A recorded path as one of this run."""
        text = text.replace("{blobs}", self.blobs.base).replace("{sas}", self.blobs.sas)
        for name, node in self.nodes.items():
            text = text.replace(name, quote(node))
        return text

    def _headers(self, step: Mapping[str, Any], answer: Answer) -> Iterator[Disagreement]:
        recorded = step["answer headers"]
        for name, value in recorded.items():
            given = answer.headers.get(name)
            if given is None:
                yield Disagreement(f"header {name}: missing", f"recorded {value!r}")
            elif name == "etag" and not self._same_tag(value, given):
                yield Disagreement("header etag: value", f"recorded {value!r}, given {given!r}")
            elif name != "content-length" and not self._same_text(value.replace("; ", ";"), given.replace("; ", ";")):
                yield Disagreement(f"header {name}: value", f"recorded {value!r}, given {given!r}")
        for name in ("content-length", "etag", "last-modified", "location", "dataserviceid", "content-type"):
            if name in answer.headers and name not in recorded:
                yield Disagreement(f"header {name}: unexpected", f"given {answer.headers[name]!r}")

    def _compare(self, recorded: Any, given: Any, place: str, name: str) -> Iterator[Disagreement]:
        if recorded == "*":
            return
        if kind_of(recorded) != kind_of(given):
            yield Disagreement(f"{place}: type", f"recorded {recorded!r}, given {given!r}")
        elif name in _ANYTHING or ".".join(place.rsplit(".", 2)[-2:]) in _ANYTHING:
            return
        elif isinstance(recorded, dict):
            yield from self._compare_objects(recorded, given, place, name)
        elif isinstance(recorded, list):
            yield from self._compare_lists(recorded, given, place)
        elif isinstance(recorded, str):
            if not self._same_text(recorded, given):
                yield Disagreement(f"{place}: value", f"recorded {recorded!r}, given {given!r}")
        elif recorded != given:
            yield Disagreement(f"{place}: value", f"recorded {recorded!r}, given {given!r}")

    def _compare_objects(
        self, recorded: Mapping[str, Any], given: Mapping[str, Any], place: str, name: str
    ) -> Iterator[Disagreement]:
        aside: set[str] = set() if self.same_version else set(OF_OTHER_VERSIONS)
        aside |= {name for name, since in _ADDED.items() if self.recorded < since}
        if "recentTasks" in recorded.keys() | given.keys():
            aside |= _LOTTERY
        if name in {"taskCounts", "taskSlotCounts"}:
            if not _are_later(recorded, given):
                yield Disagreement(f"{place}: value", f"recorded {recorded}, given {given}")
            return
        if _is_later(recorded, given):
            aside |= _OF_A_MOMENT
        for key in recorded.keys() | given.keys():
            where = f"{place}.{key}" if place else key
            if key in aside:
                continue
            if key not in given:
                yield Disagreement(f"{where}: missing", f"recorded {recorded[key]!r}")
            elif key not in recorded:
                yield Disagreement(f"{where}: unexpected", f"given {given[key]!r}")
            else:
                yield from self._compare(recorded[key], given[key], where, key)

    def _compare_lists(self, recorded: list[Any], given: list[Any], place: str) -> Iterator[Disagreement]:
        keys = [_key(item) for item in recorded]
        if all(keys) and not any("{node" in key for key in keys):
            items = {_key(item): item for item in given}
            for key, item in zip(keys, recorded, strict=True):
                if key in items:
                    yield from self._compare(item, items.pop(key), f"{place}[{key}]", "")
                else:
                    yield Disagreement(f"{place}[{key}]: missing", f"given {sorted(items)}")
            for key in items:
                yield Disagreement(f"{place}[{key}]: unexpected", "not recorded")
        elif len(recorded) != len(given):
            yield Disagreement(f"{place}: length", f"recorded {len(recorded)}, given {len(given)}")
        else:
            for index, (one, other) in enumerate(zip(recorded, given, strict=True)):
                yield from self._compare(one, other, f"{place}[{index}]", "")

    def _same_tag(self, recorded: str, given: str) -> bool:
        if recorded not in self.tags and given in self.tags.values():
            return False
        return self.tags.setdefault(recorded, given) == given

    def _same_text(self, recorded: str, given: str) -> bool:
        wanted, found = recorded, given.replace(self.base, "{base}")
        found = found.replace(self.blobs.base, "{blobs}").replace(self.blobs.sas, "{sas}")
        for token, pattern in _PATTERNS:
            wanted, found = pattern.sub(token, wanted), pattern.sub(token, found)
        if wanted == "*":
            return True
        for name in re.findall(r"\{node\d+p?\}", wanted):
            if name not in self.nodes:
                match = re.search(r"tvm(?:ps)?[-_][A-Za-z0-9_-]+", found)
                if match is None or match[0] in self.nodes.values():
                    return False
                self.nodes[name] = match[0]
            wanted = wanted.replace(name, self.nodes[name])
        return wanted == found


def _are_later(recorded: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether the counts are those of the same tasks, at that moment or when more of them had ended."""
    if recorded.keys() != given.keys():
        return False
    total = sum(recorded[name] for name in ("active", "running", "completed"))
    results = [name for name in ("succeeded", "failed") if recorded[name] or not recorded["completed"]]
    return bool(
        sum(given[name] for name in ("active", "running", "completed")) == total
        and given["completed"] >= recorded["completed"]
        and given["active"] <= recorded["active"]
        and sum(given[name] for name in results) == given["completed"]
    )


def _key(item: Any) -> str:
    if not isinstance(item, dict):
        return ""
    if _LOGIN.match(str(item.get("name", ""))):
        return "<login>"
    return str(next((item[name] for name in ("id", "taskId", "poolId", "name", "key") if name in item), ""))


def _is_later(recorded: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    if given.get("allocationState") in _LATER.get(("allocationState", recorded.get("allocationState")), ()):
        return True
    kind = "node" if "schedulingState" in recorded else "task" if "commandLine" in recorded else "job"
    if given.get("state") in _LATER.get((kind, recorded.get("state")), ()):
        return True
    ends = recorded.get("onAllTasksComplete") == "terminatejob" and recorded.get("state") == "active"
    return ends and given.get("state") in {"terminating", "completed"}
