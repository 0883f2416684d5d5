from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recipebatch.emulator.node_agent import run

# `node` comes from this folder's conftest.py; its class is not importable from there.
Node = Any


def test_a_task_that_ends_with_0_succeeds(node: Node) -> None:
    before = datetime.now(UTC)
    end = node.run("echo hello")
    assert end.exit_code == 0
    assert end.failure is None
    assert not end.pre_processing_error
    assert not end.file_upload_error
    assert before <= end.start_time <= end.end_time <= datetime.now(UTC)
    assert (node.stdout(), node.stderr()) == ("hello\n", "")


def test_both_outputs_are_files_of_the_task_directory(node: Node) -> None:
    node.run("/bin/sh -c 'pwd; echo bad >&2'")
    assert node.stdout() == f"{node.working}\n"
    assert node.stderr() == "bad\n"


def test_another_exit_code_is_a_failure(node: Node) -> None:
    end = node.run("/bin/sh -c 'exit 7'")
    assert end.exit_code == 7
    assert end.failure.to_json() == {
        "category": "UserError",
        "code": "FailureExitCode",
        "message": "The task exited with an exit code representing a failure",
        "details": [
            {"name": "Message", "value": "The task process exited with an unexpected exit code"},
            {"name": "AdditionalErrorCode", "value": "FailureExitCode"},
        ],
    }
    assert not end.pre_processing_error


def test_a_program_that_does_not_exist_has_no_exit_code(node: Node) -> None:
    end = node.run('cmd /c "echo hello"')
    assert end.exit_code is None
    assert end.pre_processing_error
    assert end.failure.to_json() == {
        "category": "UserError",
        "code": "CommandProgramNotFound",
        "message": "The specified command program is not found",
        "details": [{"name": "Message", "value": "The system cannot find the file specified"}],
    }


def test_a_program_is_looked_up_on_the_path_of_the_task(node: Node, tmp_path: Path) -> None:
    program = tmp_path / "my-own-program"
    program.write_text("#!/bin/sh\necho found\n", encoding="utf-8")
    program.chmod(0o755)
    assert node.run("my-own-program").failure.code == "CommandProgramNotFound"
    assert node.run("my-own-program", environment={"PATH": f"{tmp_path}:/bin"}).failure is None
    assert node.stdout() == "found\n"


def test_a_program_of_the_working_directory_is_named_by_its_path(node: Node) -> None:
    node.run('/bin/sh -c \'echo "#!/bin/sh" > own && echo "echo mine" >> own && chmod +x own\'')
    assert node.run("./own").failure is None
    assert node.stdout() == "mine\n"


@pytest.mark.parametrize("command_line", ["echo 'not closed", "   ", "/etc", "echo a\0b"])
def test_a_command_that_cannot_be_started_is_a_failure(node: Node, command_line: str) -> None:
    end = node.run(command_line)
    assert end.exit_code is None
    assert end.failure.code == "CommandLaunchFailed"


def test_a_task_sees_its_environment_and_nothing_else(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_KEY", "secret")
    node.run("env", environment={"MINE": "ü 1"})
    assert dict(line.split("=", 1) for line in node.stdout().splitlines()) == node.environment | {"MINE": "ü 1"}


def test_the_output_of_an_earlier_try_is_gone_but_its_files_are_there(node: Node) -> None:
    node.run("/bin/sh -c 'echo a long first line; touch kept; exit 1'")
    assert node.run("ls").exit_code == 0
    assert node.stdout() == "kept\n"


def test_a_cancelled_task_leaves_nothing_behind(node: Node) -> None:
    async def cancel_it() -> int:
        started: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        task = node.task("/bin/sh -c 'sleep 600 & echo $!; wait'")
        running = asyncio.create_task(run(task, on_started=lambda _, process: started.set_result(process)))
        process = await started
        while not node.stdout():  # noqa: ASYNC110  # only the file says that the child is there
            await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        return process

    wait_until_gone(asyncio.run(cancel_it()))
    wait_until_gone(int(node.stdout()))


def test_the_callback_gets_the_given_start_time_and_the_process(node: Node) -> None:
    seen: list[tuple[datetime, int]] = []
    given = datetime(2026, 1, 1, tzinfo=UTC)
    task = node.task("/bin/sh -c 'echo $$'")
    end = asyncio.run(run(task, start_time=given, on_started=lambda *what: seen.append(what)))
    assert seen == [(given, int(node.stdout()))]
    assert end.start_time == given


def test_a_task_directory_that_cannot_be_made_is_a_failure(node: Node) -> None:
    node.directory.parent.mkdir(parents=True)
    node.directory.touch()
    end = node.run("true")
    assert end.failure.code == "ResourceDirectoryCreateFailed"
    assert end.pre_processing_error


def test_two_hundred_tasks_at_once(node: Node) -> None:
    async def all_of_them() -> list[int | None]:
        tasks = [node.task(f"/bin/sh -c 'exit {number % 2}'") for number in range(200)]
        return [end.exit_code for end in await asyncio.gather(*map(run, tasks))]

    assert asyncio.run(all_of_them()) == [0, 1] * 100


def wait_until_gone(process: int) -> None:
    """Wait until a killed process has ended or is a zombie that its new parent has not reaped."""
    with suppress(FileNotFoundError, ProcessLookupError):
        while Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0] != "Z":
            os.sched_yield()
