"""Inputs that were staged before: what of them is in storage no more, and its upload once more.

A run that is continued does not believe its record: the storage account may have lost what it had acknowledged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import RecipeBatchError, ServiceError
from recipebatch.phases.stage import CreateContainer, Hashes, UploadBlob, create, files_text, look, upload_blobs
from recipebatch.phases.table import STAGE
from recipebatch.report import PhaseReport

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from recipebatch.files import ReadAccess
    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedContainer, PlannedUpload
    from recipebatch.service import BlobSnapshot

_SHOWN = 5


class InputsLostError(ServiceError):
    """Inputs of the run are not in storage any more, and the local files they came from are gone or have changed."""

    code = "inputs-lost"


def decide(
    container: PlannedContainer,
    seen: Mapping[str, BlobSnapshot] | None,
    staged: Mapping[str, str],
    *,
    tasks_ran: bool,
) -> list[CreateContainer | UploadBlob]:
    """What to do again so that a container holds what was staged; nothing local is read for that. Pure.

    Args:
        container: of the plan.
        seen: its blobs; None if it is not there any more.
        staged: blob → the MD5 in hexadecimal, as recorded; where one of the two has none, the size is compared.
        tasks_ran: tasks may have changed blobs since: only those that are gone are uploaded again.
    """
    steps: list[CreateContainer | UploadBlob] = []
    if seen is None and not container.existing:
        steps.append(CreateContainer(container))
    for upload in container.uploads:
        blob = (seen or {}).get(upload.blob)
        if blob is None:
            steps.append(UploadBlob(container, upload))
            continue
        md5 = staged.get(upload.blob)
        known = md5 is not None and blob.md5 is not None
        # A file can have got another size between the begin of the run and its upload.
        differs = blob.md5.hex() != md5 if known and blob.md5 is not None else blob.size != upload.size
        if differs and not tasks_ran:
            steps.append(UploadBlob(container, upload))
    return steps


def find_lost_inputs(
    context: PhaseContext, staged: Mapping[str, Mapping[str, str]], *, tasks_ran: bool
) -> list[CreateContainer | UploadBlob]:
    """What to do again; each container that got files is listed once.

    Args:
        context: the run at work.
        staged: the MD5 of each input by container and blob, as recorded.
        tasks_ran: as in `decide`.
    """
    return [
        step
        for container in context.plan.containers
        if container.uploads or not container.existing
        for step in decide(container, look(container, context), staged.get(container.logical, {}), tasks_ran=tasks_ran)
    ]


def changed_inputs(
    uploads: Mapping[str, Iterable[PlannedUpload]], staged: Mapping[str, Mapping[str, str]], access: ReadAccess
) -> list[str]:
    """The local files whose content is not what was staged, as `container/blob`; also those of the same size.

    A file that is gone, or may not be read any more, is passed over: what was staged of it is there.

    Args:
        uploads: by the container's name in the recipe.
        staged: the MD5 of each input by container and blob, as recorded.
        access: which files may be read.
    """
    hashes = Hashes(access)
    found: list[str] = []
    for container, inputs in uploads.items():
        for upload in inputs:
            md5 = staged.get(container, {}).get(upload.blob)
            try:
                if md5 is not None and hashes(upload).hex() != md5:
                    found.append(f"{container}/{upload.blob}")
            except RecipeBatchError:
                continue
    return found


def upload_again(
    steps: Sequence[CreateContainer | UploadBlob],
    context: PhaseContext,
    staged: Mapping[str, Mapping[str, str]],
    *,
    tasks_ran: bool,
) -> PhaseReport:
    """Create and upload what is in storage no more.

    Args:
        steps: what to do again.
        context: the run at work.
        staged: as in `find_lost_inputs`.
        tasks_ran: tasks have begun, and may not need any more what cannot be uploaded again: it is a note.

    Raises:
        InputsLostError: a local file is not what was staged any more, or cannot be read; nothing is uploaded then.
    """
    hashes = Hashes(context.read_access)
    uploads: list[UploadBlob] = []
    lost: list[str] = []
    hint = "restore the local files and run the command again, or purge this run and start another one"
    for step in (each for each in steps if isinstance(each, UploadBlob)):
        name = f"{step.upload.blob} of {step.container.logical}"
        expected = staged.get(step.container.logical, {}).get(step.upload.blob)
        try:
            md5 = hashes(step.upload).hex()
        except RecipeBatchError as error:
            lost.append(f"{name} ({error.message})")
            hint = error.hint or hint
            continue
        if expected in {None, md5}:
            uploads.append(step)
        else:
            lost.append(f"{name} ({step.upload.source} has changed)")
    more = f"; and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    message = f"inputs that were staged are not in storage any more: {'; '.join(lost[:_SHOWN])}{more}"
    if lost and not tasks_ran:
        raise InputsLostError(message, hint=hint)
    reports = [create(step, context) for step in steps if isinstance(step, CreateContainer)]
    reports += upload_blobs(uploads, context, hashes)
    summary = f"{files_text(len(uploads))} uploaded again: storage had lost what was staged"
    notes = (message,) if lost else ()
    return PhaseReport(phase=STAGE.name, summary=summary, steps=tuple(reports), notes=notes)
