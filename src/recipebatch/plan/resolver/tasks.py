"""Task templates → PlannedTask: ids, commands, files and limits of every task."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from recipebatch.errors import InvalidRecipeError, ProblemList, UnknownValueError, fail_at
from recipebatch.plan import resource_names
from recipebatch.plan.dependencies import (
    Expanded,
    Merging,
    default_ids,
    merged_output,
    same_blobs,
    task_cycles,
    tree,
    waits,
)
from recipebatch.plan.expressions import (
    UNKNOWN,
    Constant,
    Namespace,
    budget_is_spent,
    compile_setting,
    evaluate,
    if_known,
    separate_task_bytes,
)
from recipebatch.plan.loops import UNKNOWN_ITEM, ItemProblems, first_numbers, item_name, loop_variables, of_item
from recipebatch.plan.model import PlannedTask
from recipebatch.plan.resolver.pool_requirements import check_pool, check_task
from recipebatch.plan.resolver.task_sizes import TaskSizes
from recipebatch.plan.sections import Place, bind_fields, evaluate_section
from recipebatch.properties.files import OutputFile
from recipebatch.properties.task import ExitConditions, ExitOptions, RetryRule
from recipebatch.recipe import template, without_effect
from recipebatch.recipe.model import ForFiles, exit_actions
from recipebatch.vocabulary.causes import Cause
from recipebatch.vocabulary.ids import TaskId, task_id

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recipebatch.inputs import LocalInputs
    from recipebatch.plan.dependencies import Merge
    from recipebatch.plan.model import PlannedDependencies
    from recipebatch.plan.resolver.pools import PoolPlan
    from recipebatch.recipe.model import (
        CommandSpec,
        JobSpec,
        Recipe,
        ReduceSpec,
        TaskSpec,
    )

    Scope = Mapping[str, object]
    _Make = Callable[[TaskId, Scope, PlannedDependencies | None], PlannedTask]

_DYNAMIC = frozenset(("item", "items", "file", "files", "group", "index", "task", "inputs", "level"))


class PlannedTasks:
    """The tasks of one job.

    Attributes:
        warnings: found on the way; each begins with its position.
        uses_task_dependencies: whether the job must say that tasks wait for each other.
    """

    def __init__(
        self,
        recipe: Recipe,
        job: JobSpec,
        scope: Mapping[str, object],
        pool: PoolPlan,
        default_retries: int,
        inputs: LocalInputs,
        listings: Mapping[str, tuple[str, ...]] | None,
    ) -> None:
        self.warnings: list[str] = []
        self._recipe = recipe
        self._names = dict(scope)
        self._pool, self._limits = pool.pool, pool.limits
        self._default_retries = default_retries
        self._inputs = inputs
        self._listings = listings
        self._late = bool(job.after)
        self._problems = ProblemList()
        self._of_items = ItemProblems()
        self._taken: dict[str, tuple[str, Mapping[str, object]]] = {}
        active = {spec.name: spec.when is None or evaluate(spec.when, scope) for spec in job.tasks}
        # Of a template whose `when` is UNKNOWN nothing is checked: it may have no tasks.
        self._uncertain = frozenset(name for name, when in active.items() if when is UNKNOWN)
        self._specs = [spec for spec in job.tasks if active[spec.name] is True]
        self._left_out = frozenset(name for name, when in active.items() if when is False)
        self._expanded: dict[str, Expanded] = {}
        self._merges: dict[str, list[Merge]] = {}
        self._planned: dict[str, list[PlannedTask | None]] = {}
        if job.tasks and len(self._left_out) == len(job.tasks) and job.job_manager_task is None:
            fail_at(job.tasks[0].at, "no task template is active: `when` is false for all of them", "empty-job")
        self.uses_task_dependencies = any(
            spec.depends_on
            or spec.reduce is not None
            or (
                spec.settings["exit_conditions"] is not None
                and exit_actions(spec.settings["exit_conditions"], "dependency_action")
            )
            for spec in self._specs
        )

    def all(self) -> tuple[PlannedTask, ...] | None:
        """Every task, in the order of templates and items; None when one template's are unknown before submission.

        Raises:
            InvalidRecipeError: with the first problems of every template.
        """
        unknown = bool(self._uncertain)
        for spec in self._in_order():
            self._warn_without_shell(spec.command)
            try:
                unknown = not self._expand(spec) or unknown
            except InvalidRecipeError as error:
                self._problems.extend(error.problems)
        known = self._expanded
        self._make_ids()
        for spec in self._in_order():
            if self._can_be_planned(spec):
                try:
                    self._planned[spec.name] = self._template(spec, known[spec.name])
                except InvalidRecipeError as error:
                    self._problems.extend(error.problems)
        self._problems += self._of_items.all()
        tasks = [task for spec in self._specs for task in self._planned.get(spec.name, ()) if task is not None]
        if not self._problems:
            self._problems += same_blobs(self._specs, tasks)
            self._problems += task_cycles(self._specs, tasks, known, complete=not unknown)
        if self._problems:
            raise InvalidRecipeError(
                tuple(sorted(set(self._problems), key=lambda problem: (problem.at, problem.message)))
            )
        return None if unknown else tuple(tasks)

    def _make_ids(self) -> None:
        known = self._expanded
        numbers, reasons = first_numbers(self._specs, {name: len(found.dynamic) for name, found in known.items()})
        if self._uncertain or any(found.is_sample for found in known.values()):
            numbers = dict.fromkeys(numbers, UNKNOWN)
        self.warnings += reasons
        for spec in self._specs:
            if spec.name in known:
                known[spec.name].ids = self._ids(spec, known[spec.name], numbers.get(spec.name))

    def _can_be_planned(self, spec: TaskSpec) -> bool:
        """All that the template refers to is known."""
        referenced = {entry.template for entry in spec.depends_on} - {None} - self._left_out - self._uncertain
        return spec.name in self._expanded and all(name in self._expanded for name in referenced)

    def _in_order(self) -> list[TaskSpec]:
        """The templates, each with `reduce` after the one it reduces."""
        found: dict[str, TaskSpec] = {}
        by_name = {spec.name: spec for spec in self._specs}

        def add(spec: TaskSpec) -> None:
            if spec.reduce is not None and spec.reduce.over in by_name and spec.reduce.over not in found:
                add(by_name[spec.reduce.over])
            found[spec.name] = spec

        for spec in self._specs:
            if spec.name not in found:
                add(spec)
        return list(found.values())

    def _expand(self, spec: TaskSpec) -> bool:
        """Find out what the tasks of a template loop over; False when that is unknown before submission."""
        if spec.reduce is not None:
            return self._expand_reduce(spec, spec.reduce)
        loop = spec.for_each
        over_blobs = loop is not None and isinstance(loop.source, ForFiles) and loop.source.local is None
        if self._late and self._listings is None and over_blobs:
            return False
        try:
            per_task = loop_variables(
                spec,
                self._recipe,
                self._names,
                self._inputs,
                self._listings,
                lambda first: self._probe(spec, first),
                warnings=self.warnings,
            )
        except UnknownValueError:
            return self._expand_to_sample(spec)
        if per_task is None:
            return False
        self._expanded[spec.name] = Expanded(spec, per_task)
        return True

    def _expand_to_sample(self, spec: TaskSpec) -> bool:
        self._expanded[spec.name] = Expanded(spec, [UNKNOWN_ITEM], is_sample=True)
        return False

    def _probe(self, spec: TaskSpec, first: Sequence[Mapping[str, object]]) -> None:
        """Refuse a great many tasks that are too large together, before memory is spent on the names of all of them."""
        make, sizes = self._maker(spec), TaskSizes(spec)
        with separate_task_bytes():
            for dynamic in first:
                task = Namespace("task", {"id": spec.name, "template": spec.name})
                try:
                    sizes.add(make(TaskId(spec.name), {**self._names, **dynamic, "task": task}, None))
                except InvalidRecipeError:
                    if budget_is_spent():
                        raise
                    break  # it is reported with the others of its kind
                if sizes.are_small:
                    break

    def _maker(self, spec: TaskSpec) -> _Make:
        """What makes the tasks of a template."""
        merged_with_failures = {
            name
            for other in self._specs
            if other.reduce is not None and other.reduce.on_failed == "satisfy"
            for name in (other.name, other.reduce.over)
        }
        continues = spec.name in merged_with_failures
        return _task_maker(spec, self._names, self._pool.os, self._default_retries, continue_on_failure=continues)

    def _expand_reduce(self, spec: TaskSpec, reduce: ReduceSpec) -> bool:
        if reduce.over in self._left_out:
            message = f"the task template {reduce.over} is disabled by `when`: there is nothing to merge"
            fail_at(reduce.at, message, "empty-reduce", "give both templates the same `when`")
        if reduce.over not in self._expanded:
            return False
        over = self._expanded[reduce.over]
        merges = if_known(lambda: tree(len(over.dynamic), evaluate(reduce.fan_in, self._names)))
        self._merges[spec.name] = merges
        if over.is_sample or merges is UNKNOWN:
            return self._expand_to_sample(spec)
        dynamic = [{"level": merge.level, "index": merge.index} for merge in merges]
        self._expanded[spec.name] = Expanded(spec, dynamic)
        return True

    def _ids(self, spec: TaskSpec, found: Expanded, first_number: int | None) -> list[str | None]:
        make_id = compile_setting(spec.id, self._names, _DYNAMIC)
        merges = self._merges.get(spec.name, [])
        defaults = default_ids(spec.name, merges) if merges and not found.is_sample else [UNKNOWN]
        ids: list[str | None] = []
        for number, dynamic in enumerate(found.dynamic):
            try:
                written = make_id({**self._names, **dynamic}) if spec.id.node is not None else None
                if first_number is not None:
                    written = if_known(partial(_sum_text, first_number, number))
                elif written is None and (spec.reduce is not None or found.is_sample):
                    written = defaults[number]
                unknown = written is UNKNOWN
                ids.append(UNKNOWN if unknown else self._id(spec, written, dynamic, len(found.dynamic)))
            except InvalidRecipeError as error:
                ids.append(None)
                if not self._of_items.add(spec.name, dynamic, error):
                    break
        return ids + [None] * (len(found.dynamic) - len(ids))

    def _template(self, spec: TaskSpec, found: Expanded) -> list[PlannedTask | None]:
        static = self._names
        check_pool(spec, self._pool)
        make = self._maker(spec)
        left_out = self._left_out | self._uncertain
        wait = if_known(lambda: waits(found, self._expanded, left_out, static, _DYNAMIC))
        merging = self._merging(spec, spec.reduce) if spec.reduce is not None else None
        if found.is_sample:
            static, merging = {**static, **UNKNOWN_ITEM, "inputs": UNKNOWN}, None
        sizes = TaskSizes(spec)
        tasks: list[PlannedTask | None] = []
        for number, (identity, dynamic) in enumerate(zip(found.ids, found.dynamic, strict=True)):
            tasks.append(None)
            if identity is None:
                continue
            scope = {**static, **dynamic}
            scope["task"] = Namespace("task", {"id": identity, "template": spec.name})
            try:
                if merging is not None:
                    scope["inputs"] = if_known(partial(merging.inputs, number, tasks))
                task = make(TaskId(identity), scope, if_known(partial(wait, number, scope)))
                check_task(spec, task, self._pool, self._limits)
                tasks[number] = task if merging is None else merging.finished(number, task, tasks)
                sizes.add(task)
            except InvalidRecipeError as error:
                if not self._of_items.add(spec.name, dynamic, error):
                    break
        return tasks

    def _merging(self, spec: TaskSpec, reduce: ReduceSpec) -> Merging:
        over = self._expanded[reduce.over].spec
        return Merging(
            reduce,
            self._merges[spec.name],
            self._planned.get(reduce.over, []),
            merged_output(over, reduce.at, reduce.output),
            merged_output(spec, spec.at),
        )

    def _id(self, spec: TaskSpec, written: str | None, dynamic: Mapping[str, object], count: int) -> TaskId:
        """The task's id, checked to be the only one of its kind; Batch ids are case-insensitive."""
        default = spec.name if spec.for_each is None else resource_names.task_id(spec.name, _index(dynamic), count)
        text = written or default
        at = spec.id.node.at if spec.id.node is not None else spec.at
        other, whose = self._taken.setdefault(text.casefold(), (spec.name, dynamic))
        if whose is not dynamic:
            hint = "add ${{ index }} or more of the item to `id`" if spec.for_each is not None else "give it another id"
            fail_at(
                at, f"the id {text} is already used by the task template {other}{of_item(whose)}", "duplicate-id", hint
            )
        try:
            return task_id(text)
        except ValueError as error:
            fail_at(at, str(error), "invalid-id")

    def _warn_without_shell(self, command: CommandSpec) -> None:
        if command.shell is not None:
            return
        for line in command.lines:
            text = "".join(piece for piece in template(str(line.value)) if isinstance(piece, str))
            found = without_effect(text, windows=self._pool.os == "windows")
            if found is not None:
                self.warnings.append(
                    f"{line.at}: {found} has no effect in command_line, which runs without a shell; use `commands`"
                )


def _task_maker(spec: TaskSpec, static: Scope, os: str, default_retries: int, *, continue_on_failure: bool) -> _Make:
    """A function from id, names and dependencies to the task, with everything evaluated that is equal for all.

    `continue_on_failure`: a merge continues without the task when it failed.
    """
    settings, constraints = spec.settings, spec.settings["constraints"]
    count = constraints["max_task_retry_count"]
    if count.node is None:
        constraints = constraints.replaced(max_task_retry_count=replace(count, default=default_retries))
        settings = settings.replaced(constraints=constraints)
    place = Place(static, _DYNAMIC, os)
    fields = bind_fields(settings, place)
    fixed = {name: field.value for name, field in fields.items() if isinstance(field, Constant)}
    varying = [(name, field) for name, field in fields.items() if name not in fixed]
    again = _retry(spec, static)
    expected = None if spec.expect is None else bind_fields(spec.expect, place)["task"]

    def make(task: TaskId, scope: Scope, depends_on: PlannedDependencies | None) -> PlannedTask:
        values: dict[str, Any] = {**fixed, **{name: field(scope) for name, field in varying}}
        if spec.keep_logs is not None:
            values["output_files"] = (*values["output_files"], _logs(spec.keep_logs, task))
        if continue_on_failure:
            values["exit_conditions"] = _with_satisfied_default(values["exit_conditions"])
        if expected is not None:
            values["expected"] = expected(scope)
        item = item_name(scope)
        return PlannedTask(id=task, template=spec.name, depends_on=depends_on, retry=again, item=item, **values)

    return make


def _with_satisfied_default(conditions: ExitConditions | None) -> ExitConditions:
    """Exit conditions by which what depends on the task runs, however it ends, unless they say otherwise."""
    conditions = conditions or ExitConditions()
    default = conditions.default or ExitOptions()
    satisfied = replace(default, dependency_action=default.dependency_action or "satisfy")
    return replace(conditions, default=satisfied)


def _logs(container: str, task_id: str) -> OutputFile:
    """The upload of stdout.txt and stderr.txt, however the task ends."""
    return OutputFile(file_pattern="../std*.txt", container=container, path=task_id, upload_condition="taskcompletion")


def _retry(spec: TaskSpec, scope: Scope) -> RetryRule | None:
    """When recipebatch tries a task again; codes alone mean the cause `exit_code`."""
    rule: RetryRule | None = evaluate_section(spec.retry, Place(scope))
    if rule is UNKNOWN or rule is None or not rule.exit_codes:
        return rule
    return replace(rule, causes=tuple(dict.fromkeys((*rule.causes, Cause.EXIT_CODE.value))))


def _sum_text(first: int, second: int) -> str:
    return str(first + second)


def _index(dynamic: Mapping[str, object]) -> int:
    index = dynamic.get("index", 0)
    return index if isinstance(index, int) else 0
