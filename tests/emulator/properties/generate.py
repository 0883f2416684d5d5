"""Makes the emulator's table of properties, `protocol/properties.json`, from the tables beside this file.

    python tests/emulator/properties/generate.py [FOLDER]

FOLDER, if given, holds the descriptions of the service: then `distil.py` makes the tables beside this file first.
To support one more api-version: add it to `VERSIONS` here, to `distil.py` and to `protocol/versions.py`, and run both.

The result has three parts. `bodies`: for each type of a request its properties, each with its type as `distil.py`
writes it, `!` if required, and `since`, `until` or `only` an api-version if not all have it. `enums`: their values.
`answers`: of each type the service answers with, the properties that not all api-versions have.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
RESULT = HERE.parents[2] / "src/recipebatch/emulator/protocol/properties.json"
VERSIONS = ("2024-02-01.19.0", "2024-07-01.20.0", "2025-06-01")
RENAMED_IN = "2025-06-01"
"""From this api-version on the service's types have other names."""
BODIES: dict[str, str | None] = {
    # Name until 2024-07-01.20.0 → name since 2025-06-01. Types inside them are found by the properties that hold them.
    "PoolAddParameter": "BatchPoolCreateOptions",
    "PoolPatchParameter": "BatchPoolUpdateOptions",
    "PoolUpdatePropertiesParameter": "BatchPoolReplaceOptions",
    "PoolResizeParameter": "BatchPoolResizeOptions",
    "PoolEnableAutoScaleParameter": "BatchPoolEnableAutoScaleOptions",
    "PoolEvaluateAutoScaleParameter": "BatchPoolEvaluateAutoScaleOptions",
    "NodeRemoveParameter": "BatchNodeRemoveOptions",
    "NodeRebootParameter": "BatchNodeRebootOptions",
    "NodeReimageParameter": "BatchNodeReimageOptions",
    "NodeDeallocateParameter": "BatchNodeDeallocateOptions",
    "NodeDisableSchedulingParameter": "BatchNodeDisableSchedulingOptions",
    "ComputeNodeUser": "BatchNodeUserCreateOptions",
    "NodeUpdateUserParameter": "BatchNodeUserReplaceOptions",
    "UploadBatchServiceLogsConfiguration": "UploadBatchServiceLogsOptions",
    "JobAddParameter": "BatchJobCreateOptions",
    "JobPatchParameter": "BatchJobUpdateOptions",
    # PUT takes the type of the answer since 2025-06-01, read-only properties included; what it may change is the same.
    "JobUpdateParameter": None,
    "JobDisableParameter": "BatchJobDisableOptions",
    "JobTerminateParameter": "BatchJobTerminateOptions",
    "TaskAddParameter": "BatchTaskCreateOptions",
    "TaskUpdateParameter": None,
    "JobScheduleAddParameter": "BatchJobScheduleCreateOptions",
    "JobSchedulePatchParameter": "BatchJobScheduleUpdateOptions",
    "JobScheduleUpdateParameter": None,
}
ANSWERS = {
    "CloudPool": "BatchPool",
    "ComputeNode": "BatchNode",
    "CloudJob": "BatchJob",
    "CloudTask": "BatchTask",
    "CloudJobSchedule": "BatchJobSchedule",
    "NodeCounts": "BatchNodeCounts",
    "TaskSchedulingPolicy": "BatchTaskSchedulingPolicy",
}
READ_ONLY = {("ImageReference", "exactVersion")}


class Specification:
    """What all api-versions say of a type."""

    def __init__(self, folder: Path) -> None:
        self._tables = {
            version: json.loads((folder / f"{version}.json").read_text(encoding="utf-8")) for version in VERSIONS
        }
        self.enums: dict[str, list[str]] = {}

    def properties(self, old: str, new: str | None) -> dict[str, dict[str, str]]:
        """Property → api-version → its type there."""
        found: dict[str, dict[str, str]] = {}
        for version, table in self._tables.items():
            if version >= RENAMED_IN and new is None:
                for kinds in found.values():
                    kinds[version] = kinds[max(kinds)]
                continue
            for name, kind in table["types"].get(new if version >= RENAMED_IN else old, {}).items():
                found.setdefault(name, {})[version] = kind
        return found

    def is_type(self, name: str, version: str) -> bool:
        """Whether a type of a property is one of the table."""
        return name in self._tables[version]["types"]

    def enum(self, kinds: dict[str, str]) -> str:
        """Remember the values of an enumeration in all api-versions; its name as the oldest of them has it."""
        names = {version: bare(kind).removeprefix("@") for version, kind in kinds.items()}
        name = names[min(names)]
        values = [
            value for version in sorted(names) for value in self._tables[version]["enums"].get(names[version], ())
        ]
        known = self.enums.setdefault(name, [])
        lower = {value.lower() for value in known}
        for value in values:
            if value.lower() not in lower:
                known.append(value)
                lower.add(value.lower())
        return name


def bare(kind: str) -> str:
    """A type without what says that it is required, or a list."""
    return kind.strip("![]")


def span(versions: set[str], among: set[str]) -> str:
    """The api-versions that have a property, as text; empty for all that have its type."""
    if versions == among:
        return ""
    first, last = min(versions), max(versions)
    if first == VERSIONS[0]:
        return f" until {last}"
    return f" since {first}" if last == VERSIONS[-1] else f" only {first}"


def body(specification: Specification, old: str, new: str | None) -> tuple[dict[str, str], dict[str, str | None]]:
    """The properties of a type of a request, and the types they are of: their names until and since the renaming."""
    properties = specification.properties(old, new)
    among = {version for kinds in properties.values() for version in kinds}
    entries: dict[str, str] = {}
    inside: dict[str, str | None] = {}
    for name, kinds in properties.items():
        if (old, name) in READ_ONLY:
            continue
        oldest, newest = kinds[min(kinds)], kinds[max(kinds)]
        kind = bare(oldest)
        if kind.startswith("@"):
            kind = f"@{specification.enum(kinds)}"
        elif specification.is_type(kind, min(kinds)):
            inside[kind] = bare(newest) if new is not None and max(kinds) >= RENAMED_IN else None
        listed = f"[{kind}]" if oldest.startswith("[") else kind
        entries[name] = listed + ("!" if newest.endswith("!") else "") + span(set(kinds), among)
    return entries, inside


def answer(specification: Specification, old: str, new: str) -> dict[str, str]:
    """The properties of a type of an answer that not all api-versions have."""
    spans = {name: span(set(kinds), set(VERSIONS)) for name, kinds in specification.properties(old, new).items()}
    return {name: found.strip() for name, found in spans.items() if found}


def generate(folder: Path = HERE) -> str:
    """The text of the table."""
    specification = Specification(folder)
    bodies: dict[str, dict[str, str]] = {}
    waiting = list(BODIES.items())
    while waiting:
        old, new = waiting.pop(0)
        if old not in bodies:
            bodies[old], inside = body(specification, old, new)
            waiting += inside.items()
    answers = {old: found for old, new in ANSWERS.items() if (found := answer(specification, old, new))}
    whole = {"bodies": bodies, "enums": specification.enums, "answers": answers}
    text = json.dumps(whole, indent=1) + "\n"
    # A list on one line.
    return re.sub(r"\[\n([^\]]*)\]", lambda found: f"[{' '.join(found[1].split())}]", text)


def main() -> None:
    """Write the table; first those it is made from, if the descriptions of the service are given."""
    if sys.argv[1:]:
        subprocess.run([sys.executable, HERE / "distil.py", sys.argv[1]], check=True)
    RESULT.write_text(generate(), encoding="utf-8")


if __name__ == "__main__":
    main()
