"""The environment of tasks: basic variables, AZ_BATCH_* variables, and the settings of job and task.

From the user's environment tasks inherit only network settings: proxy, certificates and package index.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent.files import WORKING_DIRECTORY, start_task_directory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""The PATH of a Debian or Ubuntu machine."""

RESERVED_DISK_BYTES = 1_000_000_000
"""Bytes of AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES. The service's value is unverified."""

_PROXY = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
_PACKAGE_INDEX = (
    *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST"),
    *("PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES", "PIP_CACHE_DIR"),
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_NATIVE_TLS"),
    *("NPM_CONFIG_REGISTRY", "npm_config_registry", "NPM_CONFIG_CAFILE", "npm_config_cafile"),
)
INHERITED = frozenset((*_PROXY, *(name.upper() for name in _PROXY), *_CERTIFICATES, *_PACKAGE_INDEX))
"""Names of the variables that a task inherits from the user who started the emulator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFacts:
    """The node data that tasks get as variables.

    Attributes:
        root: the node's root directory (`AZ_BATCH_NODE_ROOT_DIR`).
        is_dedicated: False for a spot node.
    """

    account_name: str
    account_url: str
    pool_id: str
    node_id: str
    root: Path
    is_dedicated: bool = True


def machine_environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables of all tasks on this machine, computed once when the emulator starts.

    PATH is the standard one plus the directory of the running Python, so that `python3` is found wherever it is
    installed. HOME differs from the user's, so a variable points to pip's user configuration.

    Args:
        inherited: the environment of the user who started the emulator.
    """
    environment = {name: value for name, value in inherited.items() if name in INHERITED}
    if "PIP_CONFIG_FILE" not in environment:
        configuration = _pip_user_configuration(inherited)
        if configuration is not None:
            environment["PIP_CONFIG_FILE"] = str(configuration)
    if any(environment.get(name) for name in (*_PROXY[:-1], *(name.upper() for name in _PROXY[:-1]))):
        # A proxy cannot reach this machine's own loopback, and the local blob service is there.
        for name in ("no_proxy", "NO_PROXY"):
            beside = environment.get(name) or inherited.get("no_proxy") or inherited.get("NO_PROXY")
            environment[name] = ",".join(filter(None, (beside, "localhost,127.0.0.1,::1")))
    environment["LANG"] = "C.UTF-8"
    environment["PATH"] = search_path(python_directory(sys.base_prefix))
    return environment


def search_path(python: str | None) -> str:
    """The standard PATH with the directory of Python at its end, if it is not in it."""
    return STANDARD_PATH if python is None or python in STANDARD_PATH.split(":") else f"{STANDARD_PATH}:{python}"


def python_directory(prefix: str) -> str | None:
    """Where the Python installed at `prefix` has its `python3`, or None when there is none."""
    directory = Path(prefix, "bin")
    return str(directory) if (directory / "python3").exists() else None


def start_task_environment(
    machine: Mapping[str, str], node: NodeFacts, *, settings: Iterable[tuple[str, str]] = ()
) -> dict[str, str]:
    """The environment of a node's start task: no job, no task id. Pure.

    Args:
        machine: the result of `machine_environment`.
        node: the node it runs on.
        settings: the start task's `environmentSettings`; they take precedence.
    """
    return {**machine, **_node_variables(node, start_task_directory(node.root)), **dict(settings)}


def task_environment(
    machine: Mapping[str, str],
    node: NodeFacts,
    *,
    job_id: str,
    task_id: str,
    directory: Path,
    preparation_directory: Path | None = None,
    common: Iterable[tuple[str, str]] = (),
    settings: Iterable[tuple[str, str]] = (),
) -> dict[str, str]:
    """The environment of a task, a job preparation task or a job release task. Pure.

    Args:
        machine: the result of `machine_environment`.
        node: the node it runs on.
        job_id: the job's id, also for a job of a job schedule.
        task_id: the task's id; for preparation and release tasks the id in their settings.
        directory: the task's directory on that node.
        preparation_directory: that of the job's preparation task; None if the job has none, and for that task itself.
        common: the job's `commonEnvironmentSettings`.
        settings: the task's `environmentSettings`; they override `common`, and both override the service's variables.

    Source: "Azure Batch runtime environment variables".
    """
    environment = {**machine, **_node_variables(node, directory)}
    environment["AZ_BATCH_JOB_ID"] = job_id
    environment["AZ_BATCH_TASK_ID"] = task_id
    if preparation_directory is not None:
        environment["AZ_BATCH_JOB_PREP_DIR"] = str(preparation_directory)
        environment["AZ_BATCH_JOB_PREP_WORKING_DIR"] = str(preparation_directory / WORKING_DIRECTORY)
    environment.update(common)
    environment.update(settings)
    return environment


def _node_variables(node: NodeFacts, directory: Path) -> dict[str, str]:
    root, task = str(node.root), str(directory)
    working = f"{task}/{WORKING_DIRECTORY}"
    return {
        "HOME": working,
        "AZ_BATCH_ACCOUNT_NAME": node.account_name,
        "AZ_BATCH_ACCOUNT_URL": node.account_url,
        "AZ_BATCH_POOL_ID": node.pool_id,
        "AZ_BATCH_NODE_ID": node.node_id,
        "AZ_BATCH_NODE_IS_DEDICATED": "true" if node.is_dedicated else "false",
        "AZ_BATCH_NODE_ROOT_DIR": root,
        "AZ_BATCH_NODE_SHARED_DIR": f"{root}/shared",
        "AZ_BATCH_NODE_STARTUP_DIR": f"{root}/startup",
        "AZ_BATCH_NODE_MOUNTS_DIR": f"{root}/fsmounts",
        "AZ_BATCH_TASK_DIR": task,
        "AZ_BATCH_TASK_WORKING_DIR": working,
        "AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES": str(RESERVED_DISK_BYTES),
    }


def _pip_user_configuration(inherited: Mapping[str, str]) -> Path | None:
    """The user's configuration file of pip, by pip's own search order."""
    if not inherited.get("HOME"):
        return None
    home = Path(inherited["HOME"])
    candidates = (
        Path(inherited.get("XDG_CONFIG_HOME") or home / ".config", "pip", "pip.conf"),
        home / "Library" / "Application Support" / "pip" / "pip.conf",
        home / ".pip" / "pip.conf",
    )
    return next((path for path in candidates if path.is_file()), None)
