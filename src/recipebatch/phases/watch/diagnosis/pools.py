"""Why a pool runs none of the tasks that wait for it, as far as the pool and its nodes say."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from recipebatch.phases.provision import formula_failure, is_of_fixed_size, nodes_text, size_of, states_text
from recipebatch.phases.table import PROVISION
from recipebatch.phases.watch.diagnosis.findings import Code, Finding
from recipebatch.plan import PoolSize, expiry_rule
from recipebatch.vocabulary.causes import exit_code_text
from recipebatch.vocabulary.states import READY_TO_RUN, AllocationState, NodeState, PoolState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from recipebatch.service import NodeSnapshot, PoolSnapshot

_NAMED = 5
_IMAGE = re.compile(r"image|container|docker|registry|pull", re.IGNORECASE)
_GOING = frozenset({NodeState.LEAVING_POOL, NodeState.DEALLOCATING, NodeState.DEALLOCATED})
_TROUBLE = frozenset({Code.START_TASK_FAILED, Code.IMAGE, Code.NODES_UNUSABLE, Code.NODES_LOST, Code.NODES_OFFLINE})
_CODES: dict[str, Code] = {
    NodeState.UNKNOWN: Code.NODES_LOST,
    NodeState.OFFLINE: Code.NODES_OFFLINE,
    NodeState.PREEMPTED: Code.NODES_PREEMPTED,
    NodeState.WAITING_FOR_START_TASK: Code.START_TASK_RUNNING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLook:
    """A pool and its nodes at one moment.

    Attributes:
        pool_id: its id.
        pool: None if there is none.
        nodes: all of them.
        run_option: what a command needs to find the run.
        scale_command: gives the pool another number of nodes; empty if no run made it.
        outputs: by node, the end of what its start task wrote, where it was read.
        existing: the run uses the pool, and has not made it.
    """

    pool_id: str
    pool: PoolSnapshot | None
    nodes: Sequence[NodeSnapshot] = ()
    run_option: str = ""
    scale_command: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    existing: bool = False

    @property
    def able(self) -> tuple[NodeSnapshot, ...]:
        """The nodes that start tasks now, if they have room."""
        return tuple(node for node in self.nodes if node.state in READY_TO_RUN and node.takes_tasks)

    def text(self) -> str:
        """The pool in one line: its states and numbers."""
        if self.pool is None:
            return f"pool {self.pool_id}: there is none"
        states = dict(Counter(node.state for node in self.nodes))
        asked = self.pool.target_dedicated_nodes + self.pool.target_low_priority_nodes
        requested = f" of {asked} requested" if asked != len(self.nodes) else ""
        return (
            f"pool {self.pool_id}: {self.pool.state}, {self.pool.allocation_state}, {nodes_text(len(self.nodes))}"
            f"{requested}" + (f" ({states_text(states)})" if states else "")
        )


def pool_findings(look: PoolLook) -> list[Finding]:
    """Why no node of a pool starts tasks, or why some do not; nothing where all of them do. Pure."""
    pool = look.pool
    if pool is None:
        return [_missing(look)]
    if pool.state == PoolState.DELETING:
        wait = "wait until it is gone, then start another run"
        return [Finding(code=Code.POOL_DELETING, sentence=f"pool {pool.id} is being deleted", steps=(wait,))]
    found = [*_allocation(pool, look), *_nodes(look)]
    if look.able:
        return [replace(each, partial=True) for each in found]
    return found or [_no_nodes(pool, look)]


def _missing(look: PoolLook) -> Finding:
    steps: tuple[str, ...] = ("make it where it was made before, or correct `pool: {existing: true}` in the recipe",)
    if not look.existing:
        steps = (f"recipebatch {PROVISION} {look.run_option}", "or purge this run and start another one")
    return Finding(code=Code.POOL_MISSING, sentence=f"pool {look.pool_id} no longer exists", steps=steps)


def _allocation(pool: PoolSnapshot, look: PoolLook) -> list[Finding]:
    """What the service says about the number of nodes: its formula fails, or they could not be allocated."""
    found = []
    if failing := formula_failure(pool):
        found.append(
            Finding(
                code=Code.FORMULA_FAILED,
                sentence=failing,
                evidence=_formula_lines(pool),
                steps=_formula_steps(pool),
            )
        )
    for code, message in pool.resize_errors:
        quota = "quota" in code.lower()
        asked = pool.target_dedicated_nodes + pool.target_low_priority_nodes
        steps = ["choose fewer nodes or a smaller vm_size"] if quota else ["choose another vm_size, or try again later"]
        if quota:
            steps.append("or ask for more cores: Azure portal, Batch account, Quotas")
        if look.scale_command and is_of_fixed_size(pool):
            steps.append(look.scale_command)
        elif not look.existing:
            steps.append(f"recipebatch {PROVISION} {look.run_option}")
        found.append(
            Finding(
                code=Code.QUOTA if quota else Code.ALLOCATION_FAILED,
                sentence=f"pool {pool.id} got {len(look.nodes)} of {nodes_text(asked)}: {message} ({code})",
                evidence=(f"VM size {pool.vm_size}", look.text()),
                steps=tuple(steps),
            )
        )
    return found


def _nodes(look: PoolLook) -> list[Finding]:
    """The nodes that start no task, by why."""
    found = []
    for code, nodes in _groups(look).items():
        all_ = len(nodes) == len(look.nodes)
        found.append(
            Finding(
                code=code,
                sentence=_nodes_sentence(code, nodes, look, whole=all_),
                evidence=_node_lines(nodes, look),
                steps=_node_steps(code, nodes, look),
            )
        )
    return found


def _groups(look: PoolLook) -> dict[Code, list[NodeSnapshot]]:
    groups: dict[Code, list[NodeSnapshot]] = {}
    for node in look.nodes:
        if (code := _code_of(node)) is not None:
            groups.setdefault(code, []).append(node)
    return groups


def _code_of(node: NodeSnapshot) -> Code | None:
    """Why a node starts no task; None if it does."""
    if node.state == NodeState.START_TASK_FAILED:
        failure = " ".join(node.start_task_failure or ())
        return Code.IMAGE if node.start_task_exit_code is None and _IMAGE.search(failure) else Code.START_TASK_FAILED
    if node.state == NodeState.UNUSABLE:
        return Code.IMAGE if any(map(_IMAGE.search, node.errors)) else Code.NODES_UNUSABLE
    if node.state in READY_TO_RUN:
        return None if node.takes_tasks else Code.NODES_OFFLINE
    if node.state in _GOING:
        return Code.RESIZING
    return _CODES.get(node.state, Code.NODES_STARTING)


def node_trouble(node: NodeSnapshot) -> str:
    """What is wrong with a node that takes no tasks until someone repairs, replaces or enables it; else empty. Pure."""
    if _code_of(node) not in _TROUBLE:
        return ""
    what = node.state if node.takes_tasks or node.state == NodeState.OFFLINE else f"{node.state}, scheduling off"
    if node.state == NodeState.START_TASK_FAILED:
        what += f": {_start_task_end(node)}"
    return what + "".join(f"; {error}" for error in node.errors)


def _nodes_sentence(code: Code, nodes: Sequence[NodeSnapshot], look: PoolLook, *, whole: bool) -> str:
    count = len(nodes)
    which = f"all {nodes_text(count)}" if whole and count > 1 else f"the {nodes_text(count)}" if whole else ""
    of = f"{which or f'{count} of {nodes_text(len(look.nodes))}'} of pool {look.pool_id}"
    one = count == 1
    are, it = ("is", "it") if one else ("are", "them")
    error = nodes[0].errors[0] if nodes[0].errors else ""
    states = states_text(dict(Counter(node.state for node in nodes)))
    sentences = {
        Code.START_TASK_FAILED: f"the start task failed on {of}: {_start_task_end(nodes[0])}",
        Code.IMAGE: f"{of} cannot use a container image: {error or _start_task_end(nodes[0])}",
        Code.NODES_UNUSABLE: f"{of} {are} unusable: {error or 'the service gives no reason'}",
        Code.NODES_LOST: f"{of} {are} unknown: the service has lost contact with {it}",
        Code.NODES_OFFLINE: f"task scheduling is disabled on {of}",
        Code.NODES_PREEMPTED: f"{of} {'was' if one else 'were'} preempted: Azure needed the spot capacity",
        Code.START_TASK_RUNNING: f"{of} still {'runs its' if one else 'run their'} start task",
        Code.RESIZING: f"{of} {are} being removed",
    }
    return sentences.get(code, f"{of} {are} starting ({states})")


def _start_task_end(node: NodeSnapshot) -> str:
    if node.start_task_exit_code is not None:
        return exit_code_text(node.start_task_exit_code)
    code, message = node.start_task_failure or ("Unknown", "no reason given")
    return f"{message} ({code})"


def _node_lines(nodes: Sequence[NodeSnapshot], look: PoolLook) -> tuple[str, ...]:
    """The nodes, with what the service says of each, and the end of what a start task wrote."""
    lines = []
    for node in nodes[:_NAMED]:
        lines.append(f"node {node.id}: {node_trouble(node) or node.state}")
        if output := look.outputs.get(node.id):
            lines.append(output)
    if (more := len(nodes) - _NAMED) > 0:
        lines.append(f"and {nodes_text(more)} more")
    return tuple(lines)


def _node_steps(code: Code, nodes: Sequence[NodeSnapshot], look: PoolLook) -> tuple[str, ...]:
    one, pool = nodes[0].id, look.pool_id
    again = f"recipebatch {PROVISION} {look.run_option}"
    reboot = f"az batch node reboot --pool-id {pool} --node-id {one}"
    match code:
        case Code.START_TASK_FAILED:
            return (
                f"recipebatch logs {look.run_option} --start-task",
                "correct `start_task` in the recipe and start another run: apply --new",
                f"or retry it: {reboot}",
            )
        case Code.IMAGE:
            return ("correct the image's name or the registry's credentials, and start another run: apply --new",)
        case Code.NODES_UNUSABLE | Code.NODES_LOST:
            replaced = f"or replace it: az batch node delete --pool-id {pool} --node-list {one}"
            return (f"recipebatch logs {look.run_option} --node {one} --agent", reboot, replaced, again)
        case Code.NODES_OFFLINE:
            return (f"az batch node scheduling enable --pool-id {pool} --node-id {one}",)
        case Code.NODES_PREEMPTED:
            wait = "wait until the service has capacity again, or use dedicated nodes"
            return (wait, look.scale_command) if look.scale_command else (wait,)
    return (f"wait: recipebatch watch {look.run_option}",)


def _no_nodes(pool: PoolSnapshot, look: PoolLook) -> Finding:
    """Why a pool has no nodes though nothing went wrong."""
    asked = PoolSize(pool.target_dedicated_nodes, pool.target_low_priority_nodes)
    if pool.allocation_state != AllocationState.STEADY:
        return Finding(
            code=Code.RESIZING,
            sentence=f"pool {pool.id} is {pool.allocation_state}: {asked} requested",
            steps=(f"wait: recipebatch watch {look.run_option}",),
        )
    if asked == PoolSize(0, 0) and not is_of_fixed_size(pool):
        return Finding(
            code=Code.FORMULA_GIVES_NONE,
            sentence=f"the autoscale formula of pool {pool.id} gives 0 nodes",
            evidence=_formula_lines(pool),
            steps=("wait for its next evaluation", *_formula_steps(pool)),
        )
    size = size_of(pool) if is_of_fixed_size(pool) else asked
    if asked == PoolSize(0, 0) and size.together:
        until = expiry_rule(pool.auto_scale_formula or "").until
        end = f" until {until:%Y-%m-%d %H:%M} UTC" if until is not None else ""
        return Finding(
            code=Code.POOL_EXPIRED,
            sentence=f"pool {pool.id} has no nodes: 0 nodes requested now, {size}{end}",
            steps=() if look.existing else (f"recipebatch {PROVISION} {look.run_option}",),
        )
    if asked == PoolSize(0, 0):
        return Finding(
            code=Code.SCALED_TO_NONE,
            sentence=f"pool {pool.id} is scaled to 0 nodes",
            steps=(look.scale_command,) if look.scale_command else (f"az batch pool resize --pool-id {pool.id}",),
        )
    return Finding(
        code=Code.NO_NODES,
        sentence=f"pool {pool.id} has no nodes: {asked} requested now",
        steps=(f"wait: recipebatch watch {look.run_option}",),
    )


def _formula_lines(pool: PoolSnapshot) -> tuple[str, ...]:
    """The formula as it was written, and the variables of its last evaluation."""
    written = expiry_rule(pool.auto_scale_formula or "").formula.strip()
    results = [each for each in pool.formula_results if not each.startswith("recipebatch")]
    evaluated = f"evaluated: {', '.join(results)}" if results else "evaluated: no result"
    at = (pool.body.get("autoScaleRun") or {}).get("timestamp")
    return (f"formula: {written}", evaluated + (f" at {str(at)[:19].replace('T', ' ')} UTC" if at else ""))


def _formula_steps(pool: PoolSnapshot) -> tuple[str, ...]:
    interval = (
        f"az batch pool autoscale evaluate --pool-id {pool.id} --auto-scale-formula '…' shows what another one gives"
    )
    return ("correct `auto_scale` in the recipe and start another run: apply --new", interval)
