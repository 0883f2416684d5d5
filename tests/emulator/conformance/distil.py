"""Distils recorded answers of the real service into the facts that the tests of this folder hold the emulator to.

    PYTHONPATH=tests python -m emulator.conformance.distil RECORDINGS

RECORDINGS is a folder of `<source>.jsonl.gz`, one request with its answer per line (api, method, path, query, reqh,
req, status, resh, res). Written to `data/`: profiles.json (paths, types, formats and headers per operation),
errors.json (one entry per distinct error) and scenarios.json (what was asked in order, and what was answered).
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from emulator.conformance.forms import entity_of, link_form, operation, properties, shape, without_trace
from emulator.conformance.scenarios import distil_scenarios

DATA = Path(__file__).parent / "data"
_PROFILED_SINCE = "2019-06"
_MEASURED_SINCE = "2022"
_FIRST_ERROR = 400
_REDIRECT = 300
_HEADERS = frozenset(
    {"content-type", "content-length", "transfer-encoding", "etag", "last-modified", "location", "dataserviceid"}
    | {"request-id", "dataserviceversion", "x-content-type-options"}
    | {"ocp-batch-file-isdirectory", "ocp-batch-file-url", "ocp-batch-file-mode"}
)
_ENUMERATIONS = frozenset(
    {"state", "previousState", "schedulingState", "allocationState", "result", "category", "code", "scope", "status"}
    | {"elevationLevel", "onAllTasksComplete", "onTaskFailure", "nodeFillType", "jobDefaultOrder", "osType", "policy"}
    | {"verificationType", "poolLifetimeOption", "uploadCondition", "terminateReason", "caching", "contentType"}
    | {"storageAccountType", "jobAction", "dependencyAction", "jobPreparationTaskState", "lang"}
)
_RETIRED_NODE_VERBS = ("/rdp", "/reimage", "/upgradeos")
_RETIRED = ("/certificates", "/lifetimejobstats", "/lifetimepoolstats", "/poolusagemetrics")


def exchanges(folder: Path) -> list[dict[str, Any]]:
    """Every recorded exchange, in the order of its recording."""
    read = []
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            read += [json.loads(line) for line in lines]
    return read


def profiles(recorded: list[dict[str, Any]]) -> dict[str, Any]:
    """Per operation and status: how often each version was recorded, the headers, and the objects of the bodies."""
    found: dict[str, Any] = {}
    for one in recorded:
        retired = one["path"].startswith(_RETIRED) or one["path"].endswith(_RETIRED_NODE_VERBS)
        if one["status"] >= _REDIRECT or one["api"] < _PROFILED_SINCE or retired or _is_windows_file(one):
            continue
        name = f"{operation(one['method'], one['path'])} {one['status']}"
        profile = found.setdefault(name, {"versions": Counter(), "headers": {}, "objects": {}})
        profile["versions"][one["api"]] += 1
        for header, value in one["resh"].items():
            if header in _HEADERS:
                entry = profile["headers"].setdefault(header, {"seen": Counter(), "forms": set()})
                entry["seen"][one["api"]] += 1
                entry["forms"].add(_header_form(header, value, one))
        if isinstance(one["res"], dict) and "$select" not in one["query"]:
            body = one["res"]
            if entity_of(operation(one["method"], one["path"])):
                body = {
                    key: [] if key == "value" else inner
                    for key, inner in body.items()
                    if "odata" in key or key == "value"
                }
            _add_body(profile["objects"], body, one["api"])
    return {name: _plain(_newer(profile)) for name, profile in sorted(found.items())}


def entities(recorded: list[dict[str, Any]]) -> dict[str, Any]:
    """Per kind of entity its objects, wherever they were answered: alone or in a list."""
    found: dict[str, dict[str, Any]] = {}
    for one in recorded:
        kind = entity_of(operation(one["method"], one["path"]))
        measured = one["status"] < _REDIRECT and one["api"] >= _PROFILED_SINCE and isinstance(one["res"], dict)
        if kind and measured and "$select" not in one["query"]:
            for entity in one["res"].get("value", [one["res"]]):
                _add_body(
                    found.setdefault(kind, {}), {key: entity[key] for key in entity if "odata" not in key}, one["api"]
                )
    return {
        kind: _plain(_newer({"versions": {_MEASURED_SINCE: 1}, "headers": {}, "objects": objects}))["objects"]
        for kind, objects in found.items()
    }


def _newer(profile: dict[str, Any]) -> dict[str, Any]:
    """Without the counts of versions before 2022, where newer ones were recorded; the names they had stay known."""
    for header in profile["headers"].values():
        seen = header.pop("seen")
        newer = _since(profile["versions"]) or profile["versions"]
        header["always"] = all(seen[version] == count for version, count in newer.items())
    if all(version < _MEASURED_SINCE for version in profile["versions"]):
        return profile
    for entry in profile["objects"].values():
        entry["seen"] = _since(entry["seen"])
        for fact in entry["properties"].values():
            fact["seen"] = _since(fact["seen"])
    profile["versions"] = _since(profile["versions"])
    return profile


def _since(seen: Counter[str]) -> dict[str, int]:
    return {version: count for version, count in seen.items() if version >= _MEASURED_SINCE}


def _is_windows_file(one: dict[str, Any]) -> bool:
    """Whether it tells of files of a Windows node, which have a creation time and no mode."""
    return "/files" in one["path"] and (
        "ocp-creation-time" in one["resh"] or "%5c" in one["path"].lower() or '"creationTime"' in json.dumps(one["res"])
    )


def _header_form(header: str, value: str, one: dict[str, Any]) -> str:
    if header in {"location", "dataserviceid"}:
        hidden = "sanitized" in value or "example.com" in value
        return "" if hidden else link_form(value, one["path"], one["req"])
    if header == "content-type" and "/files/" not in one["path"]:
        return value.replace(" ", "")
    return value if header in {"transfer-encoding", "dataserviceversion"} else shape(value)


def _add_body(objects: dict[str, Any], body: dict[str, Any], version: str) -> None:
    for path, document in properties(body):
        entry = objects.setdefault(path, {"seen": Counter(), "properties": {}})
        entry["seen"][version] += 1
        for name, value in document.items():
            fact = entry["properties"].setdefault(name, {"seen": Counter(), "shapes": set(), "words": set()})
            fact["seen"][version] += 1
            fact["shapes"].add(shape(value))
            if name in _ENUMERATIONS and isinstance(value, str):
                fact["words"].add(value)
            if name == "odata.metadata":
                fact["words"].add(value.partition("#")[2])


def _plain(value: Any) -> Any:
    """Sorted, and without what is empty."""
    if isinstance(value, dict):
        return {
            key: _plain(inner)
            for key, inner in sorted(value.items())
            if key in {"seen", "objects"} or inner not in (set(), {}, "")
        }
    return sorted(value - {""}) if isinstance(value, set) else value


def errors(recorded: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every distinct error: operation, status, code, text and the keys of its values, with the newest example."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for one in recorded:
        if one["status"] >= _FIRST_ERROR:
            body = one["res"] if isinstance(one["res"], dict) else {}
            keys = tuple(value.get("key") for value in body.get("values", []))
            wrong = next((value["value"] for value in body.get("values", []) if value.get("key") == "PropertyName"), "")
            if body.get("code") == "InvalidApplicationPackageReferences":
                keys = ("{application id}",)
            text = without_trace(body.get("message", {}).get("value", ""))
            groups[operation(one["method"], one["path"]), one["status"], body.get("code"), text, keys, wrong].append(
                one
            )
    found = []
    for (asked, status, code, text, keys, wrong), members in sorted(groups.items(), key=str):
        newest = max(members, key=lambda one: one["api"])
        entry = {
            "operation": asked,
            "status": status,
            "code": code,
            "property": wrong,
            "message": text,
            "keys": list(keys),
            "recorded": len(members),
            "since 2022": sum(one["api"] >= "2022" for one in members),
            "newest": newest["api"],
            "values": (newest["res"] or {}).get("values", []),
            "content-type": newest["resh"].get("content-type", "").replace(" ", ""),
            "chunked": "transfer-encoding" in newest["resh"],
        }
        found.append(entry)
    return found


def main(folder: Path) -> None:
    """Distil everything."""
    recorded = exchanges(folder)
    scenarios = distil_scenarios(recorded)
    for name, document in (
        ("profiles", profiles(recorded)),
        ("entities", entities(recorded)),
        ("errors", errors(recorded)),
        ("scenarios", scenarios),
    ):
        file = DATA / f"{name}.json"
        if isinstance(document, list):
            lines = ",\n".join(json.dumps(item, separators=(",", ":"), ensure_ascii=False) for item in document)
            text = f"[\n{lines}\n]\n"
        else:
            pairs = (f"{json.dumps(key)}:{json.dumps(item, separators=(',', ':'))}" for key, item in document.items())
            text = "{\n" + ",\n".join(pairs) + "\n}\n"
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
