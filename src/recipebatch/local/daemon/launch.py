"""Launches the background service in its own process and returns the result of its start."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite import ensure_azurite_installed
from recipebatch.local.daemon.log_file import open_log
from recipebatch.local.daemon.record import ServiceRecord, read_record
from recipebatch.local.folders import write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.local.folders import Folders

START_SECONDS = 90.0
"""Seconds a starting service may take to become ready; one or two on an idle machine."""

_EXIT_SECONDS = 10.0
"""Seconds to wait for the end of a service that could not start."""

_PRIVATE = re.compile(r"^(AZURE|ARM|AWS|GOOGLE|GITHUB)_|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|_KEY$|_PAT$")
"""Variables not passed to the service: tasks run as the same user and could read them from its environment."""


class ServiceEndedError(LocalAccountError):
    """The service ended before it was ready, without a reason: something killed it."""


def launch(
    paths: Folders,
    *,
    say: Callable[[str], None],
    batch_port: int | None = None,
    blob_port: int | None = None,
    idle_minutes: float | None = None,
    time_scale: float = 1.0,
) -> ServiceRecord:
    """Install what is missing, start the service and wait until it is ready. The caller holds the command lock.

    Raises:
        ServiceEndedError: it was killed while it started.
        LocalAccountError: it cannot be installed or does not start; the message has the reason.
    """
    # In this process, so that the user sees the progress messages.
    ensure_azurite_installed(say=say, cache_folder=paths.cache)
    set_idle_limit(paths, idle_minutes)
    paths.last_use.touch(mode=0o600)
    ports = ["--batch-port", str(batch_port or 0), "--blob-port", str(blob_port or 0)]
    answer = _spawn(paths, [*ports, "--time-scale", str(time_scale)])
    if "ended" in answer:
        raise ServiceEndedError("cannot start the local account: its service ended", hint=f"see {paths.log}")
    if "error" in answer:
        raise LocalAccountError(f"cannot start the local account: {answer['error']}", hint=answer["hint"])
    record = read_record(paths.record)
    if record is None:
        raise ServiceEndedError("the local account ended right after its start", hint=f"see {paths.log}")
    for note in answer["notes"]:
        say(note)
    say(f"started the local account: Batch at {record.batch_endpoint}, blobs at {record.blob_endpoint}")
    return record


def set_idle_limit(paths: Folders, minutes: float | None) -> None:
    """Set the idle minutes after which the service stops, also for a running one; None or 0 means never."""
    write_private(paths.idle_limit, f"{minutes or 0}\n")


def _spawn(paths: Folders, arguments: list[str]) -> dict[str, Any]:
    """Start the service in its own session; returns its start result."""
    reader, writer = os.pipe()
    try:
        log = open_log(paths.log)
        try:
            # -P: a file in the current folder may have the name of an imported library.
            command = [sys.executable, "-P", "-m", "recipebatch.local", *arguments, "--ready", str(writer)]
            subprocess.run(
                command,
                check=False,
                cwd=paths.state,
                env=_without_secrets(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(writer,),
                start_new_session=True,
            )
        finally:
            os.close(log)
            os.close(writer)
        return _read_answer(reader, paths)
    finally:
        os.close(reader)


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not _PRIVATE.search(name.upper())}


def _read_answer(pipe: int, paths: Folders) -> dict[str, Any]:
    """The start result that the service sends; an error if it exits without one."""
    received = b""
    deadline = time.monotonic() + START_SECONDS
    while not received.endswith(b"\n"):
        readable, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        part = os.read(pipe, 65536) if readable else b""
        if not part:
            if readable:
                return {"ended": True}
            return {"error": f"its service was not ready after {START_SECONDS:.0f} s", "hint": f"see {paths.log}"}
        received += part
    answer: dict[str, Any] = json.loads(received)
    if "error" in answer:
        # Nothing more is sent; the pipe is closed when the process has ended.
        select.select([pipe], [], [], _EXIT_SECONDS)
    return answer
