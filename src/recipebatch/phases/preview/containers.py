"""What stage would do with each container and its blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.phases import staged_inputs
from recipebatch.phases.stage import CreateContainer, KeepBlob, UploadBlob, decide, look
from recipebatch.report import Action, Change, Difference
from recipebatch.report.changes import BLOB, CONTAINER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from recipebatch.phases.context import PhaseContext
    from recipebatch.plan.model import PlannedContainer, PlannedUpload
    from recipebatch.service import BlobSnapshot

    Seen = Mapping[str, BlobSnapshot] | None


def container_changes(
    context: PhaseContext,
    md5_of: Callable[[PlannedUpload], bytes],
    seen: dict[str, str],
    *,
    is_new: Callable[[str], bool],
) -> list[Change]:
    """What stage does now.

    Args:
        context: of the run.
        md5_of: of local files and texts.
        seen: gets the ETag of each blob that was compared.
        is_new: whether a name is of a run that has not begun, so that nothing can have it.
    """
    found: list[Change] = []
    for container in context.plan.containers:
        there = None if is_new(str(container.name)) else look(container, context)
        _remember(seen, container, there)
        try:
            steps = decide(container, there, md5_of)
        except ServiceError as error:
            found.append(_change(Action.CONFLICT, container, reason=error.message))
            continue
        found += _changes(container, there, steps)
    return found


def restaged_changes(
    context: PhaseContext, staged: Mapping[str, Mapping[str, str]], seen: dict[str, str], *, tasks_ran: bool
) -> list[Change]:
    """What is done with the inputs of a run that has staged them; arguments as of `find_lost_inputs`."""
    found: list[Change] = []
    for container in context.plan.containers:
        there = look(container, context)
        _remember(seen, container, there)
        steps = staged_inputs.decide(container, there, staged.get(container.logical, {}), tasks_ran=tasks_ran)
        again = {step.upload.blob for step in steps if isinstance(step, UploadBlob)}
        kept = [KeepBlob(container, upload) for upload in container.uploads if upload.blob not in again]
        found += _changes(container, there, [*steps, *kept])
    return found


def _remember(seen: dict[str, str], container: PlannedContainer, there: Seen) -> None:
    seen[f"{CONTAINER} {container.name}"] = "" if there is None else "exists"
    for upload in container.uploads:
        blob = (there or {}).get(upload.blob)
        if blob is not None:
            seen[f"{BLOB} {container.name}/{upload.blob}"] = blob.etag


def _changes(
    container: PlannedContainer, there: Seen, steps: Iterable[CreateContainer | UploadBlob | KeepBlob]
) -> list[Change]:
    created = any(isinstance(step, CreateContainer) for step in steps)
    uploads = [step.upload for step in steps if isinstance(step, UploadBlob)]
    kept = [step.upload for step in steps if isinstance(step, KeepBlob)]
    new = [upload for upload in uploads if upload.blob not in (there or {})]
    replaced = [upload for upload in uploads if upload.blob in (there or {})]
    differences = tuple(
        difference for upload in replaced for difference in _differences(upload, (there or {})[upload.blob])
    )
    found = [_change(Action.CREATE if created else Action.KEEP, container)]
    for action, blobs in ((Action.CREATE, new), (Action.REPLACE, replaced), (Action.KEEP, kept)):
        if blobs:
            found.append(_blobs(action, container, blobs, differences if action is Action.REPLACE else ()))
    return found


def _change(action: Action, container: PlannedContainer, *, reason: str = "") -> Change:
    return Change(action=action, kind=CONTAINER, name=str(container.name), reason=reason)


def _blobs(
    action: Action, container: PlannedContainer, uploads: Sequence[PlannedUpload], differences: tuple[Difference, ...]
) -> Change:
    return Change(
        action=action,
        kind=BLOB,
        name=str(container.name),
        names=tuple(upload.blob for upload in uploads),
        size=0 if action is Action.KEEP else sum(upload.size for upload in uploads),
        differences=differences,
    )


def _differences(upload: PlannedUpload, blob: BlobSnapshot) -> Iterable[Difference]:
    """What is another than the file's in a blob that is there."""
    pairs = (
        ("bytes", f"{blob.size:,}", f"{upload.size:,}"),
        ("content type", blob.content_type or "none", upload.content_type or blob.content_type or "none"),
        (
            "metadata",
            _pairs(blob.metadata),
            _pairs(dict(upload.metadata)) if upload.metadata else _pairs(blob.metadata),
        ),
    )
    differing = [
        Difference(property=f"{upload.blob} {name}", old=old, new=new) for name, old, new in pairs if old != new
    ]
    return differing or [Difference(property=f"{upload.blob} content", old="another", new="that of the local file")]


def _pairs(metadata: Mapping[str, str]) -> str:
    return ", ".join(f"{name.lower()}={value}" for name, value in sorted(metadata.items())) or "none"
