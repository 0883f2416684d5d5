"""Reports and errors as text for a person."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, Problem, RecipeBatchError
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from recipebatch.api.recipe_printout import ShownRecipe
    from recipebatch.api.runs import RunDetails, RunDifference
    from recipebatch.api.scaffold import BundledRecipe, NewRecipe
    from recipebatch.api.status import RunStatus
    from recipebatch.execution import Orphan
    from recipebatch.explain import Explanation
    from recipebatch.plan.model import Plan, PlannedJob, PlannedPool, PlannedTask
    from recipebatch.properties import Schedule
    from recipebatch.recipe_tests import CasesReport
    from recipebatch.report import PhaseReport
    from recipebatch.runs import RunSummary

_MOST_TASKS = 20
_MOST_BLOBS = 20
_MOST_IDS = 5
_SEVERITIES = ("error", "warning", "note")


def error(failure: RecipeBatchError) -> str:
    """`file:line:column: error: … [code]`, the hint on a line of its own; every problem of an invalid recipe."""
    if isinstance(failure, InvalidRecipeError):
        return problems(failure.problems)
    where = f"{failure.at}: " if failure.at is not None else ""
    hint = f"\n  hint: {failure.hint}" if failure.hint else ""
    notes = "".join(f"\n  {note}" for note in getattr(failure, "__notes__", ()))
    return f"{where}error: {failure.message} [{failure.code}]{hint}{notes}"


def problems(found: Sequence[Problem]) -> str:
    """Every problem with its position, and how many there are of each kind, if more than one."""
    lines = [_problem(problem) for problem in found]
    if len(found) > 1:
        counts = Counter(problem.severity for problem in found)
        words = [f"{counts[kind]} {kind}{'s' * (counts[kind] > 1)}" for kind in _SEVERITIES if counts[kind]]
        lines.append(", ".join(words))
    return "\n".join(lines)


def _problem(problem: Problem) -> str:
    hint = f"\n  hint: {problem.hint}" if problem.hint else ""
    return f"{problem.at}: {problem.severity}: {problem.message} [{problem.code}]{hint}"


def bundled(recipes: Sequence[BundledRecipe]) -> str:
    """The bundled recipes with their inputs."""
    lines: list[str] = []
    for recipe in recipes:
        lines.append(f"builtin:{recipe.name}: {recipe.description or ''}".rstrip())
        for parameter in recipe.parameters:
            default = "" if parameter.default is None else f", default {parameter.default}"
            lines.append(f"  -p {parameter.name}=…  {parameter.description or ''} ({parameter.type}{default})")
    return "\n".join(lines)


def new_recipe(made: NewRecipe) -> str:
    """What was made, and what comes next."""
    file = made.recipe.name
    steps = [f"cd {made.recipe.parent}", *(f"recipebatch {name} {file}" for name in ("plan", "lint", "test", "apply"))]
    if not any(name.endswith(".test.yaml") for name in made.files):
        steps = [step for step in steps if " test " not in step]
    return "\n".join(
        [
            f"made {made.recipe} from {made.origin}, with:",
            *_indented("\n".join(made.files)),
            "next:",
            *_indented("\n".join(steps)),
        ]
    )


def cases(report: CasesReport) -> str:
    """The cases that failed, with what differs, and the golden files that were written; then how many of each."""
    lines: list[str] = []
    for case in report.cases:
        if case.updated is not None:
            lines.append(f"{case.at}: wrote {case.updated}")
        if not case.passed:
            lines.append(f"{case.at}: failed: {case.name}")
        for failure in case.failures:
            lines.append(f"  {failure.message}")
            lines += [f"    {line}" for line in failure.difference]
    passed = len(report.cases) - report.failed
    lines.append(f"{passed} passed" + (f", {report.failed} failed" if report.failed else ""))
    return "\n".join(lines)


def explanation(entry: Explanation) -> str:
    """What one code means: meaning, cause, fix and an example."""
    lines = [f"{entry.code} ({entry.severity}): {entry.meaning}.", "", entry.cause, "", entry.fix]
    if entry.example is not None:
        lines += ["", "wrong:", *_indented(entry.example.wrong), "", "right:", *_indented(entry.example.right)]
    if entry.snippet is not None:
        lines += ["", "for example:", *_indented(entry.snippet)]
    return "\n".join(lines)


def explanations(entries: Sequence[Explanation]) -> str:
    """All codes, one line each."""
    width = max(len(entry.code) for entry in entries)
    return "\n".join(f"{entry.code.ljust(width)}  {entry.meaning}" for entry in sorted(entries, key=lambda it: it.code))


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.rstrip("\n").split("\n")]


def phase(report: PhaseReport) -> str:
    """`stage: 4 files uploaded … (0.3 s)` and what deserves a line of its own."""
    lines = [f"{report.phase}: {report.summary} ({report.seconds:.1f} s)"]
    lines += [f"  {note}" for note in report.notes]
    return "\n".join(lines)


def plan(planned: Plan) -> str:
    """What a run would make, for a person to look over before anything is made."""
    version = f" {planned.recipe_version}" if planned.recipe_version else ""
    lines = [f"recipe {planned.recipe_name}{version}", ""]
    for container in planned.containers:
        kind = "existing container" if container.existing else "container"
        lines.append(f"{kind} {container.logical}: {container.name}")
        lines += [f"  {upload.blob}  {upload.size:,} bytes" for upload in container.uploads[:_MOST_BLOBS]]
        lines += _more(len(container.uploads) - _MOST_BLOBS, "blobs")
    for pool in planned.pools:
        if pool.existing:
            lines.append(f"existing pool {pool.id}")
            continue
        spot = f" + {pool.target_low_priority_nodes} spot" if pool.target_low_priority_nodes else ""
        count = "scaled" if pool.auto_scale is not None else f"{pool.target_dedicated_nodes}{spot}"
        lines.append(
            f"pool {pool.id}: {count} x {pool.vm_size}, {pool.image}, {pool.task_slots_per_node} task slots per node"
        )
        lines += _pool_extras(pool)
        lines += _raw(pool.raw)
        if pool.start_task is not None:
            lines += ["  start task:", _command(pool.start_task.command_line, indent=4)]
            lines += _raw(pool.start_task.raw, indent=4)
    for job in planned.jobs:
        after = f", after {' and '.join(entry.job for entry in job.after)}" if job.after else ""
        if job.tasks is None:
            lines.append(f"job {job.id}{after}: its tasks depend on blobs that are listed at submission")
            lines += _special(job)
            continue
        if job.schedule is not None:
            lines.append(f"job schedule {job.id}{_every(job.schedule)}")
        else:
            lines.append(f"job {job.id}{after}: {len(job.tasks)} tasks")
        lines += _special(job)
        lines += [text for task in job.tasks[:_MOST_TASKS] for text in _task(task)]
        lines += _more(len(job.tasks) - _MOST_TASKS, "tasks")
    for entry in planned.collect:
        what = f"container {entry.container}" if entry.container else ", ".join(entry.task_files)
        lines.append(f"collect {what} into {entry.into}")
    lines.append(f"purge {planned.purge.value}")
    lines.append(f"after {span(planned.run_limit)} nodes reach no containers, and pools have no nodes any more")
    lines += [f"warning: {warning}" for warning in planned.warnings]
    return "\n".join(lines)


def _task(task: PlannedTask) -> Iterable[str]:
    from recipebatch.plan import redact

    yield f"  task {task.id}"
    yield _command(redact(task.command_line), indent=4)
    for file in task.resource_files:
        source = f"{file.container}/{file.blob or file.blob_prefix or '*'}" if file.container else "a URL"
        yield f"    resource file {file.file_path or '.'} from {source}"
    for name, value in task.environment_settings:
        yield f"    {name}={redact(value)}"
    if task.depends_on is not None:
        ids = [*task.depends_on.task_ids, *(f"{start} to {end}" for start, end in task.depends_on.task_id_ranges)]
        more = f" and {len(ids) - _MOST_IDS:,} more" if len(ids) > _MOST_IDS else ""
        yield f"    depends on {', '.join(ids[:_MOST_IDS])}{more}"
    if task.multi_instance_settings is not None:
        yield f"    on {task.multi_instance_settings.number_of_instances} nodes, after on each of them:"
        yield _command(redact(task.multi_instance_settings.coordination_command_line), indent=6)
    if task.container_settings is not None:
        yield f"    in the container image {task.container_settings.image_name}"
    yield from _raw(task.raw, indent=4)


def _every(schedule: Schedule) -> str:
    if schedule.recurrence_interval is None:
        return ": one job"
    return f": a job every {schedule.recurrence_interval}"


def _special(job: PlannedJob) -> Iterable[str]:
    """The tasks of a job that are not its work, and what `raw:` adds to it."""
    preparation, manager = job.job_preparation_task, job.job_manager_task
    special = {
        "job preparation task": preparation.task if preparation is not None else None,
        "job release task": job.job_release_task,
        "job manager task": manager.task if manager is not None else None,
    }
    for name, task in special.items():
        if task is not None:
            yield f"  {name}:"
            yield _command(task.command_line, indent=4)
            yield from _raw(task.raw, indent=4)
    yield from _raw(job.raw)


def _raw(raw: dict[str, object] | None, *, indent: int = 2) -> list[str]:
    return [f"{' ' * indent}raw: {json.dumps(raw, ensure_ascii=False, sort_keys=True)}"] if raw else []


def _command(text: str, *, indent: int) -> str:
    return "\n".join(" " * indent + line for line in text.splitlines())


def _more(count: int, what: str) -> list[str]:
    return [f"  … and {count} more {what} (--json shows all)"] if count > 0 else []


def runs(summaries: Sequence[RunSummary]) -> str:
    """A table of runs."""
    if not summaries:
        return "no runs"
    rows = [("RUN", "RECIPE", "OWNER", "CREATED", "STATUS", "VERDICT")]
    rows += [(run.run_id, run.recipe, run.owner, run.created[:19], run.status, run.verdict) for run in summaries]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def local_status(status: dict[str, Any]) -> str:
    """The local account for a person."""
    lines = ["the local account is " + ("running" if status["running"] else "not running")]
    for title in ("endpoints", "pids", "counts", "versions", "paths"):
        lines += [f"  {title}:"] if status[title] else []
        lines += [f"    {name}: {value}" for name, value in status[title].items()]
    if status["running"]:
        idle = status["idle_minutes"]
        lines.append(f"  started: {status['started_at']}")
        lines.append("  stops by itself: " + (f"after {idle:g} idle minutes" if idle else "never"))
    lines += [f"  {note}" for note in status["notes"]]
    return "\n".join(lines)


def _pool_extras(pool: PlannedPool) -> list[str]:
    lines = []
    if pool.auto_scale is not None:
        lines += [f"  scenario: {pool.auto_scale.scenario}"] if pool.auto_scale.scenario is not None else []
        lines += [f"  formula: {line}" for line in pool.auto_scale.formula.splitlines() if line.strip()]
    if pool.vm_sizes:
        lines.append(f"  if there are none of it: {', '.join(pool.vm_sizes[1:])}")
    if pool.min_ready_nodes is not None:
        lines.append(f"  goes on with {pool.min_ready_nodes} ready nodes")
    if pool.node_fill_type is not None:
        lines.append(f"  node fill type: {pool.node_fill_type}")
    if pool.enable_inter_node_communication:
        lines.append("  its nodes can reach each other")
    if pool.container_configuration is not None:
        images = ", ".join(pool.container_configuration.image_names) or "fetched when needed"
        lines.append(f"  containers: {images}")
    for mount in pool.mounts:
        what = f"container {mount.container}" if mount.container is not None else next(iter(mount.other), "")
        lines.append(f"  mounts {what} as {mount.relative_mount_path}")
    lines += [f"  {name}: {_shown(value)}" for name, value in pool.properties.items()]
    return lines


def _shown(properties: Any) -> str:
    """Properties of a request, their secrets as `***`."""
    from recipebatch.plan import redact

    return redact(json.dumps(properties, ensure_ascii=False, sort_keys=True))


def shown(found: ShownRecipe, *, origin: bool) -> str:
    """A recipe, headed by the parameters that were filled in."""
    lines = []
    for parameter in found.parameters:
        value = json.dumps(parameter.value, ensure_ascii=False)
        lines.append(f"# {parameter.name} = {value}" + (f"  ({parameter.origin})" if origin else ""))
    return "".join(f"{line}\n" for line in lines) + found.text


def run(found: RunDetails) -> str:
    """One run with all that is known of it."""
    version = f" {found.version}" if found.version else ""
    lines = [
        f"run {found.run_id} of {found.recipe}{version} ({found.digest[:12]})",
        f"  by {found.owner} on the account {found.account}, since {found.created}",
        f"  {found.status}, verdict {found.verdict}" + (f"; locked: {found.locked_by}" if found.locked_by else ""),
    ]
    lines += [f"  -p {name}={json.dumps(value, ensure_ascii=False)}" for name, value in found.parameters.items()]
    for name, state in found.phases.items():
        summary = f": {state['summary']}" if state["summary"] else ""
        lines.append(f"  {name} {state['state']} at {state['at'][:19]}{summary}")
    for kind, names in found.things.items():
        lines += [f"  {kind}: {', '.join(names)}"] if names else []
    for retry in found.retries:
        lines.append(f"  tried again at {retry.get('at', '?')[:19]}: {', '.join(retry['tasks'])}")
    return "\n".join(lines)


def run_state(found: RunStatus) -> str:
    """How a run stands just now."""
    locked = f"; locked: {found.locked_by}" if found.locked_by else ""
    lines = [f"run {found.run_id} of {found.recipe}, by {found.owner}: {found.status}, verdict {found.verdict}{locked}"]
    for pool in found.pools:
        if pool.state == "not found":
            lines.append(f"  pool {pool.pool}: not found")
            continue
        nodes = ", ".join(f"{count} {state}" for state, count in sorted(pool.nodes.items())) or "no nodes"
        allocation = f", {pool.allocation_state}" if pool.allocation_state not in {"", "steady"} else ""
        until = f", until {pool.until[:16].replace('T', ' ')} UTC" if pool.until else ""
        lines.append(f"  pool {pool.pool}: {pool.state}{allocation}, {nodes}{until}")
        lines += [f"    {error}" for error in pool.errors]
    for job in found.jobs:
        counts = {name: getattr(job, name) for name in ("active", "running", "succeeded", "failed")}
        told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
        of = f" of {job.planned:,} tasks" if job.planned is not None and job.state != "not found" else ""
        lines.append(f"  job {job.job}: {job.state}" + (f"; {told}{of}" if told else of and f"; 0{of}"))
    return "\n".join(lines)


def difference(found: RunDifference) -> str:
    """What two runs have not in common."""
    lines = [f"{name}: {before!r} -> {after!r}" for name, (before, after) in found.parameters.items()]
    lines += [f"{how}: {name}" for how, names in found.files.items() for name in names]
    lines += [f"{name}: {before} -> {after}" for name, (before, after) in found.outcome.items()]
    if found.recipe:
        lines.append(found.recipe.rstrip("\n"))
    return "\n".join(lines) or "no difference"


def orphans(found: Sequence[Orphan], now: datetime) -> str:
    """What no run looks after, with age and size."""
    if not found:
        return "nothing is left that no run looks after"
    lines = []
    for each in found:
        age = f", {span(now - each.created)} old" if each.created is not None else ""
        size = ""
        if each.size is not None:
            unit = ("node" if each.size == 1 else "nodes") if each.kind == "pool" else "bytes"
            size = f", {each.size:,} {unit}"
        lines.append(f"{each.kind} {each.name} of {each.owner}{age}{size}: {each.reason}")
    return "\n".join(lines)
