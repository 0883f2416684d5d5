"""Recipe: what a recipe file says, checked, with the position of every value that can still be wrong later.

Names are those of the recipe, which are the REST names in snake_case. A `Setting` may hold expressions; it becomes a
value when `recipebatch.plan` resolves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.model.fragment import Fragment
    from recipebatch.recipe.model.loops import ForEach
    from recipebatch.recipe.model.parameters import Parameter
    from recipebatch.recipe.model.pool import AutoPoolSpec, AutoScaleSpec, ImageIdSpec, MountSpec
    from recipebatch.recipe.model.setting import (
        CommandSpec,
        EnvironmentSpec,
        Number,
        Setting,
        Text,
        Tree,
        UserIdentitySpec,
    )
    from recipebatch.recipe.model.storage import CollectSpec, ContainerSpec, OutputFileSpec, ResourceFileSpec
    from recipebatch.recipe.model.task import (
        AfterSpec,
        ContainerSettingsSpec,
        DependencySpec,
        ExitConditionsSpec,
        JobTaskSpec,
        ManagerSpec,
        MultiInstanceSpec,
        PackageSpec,
        PreparationSpec,
        ReduceSpec,
        RegistrySpec,
        RetrySpec,
        ScheduleSpec,
    )
    from recipebatch.recipe.nodes import Node
    from recipebatch.vocabulary.images import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTaskSpec:
    """`pool.start_task`."""

    at: SourcePosition
    command: CommandSpec
    resource_files: tuple[ResourceFileSpec, ...]
    environment_settings: EnvironmentSpec
    user_identity: UserIdentitySpec
    max_task_retry_count: Number
    wait_for_success: bool
    container_settings: ContainerSettingsSpec | None = None
    raw: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerConfigurationSpec:
    """`pool.container_configuration`: what makes nodes run container tasks."""

    image_names: tuple[Text, ...]
    registries: tuple[RegistrySpec, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSpec:
    """The `pool:` section.

    Attributes:
        image: the image, or None for an existing pool, or when `image_alias` is an expression.
        image_alias: the alias as written.
        os: as written, or as the image tells; None while an expression decides.
        vm_size: those to try, in their order.
        task_slots_per_node: tasks at once on one node; 1 up to the smaller of 4 x cores and 256.
        resize_timeout: how long the service may take to allocate nodes; not below 5 minutes.
        image_id: a custom or gallery image, in place of `image`.
        settings, machine: properties of the pool and of its `virtualMachineConfiguration` by their REST names.
    """

    logical: str
    at: SourcePosition
    existing: Text
    id: Text
    display_name: Text
    image: Image | None
    image_alias: Text
    os: str | None
    vm_size: tuple[Text, ...]
    target_dedicated_nodes: Number
    target_low_priority_nodes: Number
    task_slots_per_node: Number
    resize_timeout: Setting[timedelta, timedelta | None]
    start_task: StartTaskSpec | None
    metadata: EnvironmentSpec
    node_fill_type: str | None
    job_default_order: str | None
    enable_inter_node_communication: bool
    container_configuration: ContainerConfigurationSpec | None
    auto_scale: AutoScaleSpec | None
    min_ready_nodes: Setting[int, None]
    provisioning_timeout: Setting[timedelta, timedelta | None]
    image_id: ImageIdSpec | None
    settings: dict[str, Tree]
    machine: dict[str, Tree]
    mounts: tuple[MountSpec, ...]
    application_package_references: tuple[PackageSpec, ...]
    raw: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """The `job:` section, or one entry of `jobs:`; every setting has a default, so a recipe may leave it out.

    Attributes:
        logical: `job`, or its name in `jobs:`.
        pool: the name of its pool in the recipe.
        after: the jobs that must have ended before this one is expanded.
        on_task_failure: `noaction` or `performexitoptionsjobaction`.
        on_all_tasks_complete: `noaction` or `terminatejob`.
    """

    logical: str
    at: SourcePosition
    id: Text
    display_name: Text
    priority: Number
    max_wall_clock_time: Setting[timedelta, timedelta | None]
    max_task_retry_count: Number
    max_parallel_tasks: Number
    common_environment_settings: EnvironmentSpec
    metadata: EnvironmentSpec
    pool: str = "pool"
    auto_pool: AutoPoolSpec | None = None
    after: tuple[AfterSpec, ...] = ()
    tasks: tuple[TaskSpec, ...] = ()
    allow_task_preemption: bool = False
    on_task_failure: str = "noaction"
    on_all_tasks_complete: str = "terminatejob"
    job_preparation_task: PreparationSpec | None = None
    job_release_task: JobTaskSpec | None = None
    job_manager_task: ManagerSpec | None = None
    schedule: ScheduleSpec | None = None
    raw: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One task template.

    Attributes:
        ids: `auto`, `named` or `numeric`.
        keep_logs: the container that gets every task's stdout and stderr.
        raw: properties of the request that the language does not know.
    """

    name: str
    at: SourcePosition
    for_each: ForEach | None
    id: Text
    display_name: Text
    command: CommandSpec
    resource_files: tuple[ResourceFileSpec, ...]
    output_files: tuple[OutputFileSpec, ...]
    environment_settings: EnvironmentSpec
    max_wall_clock_time: Setting[timedelta, timedelta | None]
    max_task_retry_count: Setting[int, None]
    retention_time: Setting[timedelta, timedelta | None]
    required_slots: Number
    user_identity: UserIdentitySpec
    when: Setting[bool, bool] | None = None
    ids: str = "auto"
    depends_on: tuple[DependencySpec, ...] = ()
    exit_conditions: ExitConditionsSpec | None = None
    reduce: ReduceSpec | None = None
    multi_instance_settings: MultiInstanceSpec | None = None
    container_settings: ContainerSettingsSpec | None = None
    keep_logs: str | None = None
    application_package_references: tuple[PackageSpec, ...] = ()
    retry: RetrySpec | None = None
    raw: Node | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A checked recipe.

    Attributes:
        text: the file as read.
        file: its name as the user gave it.
        folder: where relative sources are looked for.
        fragments: the files that it extends and includes.
        digest: SHA-256 (hex) of what the recipe says; comments, layout and `x-` keys do not matter.
        variables: `vars:`, in the order of the file.
        watch_timeout: how long the run is followed.
    """

    text: str
    file: str
    folder: Path
    fragments: tuple[Fragment, ...]
    name: str
    version: str | None
    description: str | None
    digest: str
    parameters: tuple[Parameter, ...]
    variables: tuple[tuple[str, Node], ...]
    storage: tuple[ContainerSpec, ...]
    pools: tuple[PoolSpec, ...]
    jobs: tuple[JobSpec, ...]
    tasks: tuple[TaskSpec, ...]
    collect: tuple[CollectSpec, ...]
    purge: str
    watch_timeout: Setting[timedelta, timedelta | None]

    def folder_of(self, file: str) -> Path:
        """Where the relative paths start that are written in a file of this recipe, named as positions name it."""
        return next((fragment.folder for fragment in self.fragments if fragment.shown == file), self.folder)

    def mentions(self, text: str) -> bool:
        """Whether a text stands in one of its files."""
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
