"""One attempt of one task: directory, downloads, process, uploads."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from recipebatch.emulator.node_agent import failures, process
from recipebatch.emulator.node_agent.files import WORKING_DIRECTORY, make_task_directory, output_files, resource_files
from recipebatch.emulator.node_agent.http_client import Stop
from recipebatch.emulator.node_agent.model import TaskEnd
from recipebatch.emulator.node_agent.threads import StalledError, in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from recipebatch.emulator.node_agent.model import Failure, TaskRun


async def run(
    task: TaskRun,
    *,
    start_time: datetime | None = None,
    on_started: Callable[[datetime, int], None] | None = None,
    coordinate: Callable[[], Awaitable[tuple[int | None, Failure | None]]] | None = None,
) -> TaskEnd:
    """Run one attempt of a task to its end: directory, downloads, process, uploads.

    Failures of the task are in the result; an exception other than cancellation is a bug. The process has
    its own session and process group, and all of that group has been killed when this returns. Files of an earlier
    attempt stay in the working directory; stdout.txt and stderr.txt are replaced.

    Args:
        task: what to run.
        start_time: the start time to report, in UTC; None is the time of the call.
        coordinate: runs after the downloads and before the process, which then appends to its output; returns an exit
            code and a failure, and with a failure the process is not started.
        on_started: called with the start time and the process id as soon as the process runs.

    Raises:
        CancelledError: the caller was cancelled; the process and its group have ended, nothing was uploaded.
    """
    began = start_time or datetime.now(UTC)
    limit = task.max_wall_clock_time
    deadline = None if limit is None else asyncio.get_running_loop().time() + limit.total_seconds()
    exit_code, upload_failure = None, None
    failure = await _prepare(task, deadline)
    if failure is None and coordinate is not None:
        exit_code, failure = await _coordinate(coordinate, deadline)
    if failure is None:
        started = None if on_started is None else partial(on_started, began)
        exit_code, failure = await _execute(task, deadline, started, append=coordinate is not None)
    # Without a process there is no outcome for an upload condition.
    if task.output_files and exit_code is not None:
        upload_failure = await _upload(task, succeeded=failure is None)
    return TaskEnd(
        start_time=began,
        end_time=datetime.now(UTC),
        exit_code=exit_code,
        failure=failure or upload_failure,
        pre_processing_error=exit_code is None,
        file_upload_error=upload_failure is not None,
    )


async def _prepare(task: TaskRun, deadline: float | None) -> Failure | None:
    """Make the directories and download the resource files; None when the process can start."""
    try:
        working = make_task_directory(task.directory)
    except OSError as error:
        return failures.no_directory(error)
    if not task.resource_files:
        return None
    stop = Stop()
    try:
        async with asyncio.timeout_at(deadline):
            await in_thread(partial(resource_files.download, task.resource_files, working, stop), stop=stop)
    except resource_files.DownloadError as error:
        return error.failure
    except StalledError as error:
        return failures.download_stalled(error)
    except TimeoutError:
        return failures.out_of_time()
    return None


async def _coordinate(
    coordinate: Callable[[], Awaitable[tuple[int | None, Failure | None]]], deadline: float | None
) -> tuple[int | None, Failure | None]:
    try:
        async with asyncio.timeout_at(deadline):
            return await coordinate()
    except TimeoutError:
        return None, failures.out_of_time()


async def _execute(
    task: TaskRun, deadline: float | None, on_started: Callable[[int], None] | None, *, append: bool
) -> tuple[int | None, Failure | None]:
    """The exit code, if a process ran, and why it counts as a failure."""
    working = task.directory / WORKING_DIRECTORY
    try:
        arguments = process.split_command_line(task.command_line)
        started = process.start(
            arguments, environment=task.environment, directory=task.directory, working=working, append=append
        )
    except FileNotFoundError:
        return None, failures.program_not_found()
    except (OSError, ValueError) as error:
        return None, failures.not_launched(task.command_line, error)
    try:
        if on_started is not None:
            on_started(started.pid)
    finally:
        # Also if the callback raises, so that the process is not left running.
        end = await process.finish(started, task.directory, deadline=deadline)
    if end.out_of_time:
        return end.exit_code, failures.out_of_time()
    return end.exit_code, failures.exit_code_not_zero() if end.exit_code else None


async def _upload(task: TaskRun, *, succeeded: bool) -> Failure | None:
    stop = Stop()
    try:
        return await in_thread(partial(output_files.upload, task, stop, succeeded=succeeded), stop=stop)
    except StalledError as error:
        return failures.upload_stalled(error)
