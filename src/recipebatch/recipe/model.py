"""Recipe: what a recipe file says, checked, with the position of every value that can still be wrong later.

Names are those of the recipe, which are the REST names in snake_case. A `Setting` may hold expressions; it becomes a
value when `recipebatch.plan` resolves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from recipebatch.errors import SourcePosition
    from recipebatch.recipe.blocks import Tree
    from recipebatch.recipe.images import Image
    from recipebatch.recipe.kinds import Kind
    from recipebatch.recipe.merge import Fragment
    from recipebatch.recipe.pool_model import AutoPoolSpec, AutoScaleSpec, ImageIdSpec, MountSpec
    from recipebatch.recipe.task_model import (
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
    from recipebatch.recipe.yaml_file import Node

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T, D]):
    """One setting as written: a literal, or a text with expressions.

    Attributes:
        name: its key, for errors.
        node: what is written, or None when nothing is.
        kind: judges the value.
        default: the value when nothing is written.
        deferred: whether the value may hold secrets, SAS tokens and container URLs.
    """

    name: str
    node: Node | None
    kind: Kind[T]
    default: D
    deferred: bool = False


Text: TypeAlias = Setting[str, None]
Number: TypeAlias = Setting[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSource:
    """Where the value of a secret is read from; exactly one of the three forms is set."""

    environment_variable: str | None = None
    file: str | None = None
    key_vault_url: str | None = None
    key_vault_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One typed input of a recipe.

    Attributes:
        type: string, integer, number, boolean, list, file or secret.
        items: the type of a list's elements.
        default: a plain value; meaningful only with `has_default`.
        default_at: where it is written.
        source: of a secret, and of nothing else.
    """

    name: str
    at: SourcePosition
    type: str
    items: str | None = None
    description: str | None = None
    has_default: bool = False
    default: object = None
    default_at: SourcePosition | None = None
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[object, ...] | None = None
    pattern: str | None = None
    source: SecretSource | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadSpec:
    """Local files that become blobs.

    Attributes:
        source: a path or pattern relative to the recipe's folder.
        exclude: patterns on the path below the pattern's fixed part.
        prefix: put before every blob's name.
        content: a text in place of files, under the name `blob`.
        blob: in place of the one file's own name.
    """

    at: SourcePosition
    source: Text
    exclude: tuple[Text, ...]
    prefix: Setting[str, str]
    content: Setting[str, None]
    blob: Text
    content_type: Text
    metadata: EnvironmentSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSpec:
    """One entry of `storage:`.

    Attributes:
        container: the name in the storage account; None lets recipebatch choose one for the run.
        existing: the container is there before the run and stays after it.
        identity: the managed identity by which nodes reach it; None lets a SAS do it.
        retention: how long it is kept, from the begin of the run.
        account: the storage account, by its name in `accounts.yaml`; None is the run's own.
    """

    name: str
    at: SourcePosition
    container: Text
    existing: bool
    uploads: tuple[UploadSpec, ...]
    identity: Text
    retention: Setting[timedelta, timedelta | None]
    account: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSpec:
    """What a task runs.

    Attributes:
        shell: `commands:`, run by a shell one after the other; else `command_line:`, started without one.
    """

    at: SourcePosition
    lines: tuple[Node, ...]
    shell: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceFileSpec:
    """One entry of `resource_files:`: the blob of a files loop (`file`), or the settings of one of the other forms.

    Attributes:
        this_file: the short form `file`: the blob of the task's files loop.
    """

    at: SourcePosition
    file: Node | None
    container: str | None
    blob: Text
    blob_prefix: Text
    http_url: Text
    file_path: Text
    file_mode: str | None
    auto_storage_container_name: Text | None = None
    this_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFileSpec:
    """One entry of `output_files:`; `upload_condition` in the words of the wire."""

    at: SourcePosition
    file_pattern: Text
    container: str
    path: Text
    upload_condition: str


EnvironmentSpec: TypeAlias = tuple[tuple[str, Setting[str, str]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIdentitySpec:
    """`user_identity`: an account that Batch makes (`auto_user`), or one of the pool's (`user_name`)."""

    scope: str = "pool"
    elevation_level: str = "nonadmin"
    user_name: Text | None = None


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
class ListDimension:
    """Values written out, or a list by one expression."""

    node: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeDimension:
    """Numbers from `start` to `stop`, both included, by `step`; integers, or decimals exactly."""

    at: SourcePosition
    start: Setting[float, float]
    stop: Setting[float, None]
    step: Setting[float, float]


Dimension: TypeAlias = ListDimension | RangeDimension


@dataclass(frozen=True, slots=True, kw_only=True)
class ForFiles:
    """One task per blob of a container, or per group of blobs.

    Attributes:
        by_folder: one task per folder.
        group_by: a regular expression with named groups; blobs with equal groups are one task.
        local: a pattern of local files, in place of `container`, which is empty then.
    """

    container: str
    container_at: SourcePosition
    prefix: Setting[str, str]
    include: tuple[Text, ...]
    exclude: tuple[Text, ...]
    by_folder: bool = False
    group_by: str | None = None
    local: Text | None = None

    @property
    def groups(self) -> bool:
        """Whether several blobs may be one task."""
        return self.by_folder or self.group_by is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForGrid:
    """One task per item, per combination of the values of named dimensions, or of a zip per position.

    Of combinations the last dimension changes fastest.

    Attributes:
        repeat: how many equal tasks, of kind `repeat`.
        length: of each combination, of kind `combinations`.
        replacement: a value may stand in a combination more than once.
    """

    kind: str
    dimensions: tuple[tuple[str | None, Dimension], ...]
    repeat: Setting[int, None] | None = None
    length: Number | None = None
    replacement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What a random value is drawn from."""

    at: SourcePosition
    kind: str
    arguments: tuple[tuple[str, Setting[float, int]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForRandom:
    """One task per drawn item."""

    at: SourcePosition
    count: Setting[int, None]
    seed: Setting[int, None]
    values: tuple[tuple[str, Distribution], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForRows:
    """One task per row of a table.

    Attributes:
        format: csv, tsv or jsonl; None tells it by the file's suffix.
        types: column → string, integer, number or boolean; columns of CSV and TSV are texts otherwise.
    """

    file: Text
    format: str | None
    types: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForFactory:
    """One task per item that a function of an installed package gives.

    Attributes:
        arguments: a mapping, or None.
    """

    at: SourcePosition
    name: str
    arguments: Node | None


Source: TypeAlias = ForFiles | ForGrid | ForRows | ForRandom | ForFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class ForEach:
    """A task template's loop.

    Attributes:
        exclude: conditions; an item for which one is true gives no task.
        include: conditions; an item for which one is not true gives no task.
        limit: how many items at most; None is no limit.
        shuffle: the seed of their order; None leaves it.
        batch: how many items to one task; None is one that is no list.
    """

    at: SourcePosition
    source: Source
    exclude: tuple[Node, ...]
    include: tuple[Node, ...]
    limit: Setting[int, None]
    shuffle: Setting[int, None]
    batch: Setting[int, None]


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
class CollectSpec:
    """One entry of `collect:`; either `container` or `task_files` is set."""

    at: SourcePosition
    container: str | None
    task_files: tuple[Text, ...]
    include: tuple[Text, ...]
    into: Setting[str, str]


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
