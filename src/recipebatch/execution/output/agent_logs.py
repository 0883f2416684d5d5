"""The logs of the Batch agent of nodes: fetched by way of a container that lives as long as that takes, and printed."""

from __future__ import annotations

from datetime import timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, NamedTuple

from recipebatch.errors import ServiceError, UsageError
from recipebatch.execution.output.of_nodes import pools_of
from recipebatch.execution.output.written import NoOutputError, TaskOutput, last_lines, names_text
from recipebatch.phases import pools_made_with_jobs
from recipebatch.report import AGENT_LOG
from recipebatch.runs import LOG_BYTES, KeptLog
from recipebatch.text.nearest import did_you_mean
from recipebatch.text.secret import Secret, end_without_secrets, size_of_secrets
from recipebatch.vocabulary.states import NodeState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from recipebatch.phases import PhaseContext
    from recipebatch.service import BlobSnapshot

_UNUSABLE = frozenset({NodeState.UNUSABLE, NodeState.UNKNOWN})
_NODES, _FILES = 5, 10
_SECONDS = 30
_NAME_BYTES = 1024
_HOUR = timedelta(hours=1)


class AskedNode(NamedTuple):
    """A node whose agent logs are asked for: its pool, its id, and when it was allocated, if that is known."""

    pool_id: str
    node_id: str
    allocated: datetime | None = None


class _Announced(NamedTuple):
    """What a node uploads: where to, and how many files."""

    node: AskedNode
    folder: str
    files: int


def unusable_nodes(context: PhaseContext) -> tuple[AskedNode, ...]:
    """The nodes of the run's own pools that cannot run tasks, and start no task that could tell why."""
    made = [str(pool.id) for pool in context.plan.pools if not (pool.auto or pool.existing)]
    return _nodes(context, dict.fromkeys([*made, *map(str, pools_made_with_jobs(context))]), _UNUSABLE)


def fetch_agent_logs(context: PhaseContext, nodes: Sequence[AskedNode]) -> list[KeptLog]:
    """The ends of the agent logs of the first nodes, since these were allocated, of the last hour at most.

    What could not be fetched, in half a minute, is said in one line.
    """
    # A name of its own: a container that was deleted blocks its name for a while, and another command may fetch too.
    container = f"{context.plan.run_id.lower()}-agent-logs-{token_hex(4)}"
    problems = [f"only the first {_NODES} of {len(nodes):,} nodes were asked"] if len(nodes) > _NODES else []
    found: list[KeptLog] = []
    try:
        context.blobs.create_container(container, metadata=context.labels.as_container_metadata())
        try:
            announced = _ask(context, container, nodes[:_NODES], problems)
            found = _read(context, container, _uploaded(context, container, announced, problems), problems)
        finally:
            context.blobs.delete_container(container)
    except ServiceError as error:
        problems.append(error.message.splitlines()[0])
    if problems:
        context.progress.say(f"agent logs are not complete: {'; '.join(dict.fromkeys(problems))}")
    return found


def agent_output(
    context: PhaseContext, kept: Sequence[KeptLog], *, nodes: Sequence[str], lines: int | None, is_gone: bool
) -> Iterator[TaskOutput]:
    """The ends of the agent logs of nodes: those that are recorded; of others that are there those of now.

    Args:
        context: of the run, with services that need no lock.
        kept: those that are recorded.
        nodes: their ids; none means those that are recorded, or all that are unusable if none are.
        lines: the last so many of each file; None is all.
        is_gone: the run was purged.

    Raises:
        UsageError: the run has no such node.
        NoOutputError: there are none.
    """
    recorded = [log for log in kept if not nodes or log.node_id in nodes]
    known = {log.node_id for log in recorded}
    asked: Sequence[AskedNode] = ()
    if nodes and not known.issuperset(nodes):
        there = () if is_gone else _nodes(context, pools_of(context))
        names = {node.node_id for node in there}
        for name in nodes:
            if name not in names | known:
                raise UsageError(f"the run has no node {name} now", hint=did_you_mean(name, names))
        asked = [node for node in there if node.node_id in nodes and node.node_id not in known]
    elif not recorded and not is_gone:
        asked = _nodes(context, pools_of(context), _UNUSABLE)
    if recorded:
        context.progress.say(f"the record keeps the agent logs of {names_text(sorted(known), _NODES)}")
    fetched = fetch_agent_logs(context, asked) if asked else []
    for log in (*recorded, *fetched):
        text = last_lines(log.end.encode("utf-8", "replace"), lines)
        yield TaskOutput(job="", task="", text=text, file=log.file, node=log.node_id, kind=AGENT_LOG)
    if not (recorded or fetched):
        raise _nothing(asked, is_gone=is_gone)


def _nothing(asked: Sequence[AskedNode], *, is_gone: bool) -> NoOutputError:
    if asked:
        return NoOutputError(f"no agent logs of {names_text([node.node_id for node in asked], _NODES)}")
    if is_gone:
        return NoOutputError("the run was purged, and its record keeps no agent logs: no node was unusable then")
    return NoOutputError("no node of the run is unusable", hint="of any other node: --node ID")


def _nodes(context: PhaseContext, pools: Iterable[str], states: Collection[str] | None = None) -> tuple[AskedNode, ...]:
    return tuple(
        AskedNode(pool_id, node.id, node.allocated)
        for pool_id in pools
        for node in context.batch.list_nodes(pool_id)
        if states is None or node.state in states
    )


def _ask(context: PhaseContext, container: str, nodes: Sequence[AskedNode], problems: list[str]) -> list[_Announced]:
    """Have nodes upload their logs; why some do not is added to the problems."""
    now = context.clock.now()
    token = context.blobs.container_sas(container, permissions="cw", expiry=now + _HOUR)
    url = context.blobs.container_url(container)
    signed = Secret(f"{url}?{token}" if token else url)
    announced = []
    for node in nodes:
        since = max(now - _HOUR, node.allocated) if node.allocated else now - _HOUR
        try:
            folder, files = context.batch.upload_node_logs(
                node.pool_id, node.node_id, container_url=signed, since=since
            )
        except ServiceError as error:
            problems.append(error.message.splitlines()[0])
            continue
        announced.append(_Announced(node, folder.strip("/"), files))
    return announced


def _uploaded(
    context: PhaseContext, container: str, announced: Sequence[_Announced], problems: list[str]
) -> list[tuple[_Announced, list[BlobSnapshot]]]:
    """The files of each node, once all that were announced are there, or no time is left."""
    end = context.clock.monotonic() + _SECONDS
    while True:
        found = [(each, list(context.blobs.list_blobs(container, prefix=f"{each.folder}/"))) for each in announced]
        late = [each.node.node_id for each, blobs in found if len(blobs) < each.files]
        if not late:
            return found
        if (left := end - context.clock.monotonic()) <= 0:
            problems.append(f"{names_text(late, _NODES)} did not upload all files in {_SECONDS} s")
            return found
        context.clock.sleep(min(left, 1))


def _read(
    context: PhaseContext,
    container: str,
    uploaded: Sequence[tuple[_Announced, list[BlobSnapshot]]],
    problems: list[str],
) -> list[KeptLog]:
    # A secret that begins before what is kept is recognized by its beginning.
    size = LOG_BYTES + size_of_secrets()
    found = []
    for each, blob in [(each, blob) for each, blobs in uploaded for blob in blobs[:_FILES]]:
        file = end_without_secrets(blob.name.removeprefix(f"{each.folder}/"), _NAME_BYTES)
        try:
            text = context.blobs.blob_end(container, blob, size=size).decode("utf-8", "replace")
        except ServiceError as error:
            problems.append(error.message.splitlines()[0])
            continue
        end = end_without_secrets(text, LOG_BYTES)
        found.append(KeptLog(pool_id=each.node.pool_id, node_id=each.node.node_id, file=file, size=blob.size, end=end))
    return found
