"""Recorded scenarios as lists of steps that can be asked again: values that differ in each run are replaced."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from emulator.conformance.completing import OLDER, blobs, completed, nodes_come_late, slowed, unrecorded
from emulator.conformance.forms import link_form, served_version, without_trace
from emulator.conformance.packing import packed

if TYPE_CHECKING:
    from collections.abc import Iterable

_FIRST = "2022"
_LEFT_OUT = ("/certificates", "/lifetimejobstats", "/lifetimepoolstats")
"""Operations that the newest version does not have."""
_OK = 300
_CREATED = 201
_NOT_FOUND = 404
_RETIRED = "CloudServiceConfigurationRetired"
_HOST = re.compile(r"https?://[a-z0-9.-]+\.batch\.azure\.com(:443)?")
_NODE = re.compile(r"tvm(?:ps)?[-_][A-Za-z0-9_-]{8,}")
_LINUX = {
    "imageReference": {"publisher": "canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
    "nodeAgentSKUId": "batch.node.ubuntu 24.04",
}
_BLOB = re.compile(r"https://[a-z0-9]+\.blob\.core\.windows\.net/([a-z0-9-]{3,})([^?\s]*)\?\S*sig=\S*")
_ACCOUNT = re.compile(r"https://[a-z0-9]+\.blob\.core\.windows\.net/?")
_SENT = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "ocp-range"})
_KEPT = frozenset(
    {"content-type", "content-length", "etag", "last-modified", "location", "dataserviceid", "transfer-encoding"}
    | {"ocp-batch-file-isdirectory", "ocp-batch-file-mode"}
)


def distil_scenarios(recorded: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest recording of every scenario."""
    files: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in recorded:
        family = one["file"].split("__")[0]
        if one["api"] >= _FIRST or family in OLDER:
            files[one["file"]].append(completed(family, one))
    families: dict[str, list[str]] = defaultdict(list)
    for file in files:
        families[file.split("__")[0]].append(file)
    found = []
    for family, members in sorted(families.items()):
        newest = max(members, key=lambda file: (files[file][0]["api"], files[file][0].get("commit_date") or "", file))
        asked = [one for one in files[newest] if not _is_left_out(one)]
        if asked:
            found.append(packed(_Scenario(family, newest, asked).document()))
    return found


def _is_left_out(one: dict[str, Any]) -> bool:
    metrics = one["path"] == "/poolusagemetrics" and one["status"] < _OK
    return metrics or bool(one["path"].startswith(_LEFT_OUT))


def _code(one: dict[str, Any]) -> Any:
    return one["res"].get("code") if isinstance(one["res"], dict) else None


class _Scenario:
    """Converts one recording to a list of steps."""

    def __init__(self, family: str, file: str, asked: list[dict[str, Any]]) -> None:
        self._name = f"{family} ({asked[0]['api']}, {file.rsplit('__', maxsplit=1)[-1].split('.', maxsplit=1)[0]})"
        self._family = family
        self._asked = asked
        self._nodes: dict[str, str] = {}
        self._made: set[str] = set()
        self._pools: list[str] = []
        self._error: str | None = None
        self._missing = {one["path"].split("/")[2] for one in asked if _code(one) == "PoolNotFound"}
        text = json.dumps([[one["path"], one["res"], one["resh"]] for one in asked])
        self._windows = "%5C" in text or "ocp-creation-time" in text or "workitems\\\\" in text or "drive D" in text

    def document(self) -> dict[str, Any]:
        """Its JSON form."""
        steps: list[dict[str, Any]] = []
        for one in self._asked:
            step = self._step(one)
            last = steps[-1] if steps else None
            keys = ("method", "path", "query", "headers", "body")
            if last and step["method"] == "GET" and all(last.get(key) == step.get(key) for key in keys):
                step["recorded"] += last["recorded"]
                steps[-1] = step
                continue
            steps += [*self._preparations(one, step), *unrecorded(self._family, one["seq"], self._pools)]
            steps.append(step)
        recorded = self._asked[0]["api"]
        document = {"name": self._name, "recorded": recorded, "version": served_version(recorded)}
        if wanted := blobs(self._family):
            document["blobs"] = wanted
        return {**document, "steps": list(slowed(steps))}

    def _step(self, one: dict[str, Any]) -> dict[str, Any]:
        self._error = _code(one)
        step: dict[str, Any] = {"method": one["method"], "path": self._text(one["path"]), "recorded": 1}
        if self._windows:
            step["path"] = step["path"].replace("%5C", "%2F")
        if query := {name: value for name, value in one["query"].items() if name != "timeout"}:
            step["query"] = query
        if headers := {name: value for name, value in one["reqh"].items() if name in _SENT}:
            step["headers"] = headers
        if isinstance(one["req"], dict):
            step["body"] = self._completed(self._translated(one["req"]), one)
        step["status"] = one["status"]
        step["answer headers"] = self._headers(one)
        if one["res"] is not None:
            step["answer"] = self._answer(one)
        return step

    def _headers(self, one: dict[str, Any]) -> dict[str, str]:
        kept = {name: self._text(value) for name, value in one["resh"].items() if name in _KEPT}
        if self._windows and "ocp-creation-time" in one["resh"]:
            kept["ocp-batch-file-mode"] = "0o100644"
        if one["status"] == _CREATED:
            kept.setdefault("location", "*")  # some recorders dropped it
        for name in ("location", "dataserviceid"):
            form = link_form(kept.get(name, ""), one["path"], one["req"])
            if form.startswith("/") and form != "/jobs/job-1":
                kept[name] = "*"  # ids were replaced in the path and not in the header
            if "sanitized" in kept.get(name, "") or "example.com" in kept.get(name, ""):
                kept[name] = "*"
        return kept

    def _answer(self, one: dict[str, Any]) -> Any:
        body = one["res"]
        if isinstance(body, str):
            whole = self._windows and "ocp-range" not in one["reqh"]
            return "*" if whole else body
        answer: dict[str, Any] = self._translated(body)
        if one["path"].endswith("/taskcounts") and "taskCounts" not in answer:
            # Flat until 2020; slots were not counted then.
            metadata = answer.pop("odata.metadata").replace("taskcounts/", "taskcountsresult/")
            answer = {"odata.metadata": metadata, "taskCounts": answer, "taskSlotCounts": dict(answer)}
        if one["path"] == "/supportedimages":
            answer["value"] = "*"
        if one["path"].endswith("/files"):
            # Nodes had a directory for certificates until these ended.
            answer["value"] = [item for item in answer["value"] if not item["name"].endswith("certs")]
        if one["path"] in {"/pools", "/jobs", "/nodecounts"} and "value" in answer:
            # The recording's account had other resources besides those of the scenario.
            mine = self._made | set(self._pools)
            answer["value"] = [
                item for item in answer["value"] if (item.get("id") or item["poolId"]).partition(":")[0] in mine
            ]
        return answer

    def _translated(self, value: Any, name: str = "") -> Any:
        """A part of a body; `name` is the property it is the value of."""
        if isinstance(value, dict):
            return self._translated_object({key: self._translated(inner, key) for key, inner in value.items()}, name)
        if isinstance(value, list):
            return [self._translated(inner, name) for inner in value]
        return self._translated_text(value, name) if isinstance(value, str) else value

    def _translated_object(self, fields: dict[str, Any], name: str) -> dict[str, Any]:
        if "cloudServiceConfiguration" in fields and self._error is None:
            # Retired since: the rest of such a pool is as good as that of any other.
            del fields["cloudServiceConfiguration"]
            fields["virtualMachineConfiguration"] = self._machine()
        if self._is_supported_image(fields, name):
            recorded = fields["imageReference"]
            fields["imageReference"] = self._machine()["imageReference"]
            if "nodeAgentSKUId" in fields:
                fields["nodeAgentSKUId"] = _LINUX["nodeAgentSKUId"]
            if "exactVersion" in recorded:
                fields["imageReference"]["exactVersion"] = "*"
            if "version" not in recorded:
                del fields["imageReference"]["version"]
            fields.pop("windowsConfiguration", None)
        if "loginMode" in fields.get("windowsUserConfiguration", {}) and self._error is None:
            # Such pools had Windows nodes, and get Linux ones.
            del fields["windowsUserConfiguration"]
        if "inboundEndpoints" in fields:
            # Some nodes had one more until January 2022.
            fields["inboundEndpoints"] = [one for one in fields["inboundEndpoints"] if one["name"] != "LogInPort"]
        if fields.get("code") == "CommandProgramNotFound":
            # Until 2020 the command line was returned here too.
            fields["details"] = [detail for detail in fields["details"] if detail["name"] != "CommandLine"]
        if self._windows and "contentLength" in fields:
            fields.pop("creationTime", None)
            fields["fileMode"] = "0o100644"
        return fields

    def _translated_text(self, value: str, name: str) -> str:
        if name == "commandLine" and self._windows:
            return _in_sh(value)
        if name == "value" and "\nRequestId:" in value:
            return without_trace(value) + "\nRequestId:*"
        if self._windows and name in {"taskRootDirectory", "name"}:
            value = value.replace("\\", "/")
        if name == "publicFQDN":
            return "*"
        if name in {"publicIPAddress", "remoteLoginIPAddress"}:
            return "192.0.2.1"
        if "url" in name.lower():
            value = value.replace("%5C", "%2F") if self._windows else value
            value = "{blobs}/container?{sas}" if value == "REDACTED" or _ACCOUNT.fullmatch(value) else value
        return self._text(_BLOB.sub(r"{blobs}/\1\2?{sas}", value))

    def _completed(self, body: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
        """Some bodies of new pools were written down without what every pool has."""
        if one["path"] == "/pools" and "virtualMachineConfiguration" not in body and self._error != _RETIRED:
            body["virtualMachineConfiguration"] = self._machine()
        return body

    @staticmethod
    def _machine() -> dict[str, Any]:
        machine: dict[str, Any] = json.loads(json.dumps(_LINUX))
        return machine

    def _is_supported_image(self, fields: dict[str, Any], name: str) -> bool:
        """Whether it is a machine whose image was supported then and need not be now."""
        image = fields.get("imageReference")
        return (
            isinstance(image, dict)
            and ("nodeAgentSKUId" in fields or "virtualMachineInfo" in name)
            and image.get("publisher") not in {None, "a"}
            and "verificationType" not in fields
        )

    def _text(self, text: str) -> str:
        text = _HOST.sub("{base}", text)
        return _NODE.sub(lambda match: self._node(match[0]), text)

    def _node(self, recorded: str) -> str:
        """A name for a node: `{node0}`, or `{node0p}` if it was a spot node."""
        kind = "p" if recorded.endswith("_p") else ""
        return self._nodes.setdefault(recorded, f"{{node{len(self._nodes)}{kind}}}")

    def _preparations(self, one: dict[str, Any], step: dict[str, Any]) -> Iterable[dict[str, Any]]:
        """Steps that create what the recording presumes."""
        parts = [unquote(part) for part in one["path"].strip("/").split("/")]
        missing = one["status"] == _NOT_FOUND or (parts[1:2] and parts[1] in self._missing)
        body = one["req"] if isinstance(one["req"], dict) else {}
        if parts[0] == "pools" and not missing and (len(parts) > 1 or _code(one) == "PoolExists"):
            yield from self._pool(parts[1] if len(parts) > 1 else body["id"])
        pool_of_job = (body.get("poolInfo") or (body.get("jobSpecification") or {}).get("poolInfo") or {}).get("poolId")
        if parts[0] in {"jobs", "jobschedules"} and pool_of_job:
            yield from self._pool(pool_of_job)
        if parts[0] == "jobs" and len(parts) > 1 and not missing and f"job {parts[1]}" not in self._made:
            pool = self._pools[0] if self._pools else "pool"
            yield from self._pool(pool)
            yield from self._make("job", "/jobs", {"id": parts[1], "poolInfo": {"poolId": pool}})
        if parts[2:3] == ["tasks"] and len(parts) > 3 and f"task {parts[3]}" not in self._made and not missing:
            line = (
                (step.get("answer") or {}).get("commandLine", "true")
                if isinstance(step.get("answer"), dict)
                else "true"
            )
            yield from self._make("task", f"/jobs/{parts[1]}/tasks", {"id": parts[3], "commandLine": line})
        self._note(one, parts, body)

    def _note(self, one: dict[str, Any], parts: list[str], body: dict[str, Any]) -> None:
        if one["method"] != "POST" or one["status"] >= _OK:
            return
        kinds = {
            1: {"pools": "pool", "jobs": "job", "jobschedules": "schedule"}.get(parts[0]),
            3: "task" if parts[2:] == ["tasks"] else None,
        }
        if kind := kinds.get(len(parts)):
            self._made |= {f"{kind} {body.get('id')}", str(body.get("id"))}
            if kind == "pool":
                self._pools.append(body["id"])
        if parts[2:] == ["addtaskcollection"]:
            self._made |= {f"task {task['id']}" for task in body.get("value", [])}

    def _pool(self, pool: str) -> Iterable[dict[str, Any]]:
        if f"pool {pool}" in self._made:
            return
        body: dict[str, Any] = {"id": pool, "vmSize": "standard_d2s_v3", "virtualMachineConfiguration": _LINUX}
        shown = [one["res"] for one in self._asked if one["path"] == f"/pools/{pool}" and isinstance(one["res"], dict)]
        for name in ("displayName", "vmSize", "userAccounts", "targetDedicatedNodes", "targetLowPriorityNodes"):
            if name in (shown[0] if shown else ()):
                body[name] = shown[0][name]
        listed = [one["res"]["value"] for one in self._asked if one["path"] == f"/pools/{pool}/nodes" and one["res"]]
        for nodes in listed:
            if nodes and "vmSize" in nodes[0]:
                body["vmSize"] = nodes[0]["vmSize"]
        counts = [len(nodes) for nodes in listed]
        body["targetDedicatedNodes"] = max([*counts, body.get("targetDedicatedNodes", 0)])
        needed = len({match for one in self._asked for match in _NODE.findall(one["path"])})
        ran = any(
            '"endTime": ' in (text := json.dumps(one["res"])) or re.search(r'"completed": [1-9]', text)
            for one in self._asked
            if one["path"].startswith("/jobs/")
        )
        body["targetDedicatedNodes"] = max(body["targetDedicatedNodes"], needed, int(ran))
        if nodes_come_late(self._family):
            del body["targetDedicatedNodes"]
        for account in body.get("userAccounts", ()):
            account["password"] = "kept from nobody"
        self._pools.append(pool)
        yield from self._make("pool", "/pools", body)

    def _make(self, kind: str, path: str, body: dict[str, Any]) -> Iterable[dict[str, Any]]:
        self._made |= {f"{kind} {body['id']}", body["id"]}
        yield {"method": "POST", "path": path, "body": body, "status": 201, "recorded": 0}


def _in_sh(line: str) -> str:
    """A Windows command line as one that Linux can run, with the same first line of output."""
    command = line.partition("/c ")[2].strip('"')
    if "/c " not in line:
        return line
    if command.startswith("dir"):
        return "/bin/sh -c \"echo ' Volume in drive D is Temporary Storage'\""
    if command.startswith("echo ") and "|" not in command:
        return f"/bin/sh -c \"printf '%s\\r\\n' '{command[5:]}'\""
    return "/bin/sh -c true"
