"""Document → Recipe; what the schema cannot say is checked on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from recipebatch.errors import InvalidRecipeError, ProblemList, SourcePosition, fail_at
from recipebatch.properties import value_types
from recipebatch.properties.files import Collect, ContainerProperties, Upload
from recipebatch.properties.purge import Part, PurgeRule, PurgeWhen, in_order
from recipebatch.properties.table import shape_of
from recipebatch.recipe.expressions import Scope, expression_sources
from recipebatch.recipe.model import ContainerSpec, Recipe
from recipebatch.recipe.nodes import Entry, Node
from recipebatch.recipe.parser.digests import digest, without_sizes
from recipebatch.recipe.parser.expectations import expectation, max_cost
from recipebatch.recipe.parser.jobs import check_auto_pools, check_task_files, jobs
from recipebatch.recipe.parser.parameters import no_vault, parameters
from recipebatch.recipe.parser.pool.pool import pool, pool_os, unknown_image
from recipebatch.recipe.parser.section_reader import Reader
from recipebatch.recipe.parser.sections import read_section
from recipebatch.recipe.parser.task.dependencies import own_parts_container
from recipebatch.recipe.source import document as yaml_document
from recipebatch.recipe.source import merged, recorded_fragments, schema_errors
from recipebatch.vocabulary.ids import container_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from recipebatch.errors import Problem
    from recipebatch.recipe.model import Fragment, JobSpec, PoolSpec, Section
    from recipebatch.recipe.source import Fetch

_CONTAINER, _UPLOAD, _COLLECT = shape_of(ContainerProperties), shape_of(Upload), shape_of(Collect)

MAX_EXPRESSIONS = 1000
"""Different expressions of a recipe; each takes about a millisecond to be read and compiled."""

MAX_EXPRESSION_CHARACTERS = 50_000
"""Of all of them together."""

_AGAIN = 20
"""Characters that count as one where an expression is used again, such as by aliases: its names are checked there."""

_ELSEWHERE = {
    "file": "file is the blob of a task whose template loops over files (for_each: files)",
    "item": "item is available in a task template with for_each, but not where it loops over files: write file there",
    "items": "items is available in a task template whose for_each has `batch`",
    "files": "files is available in a task template whose for_each: files has `by: folder`, `group_by` or `batch`",
    "group": "group is available in a task template whose for_each: files has `by: folder` or `group_by`",
    "index": "index is available in a task template with for_each",
    "task": "task is available in a task template, but not in its own id and loop",
    "job": "job is available in tasks",
    "jobs": "jobs are available in the jobs and tasks of a recipe with several: `jobs:`",
    "inputs": "inputs are the files that a task template with `reduce` merges",
    "level": "level is available in a task template with `reduce`",
    "pool": "pool is available in the job and in tasks",
    "storage": "storage is available in the pool, the job and tasks",
    "secrets": "secrets are available in environment_settings only",
    "run": "run is not available in for_each and uploads, which must be the same for every run",
    "env": "env is not available in for_each and uploads, which must be the same for every run",
}


def parse_recipe(
    text: str,
    *,
    file: str,
    folder: Path,
    source: str | None = None,
    fetch: Fetch | None = None,
    is_named_vault: Callable[[str], bool] = no_vault,
) -> Recipe:
    """Read a recipe from its text.

    Args:
        text: the YAML.
        file: its name for positions, as the user gave it.
        folder: where relative sources are looked for.
        source: where it comes from, if that is not the file of this name in the folder.
        fetch: gives the files that the recipe extends and includes; default: there are none.
        is_named_vault: whether the user's settings name a host as a key vault.

    Images that are unknown alone do not make it invalid here: they are in the recipe, for who expands it.

    Raises:
        InvalidRecipeError: with every problem of the text, in the order of their positions.
    """
    document, fragments = merged(yaml_document.parse(text, file), fetch or recorded_fragments(()))
    origin = str(folder / file) if source is None else source
    return read_parsed(
        document, fragments, text=text, file=file, folder=folder, source=origin, is_named_vault=is_named_vault
    )


def read_parsed(
    document: Node,
    fragments: tuple[Fragment, ...],
    *,
    text: str,
    file: str,
    folder: Path,
    source: str,
    is_named_vault: Callable[[str], bool] = no_vault,
    seen: dict[SourcePosition, Scope] | None = None,
) -> Recipe:
    """The recipe of a document that is read already; `seen` gets the scope of each text. The rest as `parse_recipe`."""
    _check_expressions(document)
    schema_problems, right = schema_errors.check(document)
    builder = _Builder(document, right, is_named_vault, seen)
    recipe = builder.recipe(text, file, folder, source, fragments)
    found = [problem for problem in builder.problems if not _is_echo(problem, document, schema_problems)]
    problems = {(problem.at, problem.message): problem for problem in (*schema_problems, *found)}
    if problems:
        problems |= {(problem.at, problem.message): problem for problem in recipe.unknown_images}
        raise InvalidRecipeError(tuple(sorted(problems.values(), key=lambda problem: (problem.at, problem.message))))
    return recipe


def _is_echo(problem: Problem, document: Node, schema_problems: Sequence[Problem]) -> bool:
    """Whether a key counts as missing only because the schema refused its value."""
    if problem.code != "missing-key" or problem.at != document.at:
        return False
    refused = {schema_problem.at for schema_problem in schema_problems}
    keys = ("tasks", "job", "jobs")
    return any(document.entries()[key].key_at in refused for key in keys if key in document.entries())


def _check_expressions(document: Node) -> None:
    """Check that the expressions are not too many to be read and compiled in a bounded time.

    Raises:
        InvalidRecipeError: they are too many, or too long together; at the value that is one too many.
    """
    found: set[str] = set()
    characters, stack = 0, [document]
    while stack:
        node = stack.pop()
        stack.extend(reversed([*(entry.value for entry in node.entries().values()), *node.items()]))
        for source in expression_sources(node.value) if isinstance(node.value, str) else ():
            characters += len(source) // _AGAIN if source in found else len(source)
            found.add(source)
            if len(found) > MAX_EXPRESSIONS or characters > MAX_EXPRESSION_CHARACTERS:
                message = (
                    f"the recipe has too many expressions: at most {MAX_EXPRESSIONS:,} different ones"
                    f" with {MAX_EXPRESSION_CHARACTERS:,} characters together"
                )
                hint = "keep data in a table that a task loops over (for_each: rows)"
                fail_at(node.at, message, "too-many-expressions", hint)


class _Builder:
    """One reading of one document.

    `written` is the whole document, for the names that it defines; `right` is without what the schema refused.
    """

    def __init__(
        self,
        written: Node,
        right: Node,
        is_named_vault: Callable[[str], bool],
        seen: dict[SourcePosition, Scope] | None = None,
    ) -> None:
        self.problems = ProblemList()
        self._is_named_vault = is_named_vault
        self._written = written
        self._right = right
        self._containers = frozenset(_names(written, "storage"))
        secrets = frozenset(_secrets(written))
        params = frozenset(_names(written, "parameters")) - secrets
        always: dict[str, frozenset[str] | None] = {
            "params": params,
            "recipe": frozenset(("name", "version")),
            "vars": frozenset(_names(written, "vars")),
        }
        in_run: dict[str, frozenset[str] | None] = {**always, "run": frozenset(("id", "owner")), "env": None}
        with_storage = {**in_run, "storage": self._containers, "secrets": secrets}
        self._before_run = Reader(
            Scope(always, {**_ELSEWHERE, **_as_elsewhere(secrets)}),
            self.problems,
            containers=self._containers,
            seen=seen,
        )
        self._in_run = Reader(Scope(in_run, _ELSEWHERE), self.problems, seen=seen)
        self._with_storage = Reader(
            Scope(with_storage, _ELSEWHERE), self.problems, containers=self._containers, seen=seen
        )

    def recipe(self, text: str, file: str, folder: Path, source: str, fragments: tuple[Fragment, ...]) -> Recipe:
        document = self._right
        found_parameters = parameters(document.get("parameters"), self.problems, self._is_named_vault)
        variables = self._variables(document.get("vars"))
        storage = tuple(self._container(name, entry.value) for name, entry in _entries(document, "storage"))
        pools = self._pools(document)
        in_job = self._with_storage.with_names({"pool": frozenset(("id",))})
        systems = {spec.logical: spec.os for spec in pools}
        the_jobs = jobs(document, in_job, self._in_run, self._before_run, systems)
        check_auto_pools(the_jobs, pools, self._in_run)
        purge = purge_rule(document.get("purge"))
        scheduled = next((spec.schedule for spec in the_jobs if spec.schedule is not None), None)
        # A schedule alone has no verdict; beside other jobs it would be deleted when those succeed.
        too_early = [PurgeWhen.ALWAYS]
        if any(spec.schedule is None for spec in the_jobs):
            too_early.append(PurgeWhen.ON_SUCCESS)
        if scheduled is not None and (at_once := in_order(purge.parts(*too_early))):
            word = purge.when(at_once[0])
            whole = len(at_once) == len(Part) and all(purge.when(part) is word for part in Part)
            said = word if whole else f"{{{at_once[0]}: {word}}}"
            what = "the schedule" if whole or at_once[0] is Part.JOBS else f"the {at_once[0]} of the schedule"
            when = (
                "as soon as the schedule is created"
                if word is PurgeWhen.ALWAYS
                else "when the other jobs have succeeded"
            )
            message = f"purge: {said} would delete {what} {when}"
            self._in_run.problem(scheduled.at, message, "schedule-purge", "write `purge: never`, or `ask`")
        collect = tuple(read_section(item, _COLLECT, in_job) for item in _items(document, "collect"))
        check_task_files(collect, the_jobs, self._in_run)
        limit, without_price = max_cost(document, self._in_run)
        version, description = document.get("version"), document.get("description")
        return Recipe(
            text=text,
            file=file,
            folder=folder,
            source=source,
            fragments=fragments,
            name=str(_plain(document.get("name"), "recipe")),
            version=None if version is None else str(version.value),
            description=None if description is None else str(description.value),
            digest=digest(document.plain()),
            digest_but_sizes=digest(without_sizes(document.plain())),
            parameters=found_parameters,
            variables=variables,
            storage=storage,
            pools=pools,
            jobs=the_jobs,
            tasks=tuple(task for spec in the_jobs for task in spec.tasks),
            collect=collect,
            purge=purge,
            watch_timeout=self._in_run.setting(document.get("watch"), "timeout", value_types.duration(), None),
            expect=expectation(document, self._in_run),
            max_cost=limit,
            without_price=without_price,
            parts=self._parts(the_jobs),
            unknown_images=tuple(wrong for wrong in map(unknown_image, self._pool_nodes()) if wrong is not None),
        )

    def _pool_nodes(self) -> tuple[Node | None, ...]:
        """The pools without what the schema refused."""
        several = self._right.get("pools")
        return (self._right.get("pool"),) if several is None else tuple(e.value for e in several.entries().values())

    def _parts(self, the_jobs: tuple[JobSpec, ...]) -> ContainerSpec | None:
        """The container for the parts of merges that name none."""
        name = own_parts_container(self._containers)
        merges = [task.reduce for spec in the_jobs for task in spec.tasks if task.reduce is not None]
        own = next((merge for merge in merges if merge.parts_container == name), None)
        return None if own is None else self._container(name, Node(own.at, {}))

    def _pools(self, document: Node) -> tuple[PoolSpec, ...]:
        """`pool:`, which is called so, or `pools:` by their names."""
        several = self._written.get("pools")
        if several is None:
            return (self._pool("pool", document.get("pool") or Node(document.at, {}), self._written.get("pool")),)
        right = document.get("pools")
        return tuple(
            self._pool(name, (right.get(name) if right is not None else None) or Node(entry.value.at, {}), entry.value)
            for name, entry in several.entries().items()
        )

    def _pool(self, name: str, node: Node, written: Node | None) -> PoolSpec:
        os = pool_os(node)
        reader = replace(self._with_storage, os=os or "linux")
        return pool(name, node, written, reader, self._in_run, os)

    def _variables(self, node: Node | None) -> tuple[tuple[str, Node], ...]:
        """The values of `vars:`; each sees those above it, so none can wait for itself."""
        above: list[str] = []
        for name, entry in node.entries().items() if node is not None else ():
            reader = self._before_run.with_names(
                {"vars": frozenset(above)}, {"vars": "a value of vars sees those above it"}
            )
            reader.tree(entry.value)
            above.append(name)
        return tuple((name, entry.value) for name, entry in node.entries().items()) if node is not None else ()

    def _container(self, name: str, node: Node) -> ContainerSpec:
        existing = _plain(node.get("existing"), default=False) is True
        container = self._in_run.setting(node, "container", _container_name, None)
        if existing and container.node is None:
            at = node.at if node.get("existing") is None else _key_at(node, "existing")
            hint = "set it: `container: name`"
            self._in_run.problem(at, f"the existing container {name} has no name", "missing-key", hint)
        if existing and node.get("retention") is not None:
            message = "retention cannot be used with existing: recipebatch never deletes a container it did not create"
            self._in_run.problem(_key_at(node, "retention"), message, "exclusive-keys", "remove one of them")
        return ContainerSpec(
            name=name,
            at=node.at,
            container=container,
            existing=existing,
            uploads=tuple(self._upload(item) for item in _items(node, "uploads")),
            settings=read_section(node, _CONTAINER, self._in_run),
        )

    def _upload(self, node: Node) -> Section:
        """One upload; a text alone is its source."""
        if not isinstance(node.value, dict):
            node = Node(node.at, {"source": Entry(node.at, node)})
        elif node.get("content") is not None:
            _check_content(node, self._before_run)
        return read_section(node, _UPLOAD, self._before_run)


def purge_rule(node: Node | None) -> PurgeRule:
    """`purge:`, a word or a mapping; what it does not say is `ask`."""
    if node is None or not isinstance(node.value, dict):
        return PurgeRule.of(PurgeWhen(str(_plain(node, PurgeWhen.ASK))))
    words = {part.value: PurgeWhen(str(_plain(node.get(part), PurgeWhen.ASK))) for part in Part}
    return PurgeRule(**words)


def _as_elsewhere(secrets: frozenset[str]) -> dict[str, str]:
    return {} if secrets else {"secrets": "the recipe has no parameter of type secret"}


def _entries(document: Node, key: str) -> list[tuple[str, Entry]]:
    node = document.get(key)
    return list(node.entries().items()) if node is not None else []


def _items(node: Node, key: str) -> tuple[Node, ...]:
    below = node.get(key)
    return () if below is None else below.items()


def _names(document: Node, key: str) -> list[str]:
    return [name for name, _ in _entries(document, key)]


def _secrets(document: Node) -> list[str]:
    return [name for name, entry in _entries(document, "parameters") if _plain(entry.value.get("type"), "") == "secret"]


def _plain(node: Node | None, default: object) -> object:
    return default if node is None or not isinstance(node.value, (str, int, float, bool)) else node.value


def _key_at(node: Node, key: str) -> SourcePosition:
    return node.value[key].key_at if isinstance(node.value, dict) else node.at


def _check_content(node: Node, reader: Reader) -> None:
    if node.get("blob") is None:
        reader.problem(node.at, "content needs blob", "missing-key", "the name of the blob that holds the text")
    for key in ("exclude", "prefix"):
        if key in node.entries():
            message = f"{key} cannot be used with content: content is a single blob"
            reader.problem(node.entries()[key].key_at, message, "exclusive-keys", "remove it")


def _container_name(value: object) -> str:
    text = value_types.some_text(value)
    if text in {"$root", "$logs", "$web"}:
        raise ValueError(f"cannot be {text}: the storage service reserves it")
    try:
        return container_name(text)
    except ValueError as error:
        rule = str(error).partition(": ")[2]
        raise value_types.WrongValueError(
            f"must be a container name, not {value_types.format_value(text)}", code="invalid-id", hint=rule
        ) from None
