"""TaskSpec: one task template, with its dependencies, retries and merging."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.loops import ForEach
    from recipebatch.recipe.model.setting import CommandSpec, Number, Section, Setting, Text
    from recipebatch.recipe.model.storage import OutputFileSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class DependencySpec:
    """One entry of `depends_on:`; exactly one of `template`, `task_ids` and `ranges` is set.

    Attributes:
        same_item: only the tasks of `template` with the same item.
    """

    at: SourcePosition
    template: str | None = None
    same_item: bool = False
    task_ids: tuple[Text, ...] = ()
    ranges: tuple[tuple[Number, Number], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReduceSpec:
    """`reduce:`: a tree of tasks that merges what the tasks of another template wrote.

    Attributes:
        output: the `file_pattern` of the output file that is merged; None where there is only one.
        fan_in: results that one task merges at most; at least 2.
        on_failed: `block` or `satisfy`.
        parts_container: for what the lower levels write; by default one of its own, `Recipe.parts`.
    """

    at: SourcePosition
    over: str
    output: str | None
    fan_in: Number
    on_failed: str
    parts_container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One task template.

    Attributes:
        ids: `auto`, `named` or `numeric`.
        keep_logs: the container that gets every task's stdout and stderr.
        settings: what is passed on, a section of `properties.TASK`.
        retry: a section of `properties.RetryRule`.
        expect: a section of `properties.Expect`.
    """

    name: str
    at: SourcePosition
    for_each: ForEach | None
    id: Text
    settings: Section
    when: Setting[bool, bool] | None = None
    ids: str = "auto"
    depends_on: tuple[DependencySpec, ...] = ()
    reduce: ReduceSpec | None = None
    keep_logs: str | None = None
    retry: Section | None = None
    expect: Section | None = None

    @property
    def command(self) -> CommandSpec:
        """What its tasks run."""
        command: CommandSpec = self.settings["command_line"]
        return command

    @property
    def output_files(self) -> tuple[OutputFileSpec, ...]:
        """What its tasks leave behind."""
        files: tuple[OutputFileSpec, ...] = self.settings["output_files"]
        return files


def exit_actions(conditions: Section, name: str) -> tuple[str, ...]:
    """The actions of one kind, `job_action` or `dependency_action`, that exit conditions have."""
    listed = (*conditions["exit_codes"], *conditions["exit_code_ranges"])
    named = (conditions["pre_processing_error"], conditions["file_upload_error"], conditions["default"])
    options = (*(each["exit_options"] for each in listed), *(each for each in named if each is not None))
    return tuple(each[name].literal() for each in options if each[name].literal() is not None)
