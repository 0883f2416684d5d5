"""Launches the background service as a process of its own, and reports the result of its start."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from recipebatch.errors import LocalAccountError
from recipebatch.local.azurite import installed_azurite
from recipebatch.local.daemon.record import ServiceRecord, read_record
from recipebatch.local.folders import older, write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.local.folders import Folders

START_SECONDS = 90.0
"""The time in which a starting service must answer; it takes one or two seconds on an idle machine."""

_LONGEST_LOG = 1_000_000
"""Bytes; a longer log is renamed at the next start."""

_PRIVATE = re.compile(r"^(AZURE|ARM|AWS|GOOGLE|GITHUB)_|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|_KEY$|_PAT$")
"""Variables of the user that the service has no use for; a task, which runs as the same user, could read them there."""


def launch(
    place: Folders,
    *,
    say: Callable[[str], None],
    batch_port: int | None = None,
    blob_port: int | None = None,
    idle_minutes: float | None = None,
    time_scale: float = 1.0,
) -> ServiceRecord:
    """Install what is missing, start the service, and return when it is ready. The caller holds the lock of the door.

    Raises:
        LocalAccountError: it cannot be installed or does not start; the error says why.
    """
    # In this process, so that the user sees the message that it takes a while.
    installed_azurite(say=say, cache_folder=place.cache)
    set_idle_limit(place, idle_minutes)
    place.last_use.touch(mode=0o600)
    ports = ["--batch-port", str(batch_port or 0), "--blob-port", str(blob_port or 0)]
    answer = _spawn(place, [*ports, "--time-scale", str(time_scale)])
    if "error" in answer:
        raise LocalAccountError(f"cannot start the local account: {answer['error']}", hint=answer["hint"])
    record = read_record(place.record)
    if record is None:
        raise LocalAccountError("the local account ended right after its start", hint=f"see {place.log}")
    for note in answer["notes"]:
        say(note)
    say(f"started the local account: Batch at {record.batch_endpoint}, blobs at {record.blob_endpoint}")
    return record


def set_idle_limit(place: Folders, minutes: float | None) -> None:
    """Set the idle minutes after which the service stops, a running one too; None or 0 for never."""
    write_private(place.idle_limit, f"{minutes or 0}\n")


def _spawn(place: Folders, arguments: list[str]) -> dict[str, Any]:
    """Start the service in a session of its own; returns its answer."""
    with suppress(FileNotFoundError):
        if place.log.stat().st_size > _LONGEST_LOG:
            place.log.replace(older(place.log))
    reader, writer = os.pipe()
    try:
        log = os.open(place.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            # -P: the current folder may hold a file named like one of our libraries.
            command = [sys.executable, "-P", "-m", "recipebatch.local", *arguments, "--ready", str(writer)]
            subprocess.run(
                command,
                check=False,
                cwd=place.state,
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
        return _read_answer(reader, place)
    finally:
        os.close(reader)


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not _PRIVATE.search(name.upper())}


def _read_answer(pipe: int, place: Folders) -> dict[str, Any]:
    """The service's one answer; only a crash leaves it out."""
    received = b""
    deadline = time.monotonic() + START_SECONDS
    while not received.endswith(b"\n"):
        readable, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        part = os.read(pipe, 65536) if readable else b""
        if not part:
            what = "its service ended" if readable else f"its service was not ready after {START_SECONDS:.0f} s"
            return {"error": what, "hint": f"see {place.log}"}
        received += part
    answer: dict[str, Any] = json.loads(received)
    return answer
