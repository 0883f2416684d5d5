"""Validates, resolves and plans 100,000 tasks of one template, compared with building as many SDK models in a loop.

The template loops over the product of three ranges and has an expression in each of five fields: id, display name,
command line, an environment setting and the path of an output file. Measurements alternate, each in its own process;
the ratio is that of the medians. Prints one JSON line; `peak_mib` is the peak resident memory of the recipe's process,
including interpreter and imports.
"""

from __future__ import annotations

import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import recipebatch

ROUNDS = 5
SIDES = (10, 100, 100)
TASKS = SIDES[0] * SIDES[1] * SIDES[2]
RECIPE = f"""\
schema_version: 1
name: sweep
parameters: {{scale: {{type: number, default: 0.5}}}}
storage: {{output: {{}}}}
pool: {{image: ubuntu-24.04, vm_size: STANDARD_D2S_V5}}
tasks:
  - name: point
    for_each:
      product:
        a: {{stop: {SIDES[0] - 1}}}
        b: {{stop: {SIDES[1] - 1}}}
        c: {{stop: {SIDES[2] - 1}}}
    id: point-${{{{ item.a }}}}-${{{{ item.b }}}}-${{{{ item.c }}}}
    display_name: ${{{{ item.a * params.scale }}}}
    command_line: simulate --a ${{{{ item.a }}}} --b ${{{{ item.b }}}} --c ${{{{ item.c }}}}
    environment_settings:
      POINT: ${{{{ item.a }}}},${{{{ item.b }}}},${{{{ item.c }}}}
    output_files:
      - {{file_pattern: "*.csv", container: output, path: "${{{{ task.id }}}}/result.csv"}}
"""


def planned() -> int:
    """Text → checked recipe → plan."""
    from recipebatch.inputs import LocalInputs
    from recipebatch.plan import bind_parameters, resolve
    from recipebatch.recipe import parse_recipe

    recipe = parse_recipe(RECIPE, file="sweep.yaml", folder=Path())
    plan = resolve(
        recipe,
        run_id="20260101-120000-ab12",
        owner="me",
        parameters=bind_parameters(recipe, {}),
        inputs=LocalInputs(files={}, tables={}),
        environ={},
        listings=None,
    )
    return len(plan.jobs[0].tasks or ())


def bare() -> int:
    """The same tasks as SDK models, built by hand-written code."""
    from azure.batch import models

    tasks = [
        models.BatchTaskCreateOptions(
            id=f"point-{a}-{b}-{c}",
            display_name=f"{a * 0.5}",
            command_line=f"simulate --a {a} --b {b} --c {c}",
            environment_settings=[models.EnvironmentSetting(name="POINT", value=f"{a},{b},{c}")],
            output_files=[
                models.OutputFile(
                    file_pattern="*.csv",
                    destination=models.OutputFileDestination(
                        container=models.OutputFileBlobContainerDestination(
                            container_url="https://account.blob.invalid/output", path=f"point-{a}-{b}-{c}/result.csv"
                        )
                    ),
                    upload_options=models.OutputFileUploadConfiguration(upload_condition="taskcompletion"),
                )
            ],
            required_slots=1,
        )
        for a in range(SIDES[0])
        for b in range(SIDES[1])
        for c in range(SIDES[2])
    ]
    return len(tasks)


def one(which: str) -> None:
    """Take one measurement in this process, excluding imports."""
    import azure.batch.models
    import jsonschema  # noqa: F401 - warms the import that reading a recipe makes
    import ruamel.yaml

    del azure, ruamel
    gc.collect()
    begun = time.perf_counter()
    count = {"planned": planned, "bare": bare}[which]()
    seconds = time.perf_counter() - begun
    if count != TASKS:
        raise SystemExit(f"{which} made {count} tasks")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mib": peak}))


def main() -> None:
    """Measure both alternately."""
    found: dict[str, list[dict[str, float]]] = {"planned": [], "bare": []}
    for _ in range(ROUNDS):
        for which, measured in found.items():
            done = subprocess.run([sys.executable, __file__, which], capture_output=True, text=True, check=True)
            measured.append(json.loads(done.stdout))
    seconds = {which: statistics.median(each["seconds"] for each in measured) for which, measured in found.items()}
    print(
        json.dumps(
            {
                "benchmark": "expand",
                "tasks": TASKS,
                "seconds": round(seconds["planned"], 3),
                "bare_seconds": round(seconds["bare"], 3),
                "ratio": round(seconds["planned"] / seconds["bare"], 2),
                "peak_mib": round(max(each["peak_mib"] for each in found["planned"])),
                "rounds": ROUNDS,
                "version": recipebatch.__version__,
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one(sys.argv[1])
    else:
        main()
