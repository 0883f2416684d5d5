"""Recipe: what a recipe file says, checked, with the position of every value that can still be wrong later.

Names are those of the recipe, which are the REST names in snake_case. A `Setting` may hold expressions; it becomes a
value when `recipebatch.plan` resolves it. What is only passed on to the service is a `Section`, read by the table in
`recipebatch.properties`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from recipebatch.errors import Problem
    from recipebatch.properties.purge import PurgeRule
    from recipebatch.recipe.model.fragment import Fragment
    from recipebatch.recipe.model.job import JobSpec
    from recipebatch.recipe.model.parameters import Parameter
    from recipebatch.recipe.model.pool import PoolSpec
    from recipebatch.recipe.model.setting import Section, Setting
    from recipebatch.recipe.model.storage import ContainerSpec
    from recipebatch.recipe.model.task import TaskSpec
    from recipebatch.recipe.nodes import Node
    from recipebatch.vocabulary.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A checked recipe.

    Attributes:
        text: the file as read.
        file: its name as the user gave it.
        folder: where relative sources are looked for.
        source: where it comes from: the path of the file with all links followed, or `builtin:NAME`.
        fragments: the files that it extends and includes.
        digest: SHA-256 (hex) of what the recipe says; comments, layout and `x-` keys do not matter.
        digest_but_sizes: the same without the target nodes of pools.
        variables: `vars:`, in the order of the file.
        parts: the container of its own for what the lower levels of merges write; None where the recipe needs none.
        collect: sections of `properties.Collect`.
        watch_timeout: how long the run is followed.
        expect: a section of `properties.Expect`, for all tasks; None without one.
        max_cost: the most that the run may cost.
        without_price: what `max_cost` means where a price is unknown: `refuse` or `continue`.
        unknown_images: the images of pools that are no aliases; no plan is made of the recipe with them.
    """

    text: str
    file: str
    folder: Path
    source: str
    fragments: tuple[Fragment, ...]
    name: str
    version: str | None
    description: str | None
    digest: str
    digest_but_sizes: str
    parameters: tuple[Parameter, ...]
    variables: tuple[tuple[str, Node], ...]
    storage: tuple[ContainerSpec, ...]
    pools: tuple[PoolSpec, ...]
    jobs: tuple[JobSpec, ...]
    tasks: tuple[TaskSpec, ...]
    collect: tuple[Section, ...]
    purge: PurgeRule
    watch_timeout: Setting[timedelta, timedelta | None]
    expect: Section | None
    max_cost: Setting[Money, None]
    without_price: Setting[str, str]
    parts: ContainerSpec | None = None
    unknown_images: tuple[Problem, ...] = ()

    @property
    def containers(self) -> tuple[ContainerSpec, ...]:
        """All containers of a run: those that the recipe names, and one for the parts of merges."""
        return self.storage if self.parts is None else (*self.storage, self.parts)

    def folder_of(self, file: str) -> Path:
        """Where the relative paths start that are written in a file of this recipe, named as positions name it."""
        return next((fragment.folder for fragment in self.fragments if fragment.display_name == file), self.folder)

    def mentions(self, text: str) -> bool:
        """Whether one of its files contains a text."""
        return text in self.text or any(text in fragment.text for fragment in self.fragments)

    @property
    def pool(self) -> PoolSpec:
        """The one pool."""
        return self.pools[0]

    @property
    def job(self) -> JobSpec:
        """The one job."""
        return self.jobs[0]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of that name, or None."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)

    def container(self, name: str) -> ContainerSpec | None:
        """The logical container of that name, or None."""
        return next((container for container in self.storage if container.name == name), None)
