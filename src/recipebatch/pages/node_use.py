"""What nodes spent their time on: start task, tasks that did their work, tasks that did not, nothing. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from recipebatch.pages.model import NodeUse, ReportNode, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipebatch.pages.model import ReportTask

    Spans = list[tuple[float, float]]


def nodes_of(known: Iterable[ReportNode], tasks: Iterable[ReportTask]) -> tuple[ReportNode, ...]:
    """The nodes of a run, with those that are known from their tasks only; by pool, id and time."""
    found = {(node.pool, node.id, node.allocated or 0.0): node for node in known}
    ids = {(pool, node) for pool, node, _ in found}
    for task in tasks:
        if task.node and (task.pool, task.node) not in ids:
            found[task.pool, task.node, 0.0] = ReportNode(pool=task.pool, id=task.node)
    return tuple(found[key] for key in sorted(found))


def places_of(nodes: Sequence[ReportNode], tasks: Iterable[ReportTask]) -> list[int]:
    """Of each task the place of its node in `nodes`; -1 without one. Of a node that came back the last before it."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, node in enumerate(nodes):
        found[node.pool, node.id].append(place)
    return [_place(found.get((task.pool, task.node), ()), nodes, task) for task in tasks]


def _place(places: Sequence[int], nodes: Sequence[ReportNode], task: ReportTask) -> int:
    if len(places) <= 1:
        return places[0] if places else -1
    began = task.began or 0.0
    return next((place for place in reversed(places) if (nodes[place].allocated or 0.0) <= began), places[0])


def uses_of(nodes: Sequence[ReportNode], tasks: Iterable[ReportTask], until: float) -> tuple[NodeUse, ...]:
    """What each node spent its time on.

    Args:
        nodes: as `nodes_of` gives them.
        tasks: of the run.
        until: the end of what still goes on.
    """
    ran = [task for task in tasks if task.node and task.began is not None]
    of_node: dict[int, list[ReportTask]] = defaultdict(list)
    for place, task in zip(places_of(nodes, ran), ran, strict=True):
        of_node[place].append(task)
    return tuple(_use(node, of_node.get(place, ()), until) for place, node in enumerate(nodes))


def by_pool(uses: Iterable[NodeUse]) -> tuple[NodeUse, ...]:
    """The sums of each pool."""
    found: dict[str, list[NodeUse]] = defaultdict(list)
    for use in uses:
        found[use.pool].append(use)
    return tuple(_sum(pool, of) for pool, of in found.items())


def _sum(pool: str, uses: Sequence[NodeUse]) -> NodeUse:
    sizes = {use.vm_size for use in uses if use.vm_size}
    spots = {use.spot for use in uses}
    return NodeUse(
        pool=pool,
        vm_size=", ".join(sorted(sizes)),
        spot=spots.pop() if len(spots) == 1 else None,
        nodes=len({use.node for use in uses}),
        tasks=sum(use.tasks for use in uses),
        there=sum(use.there for use in uses),
        start=sum(use.start for use in uses),
        succeeded=sum(use.succeeded for use in uses),
        lost=sum(use.lost for use in uses),
        taken=sum(use.taken for use in uses),
        idle=sum(use.idle for use in uses),
        preempted=sum(use.preempted for use in uses),
        known=all(use.known for use in uses),
    )


def end_of(node: ReportNode, until: float) -> float:
    """When a node was there last: it is gone, or was seen last; else now."""
    if node.gone is not None:
        return node.gone
    return until if node.last_seen is None else node.last_seen


def _use(node: ReportNode, tasks: Sequence[ReportTask], until: float) -> NodeUse:
    known = node.allocated is not None
    spans: dict[bool, Spans] = {True: [], False: []}
    for task in tasks:
        began = task.began or 0.0
        # What still runs may yet do its work.
        spans[task.state in {State.SUCCEEDED, State.RUNNING}].append((began, task.ended or until))
    useful = merged(spans[True])
    busy = merged(useful + spans[False])
    last = max((end for _, end in busy), default=0.0)
    there = max(end_of(node, until), last) - node.allocated if node.allocated is not None else 0.0
    start = 0.0
    if node.start_began is not None:
        start = max((end_of(node, until) if node.start_ended is None else node.start_ended) - node.start_began, 0.0)
    at_work = length(busy)
    taken = 0.0
    if node.preempted and node.allocated is not None:
        taken = max(end_of(node, until) - max(last, node.start_ended or node.allocated), 0.0)
    return NodeUse(
        pool=node.pool,
        node=node.id,
        vm_size=node.vm_size,
        spot=node.spot,
        tasks=len(tasks),
        there=max(there, 0.0),
        start=start,
        succeeded=length(useful),
        lost=at_work - length(useful),
        taken=taken,
        idle=max(there - start - at_work - taken, 0.0),
        preempted=int(node.preempted),
        known=known,
    )


def merged(spans: Iterable[tuple[float, float]]) -> Spans:
    """Spans of time without overlaps, in their order."""
    found: Spans = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((begin, max(begin, end)))
    return found


def length(spans: Iterable[tuple[float, float]]) -> float:
    """Of spans without overlaps together."""
    return sum(end - begin for begin, end in spans)
