"""One task of a run: what it was to do, with what, all its tries, and what is there of its outputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from recipebatch.errors import ServiceError, UnreachableError, UsageError
from recipebatch.execution.tasks.rows import TaskRow
from recipebatch.phases import PURGE, PromisedOutput, added_task, is_output_of, seen_task
from recipebatch.plan import redact, written_commands
from recipebatch.properties.purge import Part
from recipebatch.report import TASK
from recipebatch.runs import DONE, TaskRecord
from recipebatch.text.nearest import did_you_mean
from recipebatch.vocabulary.states import TaskState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, timedelta

    from recipebatch.execution.active_run import ActiveRun
    from recipebatch.plan.model import PlannedJob, PlannedTask
    from recipebatch.properties.files import OutputFile, ResourceFile
    from recipebatch.runs import KeptFailure, RunStore

_MOST_BLOBS = 100
"""Of one resource file or output file, the blobs that are named."""

_TAIL_BYTES = 2000
"""Of the end of stderr.txt of a failed task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfTask:
    """A file that comes to a task, or leaves it.

    Attributes:
        name: on the node: where it is put, or the pattern of what is uploaded.
        place: where it comes from, or goes to: container and blob, or an address without its query.
        blobs: the blobs there now, or those that were uploaded when the run began, with their sizes in bytes.
        more: there are more blobs than these.
        seen: the container was looked at; False where it is gone, or an address that is not a container.
        when: an output only if the task succeeds, or fails; else empty.
    """

    name: str
    place: str
    blobs: dict[str, int]
    more: bool = False
    seen: bool = True
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetails:
    """All that is known of a task.

    Attributes:
        row: its newest try.
        tries: the newest of each job that it was added to, oldest first; the service keeps no others.
        from_record: it is as the run's record has it: its job is gone.
        commands: the author's own lines; empty where the plan does not know the task.
        environment: name and value, secrets as `***`.
        limit: how long a try may take; None is no limit, or not known.
        retries: how often the service starts it again when it fails; -1 is without limit; None is not known.
        slots: task slots that it takes on a node.
        depends_on: ids, and ranges of ids as `1-9`.
        user: under which account it runs; empty is an ordinary one.
        container_image: that its command runs in; empty without.
        instances: nodes that it runs on at once.
        inputs: what comes to the node.
        outputs: what leaves it.
        message: what the service says of its failure.
        stderr: the end of what it wrote to stderr.txt, without secrets; of stdout.txt where that is empty.
    """

    row: TaskRow
    tries: tuple[TaskRow, ...]
    from_record: bool
    commands: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    limit: timedelta | None = None
    retries: int | None = None
    slots: int | None = None
    depends_on: tuple[str, ...] = ()
    user: str = ""
    container_image: str = ""
    instances: int = 1
    inputs: tuple[FileOfTask, ...] = ()
    outputs: tuple[FileOfTask, ...] = ()
    message: str = ""
    stderr: str = ""


def task_details(active: ActiveRun, store: RunStore, task_id: str, *, job: str | None, now: datetime) -> TaskDetails:
    """All that is known of a task of a run.

    Args:
        active: the run, opened without its lock.
        store: of its account.
        task_id: of the task.
        job: of several with such a task this one: its name in the recipe, or its id.
        now: for how long it waits or runs.

    Raises:
        UsageError: the run has no such task, or has it in several jobs.
    """
    look = _Look(active, store, task_id, now)
    tries = look.tries(job)
    newest = tries[-1]
    planned = look.planned(newest.record)
    failure = look.failure(newest.record)
    details = TaskDetails(row=newest, tries=tuple(tries), from_record=newest.record.key not in look.live)
    body = look.live.get(newest.record.key, {})
    said = (body.get("executionInfo") or {}).get("failureInfo") or {}
    message = str(said.get("message") or "") or (failure.message if failure is not None else "")
    details = replace(details, message=" ".join(message.split()), stderr=look.end_of_output(newest.record, failure))
    return details if planned is None else _with_plan(details, *planned, look)


def _with_plan(details: TaskDetails, job: PlannedJob, task: PlannedTask, look: _Look) -> TaskDetails:
    """With what the plan says of the task."""
    waits = task.depends_on
    ranges = waits.task_id_ranges if waits is not None else ()
    identity = task.user_identity
    return replace(
        details,
        commands=tuple(written_commands(task.command_line).rstrip("\n").split("\n")),
        environment=tuple((name, str(redact(value))) for name, value in task.environment_settings),
        limit=task.constraints.max_wall_clock_time,
        retries=task.constraints.max_task_retry_count,
        slots=task.required_slots,
        depends_on=(*(waits.task_ids if waits is not None else ()), *(f"{start}-{end}" for start, end in ranges)),
        user=identity.user_name or ("administrator" if identity.elevation_level == "admin" else ""),
        container_image=task.container_settings.image_name if task.container_settings is not None else "",
        instances=task.multi_instance_settings.number_of_instances if task.multi_instance_settings is not None else 1,
        inputs=tuple(look.input_of(file) for file in task.resource_files),
        outputs=tuple(look.output_of(file, str(job.id), str(task.id)) for file in task.output_files),
    )


class _Look:
    """What is asked of the service and of the record for one task.

    Attributes:
        live: what the service answers of the task, by job and task id.
    """

    def __init__(self, active: ActiveRun, store: RunStore, task_id: str, now: datetime) -> None:
        self._active = active
        self._context = active.context
        self._record = active.record
        self._task_id = task_id
        self._now = now
        self._history = store.task_history(active.record.run_id)
        self._failures = store.failures(active.record.run_id)
        self.live: dict[tuple[str, str], dict[str, Any]] = {}
        purged = self._record.state_of(PURGE.name) == DONE or Part.STORAGE in self._record.purged
        self._storage_is_gone = purged

    def tries(self, job: str | None) -> list[TaskRow]:
        """The task in each job that it was added to, oldest first."""
        found = {record.key: record for record in self._history.records if record.task_id == self._task_id}
        for planned in self._active.plan.jobs:
            for task in planned.tasks or ():
                if task.id == self._task_id:
                    record = added_task(planned, task)
                    found.setdefault(record.key, record)
        if self._record.state_of(PURGE.name) != DONE:
            found |= dict(self._of_service(found))
        rows = [
            TaskRow(record=record, seen=self._history.jobs_seen.get(record.job_id, self._now))
            if record.key not in self.live
            else TaskRow(record=record, seen=self._now)
            for record in found.values()
            if job in {None, record.job, record.job_id}
        ]
        jobs = dict.fromkeys(row.record.job for row in rows)
        if len(jobs) > 1:
            raise UsageError(
                f"several jobs have a task {self._task_id}", hint=f"name one: --job {' or --job '.join(jobs)}"
            )
        if not rows:
            known = {record.task_id for record in self._history.records}
            known |= {str(task.id) for planned in self._active.plan.jobs for task in planned.tasks or ()}
            raise UsageError(
                f"run {self._record.run_id} has no task {self._task_id}" + (f" in job {job}" if job else ""),
                hint=did_you_mean(self._task_id, known) or f"recipebatch tasks {self._record.run_id} lists them",
            )
        return sorted(rows, key=lambda row: (not row.record.tried_again, row.record.created or self._now))

    def _of_service(self, known: dict[tuple[str, str], TaskRecord]) -> Iterator[tuple[tuple[str, str], TaskRecord]]:
        """The task in each job that is there."""
        batch = self._context.batch
        for planned in self._active.plan.jobs:
            ids = [str(planned.id)]
            if planned.schedule is not None:
                ids = [made.id for made in batch.jobs_of_schedule(planned.id)]
            for job_id in ids:
                key = job_id, self._task_id
                # A task that the plan does not know may be one of a job manager's.
                if planned.tasks and key not in known:
                    continue
                found = batch.get_task(job_id, self._task_id)
                if found is None:
                    continue
                seen, body = found
                record = known.get(key) or TaskRecord(
                    job=planned.retry_of or planned.logical, job_id=job_id, task_id=self._task_id, state=seen.state
                )
                pool = (body.get("nodeInfo") or {}).get("poolId") or record.pool_id
                now = record.then(seen_task(record, seen, pool))
                if record.cause and not now.cause and (record.began, record.ended) == (now.began, now.ended):
                    # What a watch found beside the word of the service.
                    now = replace(now, cause=record.cause, code=record.code)
                self.live[key] = body
                yield key, now

    def planned(self, record: TaskRecord) -> tuple[PlannedJob, PlannedTask] | None:
        """The task of the plan, and its job; None if the plan does not know it."""
        for job in reversed(self._active.plan.jobs):
            if job.id == record.job_id and not self._active.by_labels:
                for task in job.tasks or ():
                    if task.id == record.task_id:
                        return job, task
        return None

    def failure(self, record: TaskRecord) -> KeptFailure | None:
        """What the run's record keeps of the failure."""
        kept = (each for each in self._failures.kept if each.kind == TASK)
        return next((each for each in kept if (each.job_id, each.task_id) == record.key), None)

    def end_of_output(self, record: TaskRecord, failure: KeptFailure | None) -> str:
        """The end of what a failed task wrote to stderr.txt, or to stdout.txt where that is empty."""
        if record.state != TaskState.COMPLETED or not (record.cause or record.exit_code):
            return ""
        # What the record keeps is without the run's secrets; a node would give it with them.
        return ((failure.stderr or failure.stdout) if failure is not None else "")[-_TAIL_BYTES:]

    def input_of(self, file: ResourceFile) -> FileOfTask:
        """A resource file with its blobs."""
        name = file.file_path or "."
        if file.container is None:
            where = (file.http_url or "").partition("?")[0]
            place = where or f"container {file.auto_storage_container_name} of the Batch account's storage"
            return FileOfTask(name=name, place=place, blobs={}, seen=False)
        prefix = file.blob or file.blob_prefix or ""
        uploads = self._active.plan.container(file.container).uploads
        given = {each.blob: each.size for each in uploads if self._is_meant(each.blob, file)}
        found, more = (
            (given, False) if given else self._blobs(file.container, prefix, lambda b, _: self._is_meant(b, file))
        )
        return self._file(name, f"{file.container}/{file.blob or prefix + '*'}", found, more=more)

    @staticmethod
    def _is_meant(blob: str, file: ResourceFile) -> bool:
        return blob == file.blob if file.blob is not None else blob.startswith(file.blob_prefix or "")

    def output_of(self, file: OutputFile, job_id: str, task_id: str) -> FileOfTask:
        """An output file with the blobs that this task uploaded for it."""
        promise = PromisedOutput.of(file, job_id, task_id)
        prefix = promise.blob if promise.folder is None else promise.folder
        found, more = self._blobs(file.container, prefix, lambda blob, metadata: is_output_of(promise, blob, metadata))
        when = {"tasksuccess": "if it succeeds", "taskfailure": "if it fails"}.get(file.upload_condition, "")
        place = f"{file.container}/{file.path}" if file.path else file.container
        return self._file(file.file_pattern, place, found, more=more, when=when)

    def _file(self, name: str, place: str, found: dict[str, int] | None, *, more: bool, when: str = "") -> FileOfTask:
        shown = dict(islice((found or {}).items(), _MOST_BLOBS))
        return FileOfTask(
            name=name,
            place=place,
            blobs=shown,
            more=more or len(found or {}) > len(shown),
            seen=found is not None,
            when=when,
        )

    def _blobs(
        self, logical: str, prefix: str, is_meant: Callable[[str, Mapping[str, str]], bool]
    ) -> tuple[dict[str, int] | None, bool]:
        """The blobs of a container that are meant, by name with their sizes, and whether there are more.

        None where the container is gone.
        """
        container = self._active.plan.container(logical)
        if self._storage_is_gone and not container.existing:
            return None, False
        try:
            store = self._context.store_of(container)
            if store.container_metadata(container.name) is None:
                return None, False
            listed = store.list_blobs(container.name, prefix=prefix)
            found = {each.name: each.size for each in islice(listed, 1000) if is_meant(each.name, each.metadata)}
        except UnreachableError:
            raise
        except (ServiceError, KeyError):
            return None, False
        return found, len(found) > _MOST_BLOBS
