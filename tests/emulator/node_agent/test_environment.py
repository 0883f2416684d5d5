from __future__ import annotations

import shutil
from pathlib import Path

from recipebatch.emulator.node_agent.environment import (
    STANDARD_PATH,
    NodeFacts,
    machine_environment,
    python_directory,
    search_path,
    start_task_environment,
    task_environment,
)

NODE = NodeFacts(
    account_name="local", account_url="http://127.0.0.1:9000", pool_id="pool", node_id="node", root=Path("/n")
)


def test_nothing_of_the_user_reaches_a_task() -> None:
    user = {"AZURE_STORAGE_KEY": "k", "HOME": "/home/me", "PYTHONPATH": "/x", "LD_PRELOAD": "/x", "VIRTUAL_ENV": "/v"}
    assert machine_environment(user).keys() == {"LANG", "PATH"}


def test_what_the_network_of_the_machine_needs_reaches_a_task() -> None:
    needed = {
        "http_proxy": "http://p:1",
        "HTTPS_PROXY": "http://p:1",
        "SSL_CERT_FILE": "/ca.pem",
        "REQUESTS_CA_BUNDLE": "/ca.pem",
        "PIP_INDEX_URL": "http://i/simple",
        "PIP_CONFIG_FILE": "/pip.conf",
    }
    assert machine_environment(needed).items() >= needed.items()


def test_a_proxy_is_not_used_for_this_machine_itself() -> None:
    seen = machine_environment({"https_proxy": "http://p:1", "no_proxy": "a.example"})
    assert seen["no_proxy"] == seen["NO_PROXY"] == "a.example,localhost,127.0.0.1,::1"
    assert machine_environment({"HTTP_PROXY": "http://p:1"})["no_proxy"] == "localhost,127.0.0.1,::1"
    assert "no_proxy" not in machine_environment({})


def test_the_users_pip_configuration_stays_reachable(tmp_path: Path) -> None:
    configuration = tmp_path / ".config" / "pip" / "pip.conf"
    configuration.parent.mkdir(parents=True)
    configuration.touch()
    assert machine_environment({"HOME": str(tmp_path)})["PIP_CONFIG_FILE"] == str(configuration)


def test_without_a_pip_configuration_none_is_named(tmp_path: Path) -> None:
    assert "PIP_CONFIG_FILE" not in machine_environment({"HOME": str(tmp_path)})


def test_python3_is_found_by_a_task() -> None:
    assert shutil.which("python3", path=machine_environment({})["PATH"]) is not None


def test_python_comes_last_on_the_path_and_not_twice(tmp_path: Path) -> None:
    assert search_path("/opt/python/bin") == STANDARD_PATH + ":/opt/python/bin"
    assert search_path("/usr/bin") == STANDARD_PATH
    assert search_path(None) == STANDARD_PATH
    assert python_directory(str(tmp_path)) is None


def test_a_task_sees_the_variables_of_the_service() -> None:
    directory = Path("/n/workitems/job/job-1/task")
    seen = task_environment({}, NODE, job_id="job", task_id="task", directory=directory)
    assert seen == {
        "HOME": "/n/workitems/job/job-1/task/wd",
        "AZ_BATCH_ACCOUNT_NAME": "local",
        "AZ_BATCH_ACCOUNT_URL": "http://127.0.0.1:9000",
        "AZ_BATCH_POOL_ID": "pool",
        "AZ_BATCH_NODE_ID": "node",
        "AZ_BATCH_NODE_IS_DEDICATED": "true",
        "AZ_BATCH_NODE_ROOT_DIR": "/n",
        "AZ_BATCH_NODE_SHARED_DIR": "/n/shared",
        "AZ_BATCH_NODE_STARTUP_DIR": "/n/startup",
        "AZ_BATCH_NODE_MOUNTS_DIR": "/n/fsmounts",
        "AZ_BATCH_TASK_DIR": "/n/workitems/job/job-1/task",
        "AZ_BATCH_TASK_WORKING_DIR": "/n/workitems/job/job-1/task/wd",
        "AZ_BATCH_TASK_RESERVED_EPHEMERAL_DISK_SPACE_BYTES": "1000000000",
        "AZ_BATCH_JOB_ID": "job",
        "AZ_BATCH_TASK_ID": "task",
    }


def test_a_start_task_has_no_job_and_no_task_id() -> None:
    seen = start_task_environment({"LANG": "C"}, NODE, settings=[("A", "1")])
    assert seen["AZ_BATCH_TASK_DIR"] == seen["AZ_BATCH_NODE_STARTUP_DIR"] == "/n/startup"
    assert seen["A"] == "1"
    assert seen["LANG"] == "C"
    assert not seen.keys() & {"AZ_BATCH_JOB_ID", "AZ_BATCH_TASK_ID", "AZ_BATCH_JOB_PREP_DIR"}


def test_a_task_gets_the_directory_of_its_jobs_preparation_task() -> None:
    seen = task_environment(
        {}, NODE, job_id="j", task_id="t", directory=Path("/n/t"), preparation_directory=Path("/n/p")
    )
    assert seen["AZ_BATCH_JOB_PREP_DIR"] == "/n/p"
    assert seen["AZ_BATCH_JOB_PREP_WORKING_DIR"] == "/n/p/wd"


def test_the_tasks_settings_win_over_the_jobs_and_these_over_the_machines() -> None:
    seen = task_environment(
        {"A": "machine", "B": "machine", "C": "machine"},
        NODE,
        job_id="j",
        task_id="t",
        directory=Path("/n/t"),
        common=[("A", "job"), ("B", "job")],
        settings=[("A", "task")],
    )
    assert (seen["A"], seen["B"], seen["C"]) == ("task", "job", "machine")
