"""Runs all comparisons against one emulator and reports agreements and disagreements."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emulator.conformance.asking import Client, Exchange
from emulator.conformance.errors import check_error, check_times
from emulator.conformance.forms import (
    MIDDLE,
    NEWEST,
    NOT_SERVED,
    OLDEST,
    Disagreement,
    entity_of,
    operation,
    served_version,
)
from emulator.conformance.provoking import provocation
from emulator.conformance.replaying import replay
from emulator.conformance.shapes import check_profile
from emulator.conformance.story import tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from emulator.conformance.answers import Blobs

    from recipebatch.emulator import EmulatorAccount

_FOLDER = Path(__file__).parent
_AT_ONCE = 16
_REDIRECT = 300
_NEWER = "2022"


@dataclass
class Part:
    """One way of comparing: recorded exchanges it covers, those that agree, and what does not."""

    name: str
    cases: int = 0
    good_cases: int = 0
    recorded: int = 0
    agreeing: int = 0
    newer: int = 0
    newer_agreeing: int = 0
    """The same two of recordings since 2022."""
    left_out: dict[str, str] = field(default_factory=dict)
    disagreements: dict[str, str] = field(default_factory=dict)
    """What was recorded and what was given, by where; where is the same in every run."""
    per_operation: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Recorded exchanges that agree, and all."""
    per_scenario: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    """Cases that agree, and all; of replayed scenarios."""

    def count(self, asked: str, recorded: int, *, newer: int, agrees: bool) -> None:
        """Note one case."""
        self.cases += 1
        self.good_cases += agrees
        self.recorded += recorded
        self.agreeing += recorded * agrees
        self.newer += newer
        self.newer_agreeing += newer * agrees
        self.per_operation[asked][0] += recorded * agrees
        self.per_operation[asked][1] += recorded


@dataclass(frozen=True)
class Result:
    """What one run of the suite found."""

    parts: tuple[Part, ...]
    not_served: set[str]

    @property
    def disagreements(self) -> dict[str, str]:
        return {where: what for part in self.parts for where, what in part.disagreements.items()}


def load(name: str) -> Any:
    """One file of the distilled facts."""
    return json.loads((_FOLDER / "data" / f"{name}.json").read_text(encoding="utf-8"))


def containers() -> set[str]:
    """The containers the scenarios write to."""
    text = (_FOLDER / "data" / "scenarios.json").read_text(encoding="utf-8")
    return set(re.findall(r"\{blobs\}/([a-z0-9-]+)", text))


def contents() -> dict[str, str]:
    """The blobs the scenarios presume, by container and name."""
    return {name: text for scenario in load("scenarios") for name, text in scenario.get("blobs", {}).items()}


def run_scenarios(new_account: Callable[[], EmulatorAccount], blobs: Blobs, wanted: str = "") -> Result:
    """The scenarios alone, or those whose names begin so."""
    steps = Part("replayed scenarios")
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        scenarios = [scenario for scenario in load("scenarios") if scenario["name"].startswith(wanted)]
        played = [workers.submit(replay, new_account(), scenario, blobs) for scenario in scenarios]
        for scenario, task in zip(scenarios, played, strict=True):
            for step in task.result()[0]:
                _note_step(steps, scenario["name"], step)
    return Result((steps,), set())


def run(new_account: Callable[[], EmulatorAccount], blobs: Blobs) -> Result:
    """Everything; each scenario and each version on an account of its own. `containers()` have to be in `blobs`."""
    log: list[Exchange] = []
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        runs = [workers.submit(_tell, new_account(), version) for version in (NEWEST, MIDDLE, OLDEST)]
        scenarios = load("scenarios")
        played = [workers.submit(replay, new_account(), scenario, blobs) for scenario in scenarios]
        provoked = [workers.submit(_provoke, new_account(), case) for case in load("errors")]
        errors = _errors([task.result() for task in provoked])
        steps = Part("replayed scenarios")
        for scenario, task in zip(scenarios, played, strict=True):
            results, client = task.result()
            if any(step.disagreements for step in results):
                # On a busy machine a job can complete between two requests that the service got in time: once more.
                results, client = replay(new_account(), scenario, blobs)
            log += client.log
            for step in results:
                _note_step(steps, scenario["name"], step)
        for story in runs:
            log += story.result()
    for wrong in check_times(one.answer for one in log):
        errors.disagreements[f"every error: {wrong.where}"] = wrong.what
    not_served = {operation(one.method, one.path) for one in log if one.answer.code == NOT_SERVED}
    not_served |= {f"HEAD {name[4:]}" for name in not_served if name.startswith("GET ")}
    return Result((_shapes(log, not_served), errors, steps), not_served)


def _tell(account: EmulatorAccount, version: str) -> list[Exchange]:
    with Client(account, version) as client:
        tell(client)
        return client.log


def _note_step(steps: Part, scenario: str, step: Any) -> None:
    asked = operation(step.method, step.path)
    if step.recorded:
        newer = step.recorded if scenario.partition("(")[2] >= _NEWER else 0
        steps.count(asked, step.recorded, newer=newer, agrees=not step.disagreements)
        steps.per_scenario[scenario][0] += not step.disagreements
        steps.per_scenario[scenario][1] += 1
    for one in step.disagreements:
        steps.disagreements[f"{scenario} step {step.number}, {asked}: {one.where}"] = one.what


def _provoke(account: EmulatorAccount, case: dict[str, Any]) -> tuple[dict[str, Any], list[Disagreement] | str]:
    asked = provocation(case)
    if isinstance(asked, str):
        return case, asked
    with Client(account, NEWEST if case["newest"] == NEWEST else served_version(case["newest"])) as client:
        return case, list(check_error(case, asked(client)))


def _errors(provoked: list[tuple[dict[str, Any], list[Disagreement] | str]]) -> Part:
    part = Part("errors")
    for case, found in provoked:
        name = " ".join(str(case[key]) for key in ("operation", "status", "code", "property") if case[key])
        if isinstance(found, str):
            part.left_out[f"{name} ({case['recorded']} recorded)"] = found
            continue
        part.count(case["operation"], case["recorded"], newer=case["since 2022"], agrees=not found)
        for one in found:
            part.disagreements[f"error {name}: {one.where}"] = one.what
    return part


def _shapes(log: list[Exchange], not_served: set[str]) -> Part:
    """Every answer of success against the profile of its operation."""
    part = Part("shapes and headers")
    profiles, entities = load("profiles"), load("entities")
    found: dict[str, dict[str, str]] = defaultdict(dict)
    asked: dict[str, set[str]] = defaultdict(set)
    for one in log:
        name = f"{operation(one.method, one.path)} {one.answer.status}"
        if one.answer.status >= _REDIRECT or name not in profiles:
            continue
        asked[name].add(one.version)
        for wrong in check_profile(
            profiles[name],
            entities.get(entity_of(name.rpartition(" ")[0])),
            one.version,
            one.path,
            one.body,
            one.answer,
        ):
            where = re.sub(r"tvm\w+", "{node}", wrong.where)
            found[name].setdefault(where, f"{wrong.what} (in {one.version})")
    for name, profile in profiles.items():
        recorded = sum(profile["versions"].values())
        reasons = found.get(name, {})
        if name not in asked:
            served = name.rpartition(" ")[0] not in not_served
            reasons = {"never answered" if served else "not implemented": f"{recorded} recorded"}
        newer = sum(count for version, count in profile["versions"].items() if version >= _NEWER)
        part.count(name.rpartition(" ")[0], recorded, newer=newer, agrees=not reasons)
        for where, what in reasons.items():
            part.disagreements[f"{name}: {where}"] = what
    return part
