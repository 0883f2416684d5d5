from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from processes import command_lines, environment_of

from recipebatch import local

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("state")


COMMAND = """
import sys
from recipebatch import local
if sys.argv[1] == "use":
    account = local.ensure_running(say=lambda line: print("said:", line), idle_minutes=5)
    print("at", account.batch_endpoint, account.blob_endpoint)
else:
    local.stop(say=lambda line: print("said:", line))
"""


def command(what: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", COMMAND, what], stdout=subprocess.PIPE, text=True)


def test_only_the_user_can_read_the_state_and_no_key_is_where_others_see_it(state: Path) -> None:
    account = local.ensure_running(say=print)
    assert state.stat().st_mode & 0o777 == 0o700
    files = {path.name: path.stat().st_mode & 0o777 for path in state.iterdir() if path.is_file()}
    assert {"service.json", "batch.key", "storage.key", "service.log"} <= set(files)
    assert set(files.values()) == {0o600}
    listed = command_lines(*local.status().pids.values())
    assert "recipebatch.local" in listed
    seen = listed + "".join(path.read_text() for path in state.glob("*.json")) + (state / "service.log").read_text()
    assert account.batch_key.reveal() not in seen
    assert account.storage_key.reveal() not in seen


def test_the_service_does_not_carry_the_users_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "hush-1")
    monkeypatch.setenv("MY_TOKEN", "hush-2")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    pid = local.start(say=print).pids["service"]
    carried = environment_of(pid)
    assert "HTTPS_PROXY" in carried
    assert "hush" not in carried


def test_commands_that_start_it_at_once_share_one() -> None:
    started = [command("use") for _ in range(4)]
    said = [process.communicate()[0] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0]
    assert sum(text.count("started the local account") for text in said) == 1
    assert len({re.findall(r"^at .*$", text, re.MULTILINE)[0] for text in said}) == 1
