"""Plan, PlannedPool, PlannedJob, PlannedTask: what one run will ask of the services, no default left to decide.

Names of Batch properties are the REST names in snake_case; durations are `timedelta`; a duration of None means the
service's "no limit". Texts of environment settings may hold deferred values (`recipebatch.plan.deferred`): secrets
and SAS tokens that exist only in the moment of the request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import timedelta
    from pathlib import Path

    from recipebatch.plan.task_model import (
        PlannedAfter,
        PlannedContainerSettings,
        PlannedDependencies,
        PlannedExitConditions,
        PlannedJobTask,
        PlannedManager,
        PlannedMultiInstance,
        PlannedPreparation,
        PlannedRegistry,
        PlannedRetry,
        PlannedSchedule,
    )
    from recipebatch.vocabulary.ids import ContainerName, JobId, PoolId, TaskId


class PurgeWhen(StrEnum):
    """When a run's resources are removed: `purge:` in the recipe."""

    ALWAYS = "always"
    ON_SUCCESS = "on_success"
    NEVER = "never"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedUpload:
    """One local file, or a text, that becomes one blob.

    Attributes:
        blob: the blob's name in its container; `/` separates folders.
        source: absolute path of the file; None for a text.
        size: bytes when the plan was made.
        content: the text.
        content_type, metadata: of the blob; None and nothing leave them to the service.
    """

    blob: str
    source: Path | None
    size: int
    content: str = ""
    content_type: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContainer:
    """One blob container of the run.

    Attributes:
        logical: the name in the recipe.
        name: the name in the storage account.
        existing: the run uses it but did not make it: it is neither created nor purged.
        identity: the managed identity by which nodes reach it; None lets a SAS do it.
        retention: how long it is kept, from the begin of the run.
        account: the storage account, by its name in `accounts.yaml`; None is the run's own.
    """

    logical: str
    name: ContainerName
    existing: bool
    uploads: tuple[PlannedUpload, ...]
    identity: str | None = None
    retention: timedelta | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """A marketplace image, `imageReference` of the REST API, or another by its id.

    Attributes:
        id_kind: the REST name of its id: `virtualMachineImageId`, `sharedGalleryImageId` or `communityGalleryImageId`;
            None for a marketplace image.
    """

    publisher: str = ""
    offer: str = ""
    sku: str = ""
    version: str = "latest"
    id_kind: str | None = None
    id: str = ""

    def __str__(self) -> str:
        if self.id_kind is not None:
            return self.id
        return f"{self.publisher}/{self.offer}/{self.sku}/{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedResourceFile:
    """A file or the files of a container, downloaded to the node before the command runs.

    Exactly one of these forms: `container` and `blob` (one file); `container` alone or with `blob_prefix`
    (all blobs whose names begin so); `http_url` (anything reachable by HTTP); `auto_storage_container_name` (a
    container of the storage account that is linked to the Batch account, alone or with `blob_prefix`).

    Attributes:
        container: logical name of the container.
        file_path: the file's path below the working directory; for a whole container, the directory to use.
        file_mode: octal text such as `0755`, or None for the service's default (0770).
    """

    container: str | None = None
    blob: str | None = None
    blob_prefix: str | None = None
    http_url: str | None = None
    file_path: str | None = None
    file_mode: str | None = None
    auto_storage_container_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOutputFile:
    """Files uploaded from the node after the command.

    Attributes:
        file_pattern: relative to the working directory; `*`, `**` and `?` match.
        container: logical name of the container they go to.
        path: blob name, or the folder when `file_pattern` has a wildcard; None is the container's root.
        upload_condition: `taskcompletion`, `tasksuccess` or `taskfailure`.
    """

    file_pattern: str
    container: str
    path: str | None
    upload_condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserIdentity:
    """`userIdentity`: scope `pool` or `task` and elevation_level `nonadmin` or `admin`, or one of the pool's users."""

    scope: str = "pool"
    elevation_level: str = "nonadmin"
    user_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConstraints:
    """Limits of one task.

    Attributes:
        max_wall_clock_time: of one try, downloads included; None is no limit.
        max_task_retry_count: retries, not runs: 3 lets a task run four times; -1 is no limit.
        retention_time: how long its files stay on the node; None is the service's 7 days.
    """

    max_wall_clock_time: timedelta | None = None
    max_task_retry_count: int = 0
    retention_time: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStartTask:
    """What every node runs when it joins the pool."""

    command_line: str
    resource_files: tuple[PlannedResourceFile, ...]
    environment_settings: tuple[tuple[str, str], ...]
    user_identity: UserIdentity
    max_task_retry_count: int
    wait_for_success: bool
    container_settings: PlannedContainerSettings | None = None
    raw: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedContainers:
    """What makes the nodes of a pool run container tasks; passwords of registries may be deferred values."""

    image_names: tuple[str, ...]
    registries: tuple[PlannedRegistry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAutoScale:
    """The formula that decides the number of nodes.

    Attributes:
        evaluation_interval: None is the service's 15 minutes.
        scenario: the one it was made from, or None.
    """

    formula: str
    evaluation_interval: timedelta | None
    scenario: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedMount:
    """A file system that every node has below `$AZ_BATCH_NODE_MOUNTS_DIR`.

    Attributes:
        container: logical name of the container that is mounted; None for the other kinds.
        identity: of the node, that opens the container; None lets a SAS do it.
        other: the whole entry by REST names where `container` is None; may hold deferred values.
    """

    container: str | None
    relative_mount_path: str
    blobfuse_options: str | None
    read_only: bool
    identity: str | None
    other: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAutoPool:
    """The service makes the pool with its job, or with the schedule.

    Attributes:
        pool_lifetime_option: `job` or `jobschedule`.
        keep_alive: the pool stays when its life is over.
    """

    auto_pool_id_prefix: str
    pool_lifetime_option: str
    keep_alive: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPool:
    """One pool of the run.

    Attributes:
        logical: the name in the recipe; `pool` when the recipe has just one.
        existing: the run uses it but did not make it: it is neither created nor purged.
        image: None only for an existing pool.
        os: `linux` or `windows`; decides how commands are quoted.
        task_slots_per_node: tasks at once on one node; 1 up to the smaller of 4 x cores and 256.
        resize_timeout: how long the service may take to allocate nodes; not below 5 minutes.
        job_default_order: `none` or `creationtime`: of jobs with equal priority.
        min_ready_nodes: so many ready nodes are enough to go on; None is all of them, or none with `auto_scale`.
        provisioning_timeout: how long they are waited for; None is `resize_timeout` and half an hour.
        node_agent_sku_id: of an image by id; None looks it up from the service.
        vm_sizes: those to try when the service cannot allocate `vm_size`, which is the first of them.
        properties: more of the request by REST names; may hold deferred values.
        auto: jobs make it for themselves (`auto_pool`): it is neither provisioned nor purged by its id.
        endless: a schedule without an end uses it, so that it does not empty itself when the run's time is over.
    """

    logical: str
    id: PoolId
    existing: bool
    os: str
    image: ImageReference | None
    vm_size: str
    target_dedicated_nodes: int
    target_low_priority_nodes: int
    task_slots_per_node: int
    resize_timeout: timedelta
    start_task: PlannedStartTask | None
    display_name: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    node_fill_type: str | None = None
    job_default_order: str | None = None
    enable_inter_node_communication: bool = False
    container_configuration: PlannedContainers | None = None
    auto_scale: PlannedAutoScale | None = None
    min_ready_nodes: int | None = None
    provisioning_timeout: timedelta | None = None
    node_agent_sku_id: str | None = None
    vm_sizes: tuple[str, ...] = ()
    properties: dict[str, Any] = field(default_factory=dict)
    mounts: tuple[PlannedMount, ...] = ()
    application_package_references: tuple[tuple[str, str | None], ...] = ()
    auto: bool = False
    endless: bool = False
    raw: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTask:
    """One task, ready to be asked for.

    Attributes:
        template: the `name` of the task template it comes from.
        command_line: complete, quoted for the pool's operating system; holds no deferred value.
        application_package_references: (application, version or None for its default).
        raw: properties of the request that the language does not know.
    """

    id: TaskId
    template: str
    command_line: str
    resource_files: tuple[PlannedResourceFile, ...] = ()
    output_files: tuple[PlannedOutputFile, ...] = ()
    environment_settings: tuple[tuple[str, str], ...] = ()
    constraints: TaskConstraints = TaskConstraints()
    required_slots: int = 1
    user_identity: UserIdentity = UserIdentity()
    display_name: str | None = None
    depends_on: PlannedDependencies | None = None
    exit_conditions: PlannedExitConditions | None = None
    multi_instance_settings: PlannedMultiInstance | None = None
    container_settings: PlannedContainerSettings | None = None
    application_package_references: tuple[tuple[str, str | None], ...] = ()
    retry: PlannedRetry | None = None
    raw: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJob:
    """One job of the run with its tasks.

    Attributes:
        tasks: None when they depend on blobs that are only known at submission (an existing container, or what
            an earlier job writes).
        after: the jobs that must have ended before this one is expanded.
        on_task_failure: `noaction` or `performexitoptionsjobaction`.
        on_all_tasks_complete: `noaction` or `terminatejob`, once all tasks were added.
        raw: properties of the request that the language does not know.
        retry_of: the name of the job whose failed tasks this one tries again; None for a job of the recipe.
        superseded: ids of tasks that were tried again in a later job, which counts instead.
        max_wall_clock_time: of the whole job from its creation; a job that goes on for ever has no place in a run.
        max_parallel_tasks: running tasks at once; -1 is no limit.
    """

    logical: str
    id: JobId
    pool: str
    priority: int
    max_wall_clock_time: timedelta
    max_task_retry_count: int
    max_parallel_tasks: int
    common_environment_settings: tuple[tuple[str, str], ...]
    tasks: tuple[PlannedTask, ...] | None
    display_name: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()
    after: tuple[PlannedAfter, ...] = ()
    uses_task_dependencies: bool = False
    allow_task_preemption: bool = False
    on_task_failure: str = "noaction"
    on_all_tasks_complete: str = "terminatejob"
    job_preparation_task: PlannedPreparation | None = None
    job_release_task: PlannedJobTask | None = None
    job_manager_task: PlannedManager | None = None
    schedule: PlannedSchedule | None = None
    auto_pool: PlannedAutoPool | None = None
    retry_of: str | None = None
    superseded: frozenset[str] = frozenset()
    raw: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCollect:
    """One entry of `collect:`. Either `container` (blobs) or `task_files` (files of every task) is set.

    Attributes:
        container: logical name of the container whose blobs are downloaded.
        task_files: names of task files such as `stdout.txt`, each stored below `into/<task id>/`.
        include: patterns on the blob name; empty means all.
        into: where they go: as the recipe says it, relative to the folder of the recipe's user (not of the recipe).
    """

    container: str | None
    task_files: tuple[str, ...]
    include: tuple[str, ...]
    into: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that one run will ask of the services.

    Attributes:
        watch_timeout: how long `watch` follows the job before it gives up; None is no limit.
        run_limit: the longest the run may last; SAS tokens given to nodes live as long, and so do the nodes of pools.
        warnings: things worth a look that stop nothing.
    """

    run_id: str
    recipe_name: str
    recipe_version: str | None
    containers: tuple[PlannedContainer, ...]
    pools: tuple[PlannedPool, ...]
    jobs: tuple[PlannedJob, ...]
    collect: tuple[PlannedCollect, ...]
    purge: PurgeWhen
    watch_timeout: timedelta | None
    run_limit: timedelta
    warnings: tuple[str, ...] = ()

    def container(self, logical: str) -> PlannedContainer:
        """The container with that name in the recipe; KeyError if there is none (the plan was checked)."""
        for container in self.containers:
            if container.logical == logical:
                return container
        raise KeyError(logical)

    def pool(self, logical: str) -> PlannedPool:
        """The pool with that name in the recipe; KeyError if there is none (the plan was checked)."""
        for pool in self.pools:
            if pool.logical == logical:
                return pool
        raise KeyError(logical)
