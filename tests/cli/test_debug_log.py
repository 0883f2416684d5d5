"""The log of --debug: private, without secrets."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from recipebatch.cli.debug_log import DebugLog, open_debug_log
from recipebatch.errors import OutputError, ServiceError
from recipebatch.report import Request
from recipebatch.text.secret import Secret

if TYPE_CHECKING:
    from pathlib import Path


def test_the_log_has_the_command_its_requests_and_its_error_and_no_secret(tmp_path: Path) -> None:
    secret = Secret("correct horse battery staple")
    log = DebugLog(tmp_path / "logs", ["recipebatch", "apply", "-p", f"word={secret.reveal()}"])
    log.tell(Request(method="GET", url="https://a/jobs", status=200, error="", milliseconds=3))
    log.write("Authorization: SharedKey account:c2lnbmF0dXJl\nAuthorization: Bearer eyJhbGciOiJub25lIn0.e30.x")
    log.write("https://a.blob/c?sv=1&sig=abcdefgh%3D\x1b[31m")
    log.failed(ServiceError(f"it does not take {secret.reveal()}"))
    log.end(4)
    text = log.path.read_text(encoding="utf-8")
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert "command: recipebatch apply -p word=***" in text
    assert "Request: Request(method='GET', url='https://a/jobs', status=200" in text
    assert "ServiceError: it does not take ***" in text
    assert text.endswith("exit code 4\n")
    for hidden in (secret.reveal(), "c2lnbmF0dXJl", "eyJhbGci", "abcdefgh", "\x1b"):
        assert hidden not in text


def test_the_folder_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECIPEBATCH_DEBUG_DIR", str(tmp_path))
    log = open_debug_log()
    log.end(0)
    assert log.path.parent == tmp_path


def test_a_log_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="--debug: cannot write"):
        DebugLog(tmp_path / "file", [])
