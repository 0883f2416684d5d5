"""Rules about definitions that are not used or not described."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint.subject import expressions, finding, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import nodes

    from recipebatch.errors import Problem
    from recipebatch.lint.subject import Subject


def parameters(subject: Subject) -> Iterator[Problem]:
    """Parameters that no expression reads."""
    used = _members(subject, ("params", "secrets"))
    for parameter in subject.recipe.parameters:
        if used is not None and parameter.name not in used:
            yield finding(parameter.at, f"parameter {parameter.name} is not used", "unused-parameter", "remove it")


def variables(subject: Subject) -> Iterator[Problem]:
    """Values of `vars` that no expression reads."""
    used = _members(subject, ("vars",))
    for name, node in subject.recipe.variables:
        if used is not None and name not in used:
            yield finding(node.at, f"vars.{name} is not used", "unused-variable", "remove it")


def containers(subject: Subject) -> Iterator[Problem]:
    """Containers that nothing reads or writes."""
    used = _members(subject, ("storage",))
    if used is None:
        return
    named = {str(node.value) for path, node in texts(subject.document) if path[:1] != ("storage",)}
    for container in subject.recipe.storage:
        if container.name not in used | named:
            message = f"container {container.name} is not used"
            yield finding(container.at, message, "unused-container", "remove it from storage")


def undescribed(subject: Subject) -> Iterator[Problem]:
    """Parameters without a description."""
    for parameter in subject.recipe.parameters:
        if not parameter.description:
            message = f"parameter {parameter.name} has no description"
            yield finding(parameter.at, message, "undescribed-parameter", "add `description: …`")


RULES = (parameters, variables, containers, undescribed)


def _members(subject: Subject, names: tuple[str, ...]) -> set[str] | None:
    """The members of some names that expressions use; None if one is computed, so that it could be any."""
    from jinja2 import nodes

    used: set[str] = set()
    for expression in expressions(subject.document):
        if not expression.names & set(names):
            continue
        whole = list(_all(expression.tree))
        reached = set()
        for node in whole:
            if not isinstance(node, (nodes.Getattr, nodes.Getitem)):
                continue
            member = _member(node)
            if member is not None and isinstance(node.node, nodes.Name) and node.node.name in names:
                reached.add(id(node.node))
                used.add(member)
        if any(isinstance(node, nodes.Name) and node.name in names and id(node) not in reached for node in whole):
            return None
    return used


def _member(node: nodes.Getattr | nodes.Getitem) -> str | None:
    """`b` of `a.b` and of `a['b']`."""
    from jinja2 import nodes

    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        return node.arg.value
    return None


def _all(tree: nodes.Node) -> Iterator[nodes.Node]:
    yield tree
    for child in tree.iter_child_nodes():
        yield from _all(child)
