"""Task templates → PlannedTask: ids, commands, files and limits of every task."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from recipebatch.errors import InvalidRecipeError, Problem, SourcePosition
from recipebatch.plan import naming
from recipebatch.plan.model import (
    PlannedOutputFile,
    PlannedResourceFile,
    PlannedTask,
    TaskConstraints,
    UserIdentity,
)
from recipebatch.plan.names import File, Members
from recipebatch.plan.quoting import command_line_of
from recipebatch.plan.ready import now, ready, ready_command, ready_file
from recipebatch.plan.task_factory import task_names
from recipebatch.vocabulary.ids import TaskId, task_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.recipe.local_inputs import LocalInputs
    from recipebatch.recipe.model import (
        CommandSpec,
        EnvironmentSpec,
        OutputFileSpec,
        Recipe,
        ResourceFileSpec,
        TaskSpec,
    )

    Names = Mapping[str, object]

_DYNAMIC = frozenset(("item", "file", "index", "task"))
_MAX_PROBLEMS = 10
_SHELL_ONLY = re.compile(r"\$[A-Za-z_{(]|&&|\|\||[|<>;`]|%[A-Za-z_]+%")
_SHELLS = frozenset(
    (
        "sh",
        "bash",
        "dash",
        "zsh",
        "ksh",
        "ash",
        "busybox",
        "cmd",
        "cmd.exe",
        "powershell",
        "powershell.exe",
        "pwsh",
        "pwsh.exe",
        "env",
    )
)


class PlannedTasks:
    """The tasks of one job.

    Attributes:
        warnings: found on the way; each begins with its position.
    """

    def __init__(
        self,
        recipe: Recipe,
        names: Mapping[str, object],
        os: str,
        default_retries: int,
        inputs: LocalInputs,
        listings: Mapping[str, tuple[str, ...]] | None,
    ) -> None:
        self.warnings: list[str] = []
        self._recipe = recipe
        self._names = dict(names)
        self._os = os
        self._default_retries = default_retries
        self._inputs = inputs
        self._listings = listings
        self._problems: list[Problem] = []
        self._taken: dict[str, str] = {}

    def all(self) -> tuple[PlannedTask, ...] | None:
        """Every task, in the order of templates and items; None when one template's are unknown before submission.

        Raises:
            InvalidRecipeError: with the first problems of every template.
        """
        tasks: list[PlannedTask] = []
        unknown = False
        for spec in self._recipe.tasks:
            try:
                found = self._template(spec)
            except InvalidRecipeError as error:
                self._problems.extend(error.problems)
                continue
            if found is None:
                unknown = True
            else:
                tasks.extend(found)
        if self._problems:
            raise InvalidRecipeError(
                tuple(sorted(set(self._problems), key=lambda problem: (problem.at, problem.message)))
            )
        return None if unknown else tuple(tasks)

    def _template(self, spec: TaskSpec) -> list[PlannedTask] | None:
        self._warn_without_shell(spec.command)
        per_task = task_names(spec, self._recipe, self._names, self._inputs, self._listings)
        if per_task is None:
            return None
        static = self._names
        make_id = ready(spec.id, static, _DYNAMIC)
        make = _task_maker(spec, static, self._os, self._default_retries)
        tasks: list[PlannedTask] = []
        problems = 0
        for dynamic in per_task:
            names = {**static, **dynamic}
            try:
                identity = self._id(spec, make_id(names), dynamic, len(per_task))
                names["task"] = Members("task", {"id": str(identity), "template": spec.name})
                tasks.append(make(identity, names))
            except InvalidRecipeError as error:
                described = _described(dynamic)
                self._problems.extend(
                    Problem(problem.at, problem.message + described, problem.code, problem.hint)
                    for problem in error.problems
                )
                problems += 1
                if problems >= _MAX_PROBLEMS:
                    break
        return tasks

    def _id(self, spec: TaskSpec, written: str | None, dynamic: Mapping[str, object], count: int) -> TaskId:
        """The task's id, checked to be the only one of its kind; Batch tells ids apart without regard to case."""
        default = spec.name if spec.for_each is None else naming.task_id(spec.name, _index(dynamic), count)
        text = written or default
        at = spec.id.node.at if spec.id.node is not None else spec.at
        where = f"the task template {spec.name}{_described(dynamic)}"
        other = self._taken.setdefault(text.casefold(), where)
        if other is not where:
            hint = "add ${{ index }} or more of the item to `id`" if spec.for_each is not None else "give it another id"
            _fail(at, f"the id {text} is already taken by {other}", "duplicate-id", hint)
        try:
            return task_id(text)
        except ValueError as error:
            _fail_from(at, str(error), "invalid-id")

    def _warn_without_shell(self, command: CommandSpec) -> None:
        if command.shell:
            return
        for line in command.lines:
            text = re.sub(r"\$?\$\{\{.*?\}\}|'[^']*'", "", str(line.value), flags=re.DOTALL)
            words = text.split()
            program = re.split(r"[/\\]", words[0].strip("\"'"))[-1].lower() if words else ""
            found = _SHELL_ONLY.search(text)
            if found is not None and program not in _SHELLS:
                self.warnings.append(
                    f"{line.at}: command_line is not run by a shell, so {found[0]} means nothing there; use `commands`"
                )


def environment(settings: EnvironmentSpec, names: Names) -> tuple[tuple[str, str], ...]:
    """Name and value pairs that no loop changes."""
    return tuple((name, now(setting, names)) for name, setting in settings)


def resource_file(
    spec: ResourceFileSpec, static: Names, dynamic: frozenset[str]
) -> Callable[[Names], PlannedResourceFile]:
    """A function from the names of one task to one of its resource files."""
    if spec.file is not None:
        return _looped_file(spec, ready_file(spec.file))
    blob = ready(spec.blob, static, dynamic)
    prefix = ready(spec.blob_prefix, static, dynamic)
    url = ready(spec.http_url, static, dynamic)
    path = ready(spec.file_path, static, dynamic)

    def make(names: Names) -> PlannedResourceFile:
        one = blob(names)
        address = url(names)
        file_path = path(names)
        if file_path is None and (one is not None or address is not None):
            file_path = _base_name(spec.at, one if one is not None else re.split(r"[?#]", address or "")[0])
        return PlannedResourceFile(
            container=spec.container,
            blob=one,
            blob_prefix=prefix(names) or None,
            http_url=address,
            file_path=file_path,
            file_mode=spec.file_mode,
        )

    return make


def _looped_file(spec: ResourceFileSpec, value: Callable[[Names], object]) -> Callable[[Names], PlannedResourceFile]:
    def make(names: Names) -> PlannedResourceFile:
        file = value(names)
        if not isinstance(file, File):
            _fail(spec.at, "a resource file by expression is ${{ file }} alone", "resource-file-form")
        return PlannedResourceFile(
            container=file.container, blob=file.path, file_path=_base_name(spec.at, file.path), file_mode=spec.file_mode
        )

    return make


def _base_name(at: SourcePosition, path: str) -> str:
    name = path.rpartition("/")[2]
    if name in {"", ".", ".."}:
        _fail(at, f"{path!r} gives no file name", "resource-file-form", "say `file_path`")
    return name


def _output_file(spec: OutputFileSpec, static: Names) -> Callable[[Names], PlannedOutputFile]:
    pattern = ready(spec.file_pattern, static, _DYNAMIC)
    path = ready(spec.path, static, _DYNAMIC)
    return lambda names: PlannedOutputFile(
        file_pattern=pattern(names) or "",
        container=spec.container,
        path=path(names),
        upload_condition=spec.upload_condition,
    )


def _command(spec: CommandSpec, os: str, static: Names) -> Callable[[Names], str]:
    lines = [ready_command(line, os, static, _DYNAMIC, shell=spec.shell) for line in spec.lines]
    if spec.shell:
        return lambda names: command_line_of([line(names) for line in lines], os)
    return lines[0]


def _task_maker(spec: TaskSpec, static: Names, os: str, default_retries: int) -> Callable[[TaskId, Names], PlannedTask]:
    """A function from id and names to the task, with everything evaluated that is equal for all."""
    command = _command(spec.command, os, static)
    resource_files = [resource_file(file, static, _DYNAMIC) for file in spec.resource_files]
    output_files = [_output_file(file, static) for file in spec.output_files]
    settings = [(name, ready(setting, static, _DYNAMIC)) for name, setting in spec.environment_settings]
    wall_clock = ready(spec.max_wall_clock_time, static, _DYNAMIC)
    retries = ready(spec.max_task_retry_count, static, _DYNAMIC)
    retention = ready(spec.retention_time, static, _DYNAMIC)
    slots = ready(spec.required_slots, static, _DYNAMIC)
    shown_name = ready(spec.display_name, static, _DYNAMIC)
    identity = UserIdentity(scope=spec.user_identity.scope, elevation_level=spec.user_identity.elevation_level)

    def make(task: TaskId, names: Names) -> PlannedTask:
        count = retries(names)
        return PlannedTask(
            id=task,
            template=spec.name,
            command_line=command(names),
            resource_files=tuple(file(names) for file in resource_files),
            output_files=tuple(file(names) for file in output_files),
            environment_settings=tuple((name, value(names)) for name, value in settings),
            constraints=TaskConstraints(
                max_wall_clock_time=wall_clock(names),
                max_task_retry_count=default_retries if count is None else count,
                retention_time=retention(names),
            ),
            required_slots=slots(names),
            user_identity=identity,
            display_name=shown_name(names),
        )

    return make


def _index(dynamic: Mapping[str, object]) -> int:
    index = dynamic.get("index", 0)
    return index if isinstance(index, int) else 0


def _described(dynamic: Mapping[str, object]) -> str:
    """Which item a task is of, for errors."""
    if "file" in dynamic and isinstance(dynamic["file"], File):
        return f" (file {dynamic['file'].path!r})"
    if "item" in dynamic:
        shown = repr(dynamic["item"])
        return f" (item {shown if len(shown) <= 80 else shown[:77] + '...'})"  # noqa: PLR2004
    return ""


def _fail(at: SourcePosition, message: str, code: str, hint: str | None = None) -> NoReturn:
    raise InvalidRecipeError((Problem(at, message, code, hint),))


def _fail_from(at: SourcePosition, message: str, code: str) -> NoReturn:
    raise InvalidRecipeError((Problem(at, message, code),)) from None
