"""What a finished job of a schedule promised and did not make: the recipe knows its job manager task alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError, UnreachableError
from recipebatch.phases.outputs.node_files import is_folder, wrote
from recipebatch.phases.outputs.promises import promised
from recipebatch.vocabulary.blob_names import TASK_MARK

if TYPE_CHECKING:
    from recipebatch.phases.context import PhaseContext
    from recipebatch.phases.outputs.promises import PromisedOutput
    from recipebatch.plan.model import PlannedJob
    from recipebatch.service import TaskSnapshot

# The clocks of both services differ.
_SKEW = timedelta(minutes=1)


def missing_of_scheduled(
    job: PlannedJob, job_id: str, manager: TaskSnapshot, context: PhaseContext, *, newest: bool
) -> list[PromisedOutput]:
    """The promised outputs of the job manager task of one job of a schedule that were not made.

    All jobs of a schedule upload to the same places: a blob that is younger than the start of the task may be of a
    later job, and one that is gone may have been taken away since. So of older jobs only a node that lists the files of
    the task, without this one, says that it was not made.

    Args:
        job: the schedule, of the plan.
        job_id: of the job that it made.
        manager: its job manager task, which succeeded.
        context: the run at work.
        newest: no later job of the schedule has finished.
    """
    lost = [each for each in promised(job, {manager.id}) if not _is_there(each, manager, context)]
    if not lost:
        return []
    try:
        files = tuple(file.name for file in context.batch.list_task_files(job_id, manager.id))
    except UnreachableError:
        raise
    except ServiceError:
        files = ()
    found = []
    for each in lost:
        seen = wrote(each.file, files) if files else None
        if seen is False or (newest and seen is None):
            found.append(replace(each, job=job_id, wrote=seen, is_folder=is_folder(each.file, files)))
    return found


def _is_there(promise: PromisedOutput, manager: TaskSnapshot, context: PhaseContext) -> bool:
    container = context.plan.container(promise.container)
    store = context.store_of(container)
    if store.container_metadata(container.name) is None:
        return False
    began = manager.began
    for blob in store.list_blobs(container.name, prefix=promise.blob if promise.folder is None else promise.folder):
        of_schedule = blob.metadata.get(TASK_MARK, promise.mark) == promise.mark
        fresh = began is None or blob.last_modified is None or blob.last_modified >= began - _SKEW
        if of_schedule and fresh and promise.fits(blob.name):
            return True
    return False
