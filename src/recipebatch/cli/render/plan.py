"""The plan of a run, as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from recipebatch.cli.render import block
from recipebatch.plan import NodesGo, nodes_go, nodes_go_text
from recipebatch.vocabulary.durations import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recipebatch.plan import PoolSize
    from recipebatch.plan.model import (
        MachineInputs,
        Plan,
        PlannedJob,
        PlannedPool,
        PlannedTask,
        PlannedUpload,
        TakenFile,
    )
    from recipebatch.properties.files import OutputFile, ResourceFile
    from recipebatch.properties.job import Schedule

_MOST_TASKS = 20
_MOST_BLOBS = 20
_MOST_IDS = 5
_MOST_FOLDERS = 20
_MOST_CHARACTERS = 4000


def plan_text(planned: Plan, scaled: Mapping[str, PoolSize] | None = None) -> str:
    """What a run would create; `scaled` has the target nodes of pools that the unfinished run keeps from `scale`."""
    version = f" {planned.recipe_version}" if planned.recipe_version else ""
    lines = [f"recipe {planned.recipe_name}{version}", ""]
    for container in planned.containers:
        kind = "existing container" if container.existing else "container"
        lines.append(f"{kind} {container.logical}: {container.name}")
        lines += [_upload(upload, planned.takes) for upload in container.uploads[:_MOST_BLOBS]]
        lines += _more(len(container.uploads) - _MOST_BLOBS, "blobs")
    lines += taken_text(planned.takes)
    for pool in planned.pools:
        if pool.existing:
            lines += [f"existing pool {pool.id}", "  the run neither adds nor removes nodes"]
            continue
        count = _count(pool, (scaled or {}).get(pool.logical))
        slots = "1 task slot" if pool.task_slots_per_node == 1 else f"{pool.task_slots_per_node} task slots"
        lines.append(f"pool {pool.id}: {count} x {pool.vm_size}, {pool.image}, {slots} per node")
        if turn := planned.turn_of_pool(pool.logical):
            lines.append(f"  made {turn}")
        lines += [f"  {nodes_go_text(pool)}", *_pool_extras(pool)]
        lines += _raw(pool.raw)
        if pool.start_task is not None:
            lines += ["  start task:", *_command(pool.start_task.command_line, indent=4)]
            lines += _raw(pool.start_task.raw, indent=4)
    for job in planned.jobs:
        after = f", after {' and '.join(entry.job for entry in job.after)}" if job.after else ""
        if job.tasks is None:
            lines.append(f"job {job.id}{after}: its tasks depend on blobs that are listed when it is submitted")
            lines += _special(job)
            continue
        if job.schedule is not None:
            lines.append(f"job schedule {job.id}{_every(job.schedule)}")
        else:
            lines.append(f"job {job.id}{after}: {len(job.tasks):,} task{'' if len(job.tasks) == 1 else 's'}")
        lines += _special(job)
        lines += [text for task in job.tasks[:_MOST_TASKS] for text in _task(task)]
        lines += _more(len(job.tasks) - _MOST_TASKS, "tasks")
    for entry in planned.collect:
        what = f"container {entry.container}" if entry.container else ", ".join(entry.task_files)
        lines.append(f"collect {what} into {entry.into}")
    lines += _kept_for_files(planned)
    lines.append(f"purge {planned.purge}")
    lines.append(f"expires in {span(planned.run_limit)}: SAS tokens end{_at_expiry(planned)}")
    lines += [f"warning: {warning}" for warning in planned.warnings]
    return block(lines)


def _kept_for_files(planned: Plan) -> list[str]:
    """How long nodes stay for the files of tasks that are collected from them."""
    goes = [nodes_go(pool) for pool in planned.pools if not (pool.existing or pool.auto)]
    if not goes or not any(entry.task_files for entry in planned.collect):
        return []
    end = ", or the run expires" if set(goes) == {NodesGo.AT_EXPIRY} else ""
    without = "recipebatch scale --nodes 0 and purge --force remove them without the files"
    return [f"  nodes stay until task files are collected{end}; {without}"]


def _at_expiry(planned: Plan) -> str:
    """What happens to the pools of the run when it expires."""
    goes = [nodes_go(pool) for pool in planned.pools if not pool.existing]
    empty = goes.count(NodesGo.AT_EXPIRY)
    if not empty:
        return ""
    return " and pools scale to zero" if empty == len(goes) else f" and {empty} of {len(goes)} pools scale to zero"


def _upload(upload: PlannedUpload, takes: MachineInputs | None) -> str:
    """A blob, and where its content is: a path of the recipe's folder is relative to it."""
    source = "a text of the recipe" if upload.source is None else str(upload.source)
    if upload.source is not None and takes is not None and upload.source.is_relative_to(takes.folder):
        source = str(upload.source.relative_to(takes.folder))
    return f"  {upload.blob}  {upload.size:,} bytes  from {source}"


def taken_text(takes: MachineInputs | None) -> list[str]:
    """What a run takes from this machine beyond the recipe's folder; files of one folder in one line."""
    if takes is None or takes.is_empty:
        return []
    lines = ["takes from this machine, beyond the recipe's folder:"]
    folders: dict[str, list[TakenFile]] = {}
    for file in takes.files:
        folders.setdefault(file.path.rpartition("/")[0], []).append(file)
    for folder, files in list(folders.items())[:_MOST_FOLDERS]:
        if len(files) <= _MOST_IDS:
            lines += [f"  file {file.path}: {file.use}" for file in files]
        else:
            lines.append(f"  {len(files):,} files in {folder}: {files[0].path.rpartition('/')[2]}, …")
    shown = sum(len(files) for files in list(folders.values())[:_MOST_FOLDERS])
    lines += _more(takes.file_count - shown, "files")
    lines += [f"  environment variable {name}" for name in takes.variables]
    for secret in takes.secrets:
        more = f" and {secret.uses - _MOST_IDS:,} more" if secret.uses > _MOST_IDS else ""
        places = ", ".join(secret.used_by[:_MOST_IDS]) or "nothing"
        lines.append(f"  secret {secret.name} from {secret.source}: used by {places}{more}")
    lines += [f"  storage account {name} of accounts.yaml" for name in takes.accounts]
    return [*lines, *(f"  code of the installed task factory {name}" for name in takes.factories)]


def _elsewhere(file: ResourceFile) -> str:
    """Where a resource file comes from that is in no container of the recipe."""
    return file.http_url or f"container {file.auto_storage_container_name} of the Batch account's storage"


def _task(task: PlannedTask) -> Iterable[str]:
    from recipebatch.plan import redact

    yield f"  task {task.id}"
    yield from _command(task.command_line, indent=4)
    for file in task.resource_files:
        source = f"{file.container}/{file.blob or file.blob_prefix or '*'}" if file.container else _elsewhere(file)
        yield f"    resource file {file.file_path or '.'} from {source}"
    for output in task.output_files:
        yield f"    {_output(output)}"
    for name, value in task.environment_settings:
        yield f"    {name}={redact(value)}"
    if task.depends_on is not None:
        ids = [*task.depends_on.task_ids, *(f"{start} to {end}" for start, end in task.depends_on.task_id_ranges)]
        more = f" and {len(ids) - _MOST_IDS:,} more" if len(ids) > _MOST_IDS else ""
        yield f"    depends on {', '.join(ids[:_MOST_IDS])}{more}"
    if task.multi_instance_settings is not None:
        yield f"    on {task.multi_instance_settings.number_of_instances} nodes, after this command on each of them:"
        yield from _command(task.multi_instance_settings.coordination_command_line, indent=6)
    if task.container_settings is not None:
        yield f"    in the container image {task.container_settings.image_name}"
    yield from _raw(task.raw, indent=4)


def _count(pool: PlannedPool, size: PoolSize | None) -> str:
    """How many nodes a pool gets; `size` is what `scale` gave it."""
    spot = f" + {pool.target_low_priority_nodes} spot" if pool.target_low_priority_nodes else ""
    count = "scaled" if pool.auto_scale is not None else f"{pool.target_dedicated_nodes}{spot}"
    return count if size is None else f"{size} by `scale` (recipe: {count})"


def _output(file: OutputFile) -> str:
    """What a task uploads, where to, and when."""
    conditions = {"tasksuccess": ", if the task succeeds", "taskfailure": ", if the task fails"}
    when = conditions.get(file.upload_condition, "")
    target = f"{file.container}/{file.path}" if file.path else file.container
    return f"output file {file.file_pattern} to {target}{when}{'' if file.required else ', required: false'}"


def _every(schedule: Schedule) -> str:
    if schedule.recurrence_interval is None:
        return ": one job"
    return f": a job every {span(schedule.recurrence_interval)}"


def _special(job: PlannedJob) -> Iterable[str]:
    """The special tasks of a job, and what `raw:` adds to it."""
    preparation, manager = job.job_preparation_task, job.job_manager_task
    special = {
        "job preparation task": preparation.task if preparation is not None else None,
        "job release task": job.job_release_task,
        "job manager task": manager.task if manager is not None else None,
    }
    for name, task in special.items():
        if task is not None:
            yield f"  {name}:"
            yield from _command(task.command_line, indent=4)
            yield from _raw(task.raw, indent=4)
    yield from _raw(job.raw)


def _raw(raw: dict[str, object] | None, *, indent: int = 2) -> list[str]:
    return [f"{' ' * indent}raw: {json.dumps(raw, ensure_ascii=False, sort_keys=True)}"] if raw else []


def _command(text: str, *, indent: int) -> list[str]:
    """The lines of a command. Only a line end begins another one: a carriage return is shown as the escape it is."""
    more = len(text) - _MOST_CHARACTERS
    shown = f"{text[:_MOST_CHARACTERS]}… (and {more:,} more characters; --json shows all)" if more > 0 else text
    return [" " * indent + line for line in shown.removesuffix("\n").split("\n")]


def _more(count: int, what: str) -> list[str]:
    return [f"  … and {count} more {what} (--json shows all)"] if count > 0 else []


def _pool_extras(pool: PlannedPool) -> list[str]:
    lines = []
    if pool.auto_scale is not None:
        lines += [f"  scenario: {pool.auto_scale.scenario}"] if pool.auto_scale.scenario is not None else []
        lines += [f"  formula: {line}" for line in pool.auto_scale.formula.split("\n") if line.strip()]
    if pool.vm_sizes:
        lines.append(f"  VM sizes to try if it is not available: {', '.join(pool.vm_sizes[1:])}")
    if pool.min_ready_nodes is not None:
        lines.append(f"  continues with {pool.min_ready_nodes} ready nodes")
    if pool.node_fill_type is not None:
        lines.append(f"  node fill type: {pool.node_fill_type}")
    if pool.enable_inter_node_communication:
        lines.append("  inter-node communication")
    if pool.container_configuration is not None:
        images = ", ".join(pool.container_configuration.image_names) or "pulled when needed"
        lines.append(f"  containers: {images}")
    for mount in pool.mounts:
        what = f"container {mount.container}" if mount.container is not None else next(iter(mount.other), "")
        lines.append(f"  mounts {what} as {mount.relative_mount_path}")
    lines += [f"  {name}: {_redacted(value)}" for name, value in pool.properties.items()]
    return lines


def _redacted(properties: Any) -> str:
    """Properties of a request, with secrets as `***`."""
    from recipebatch.plan import redact

    return json.dumps(properties, ensure_ascii=False, sort_keys=True, default=redact)
