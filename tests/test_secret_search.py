"""The search for secrets in files, texts and command lines finds what it should; secret_plugin.py uses it."""

from __future__ import annotations

import base64
import os
import subprocess
from pathlib import Path

import psutil
from secret_search import NOT_WATCHED, ProcessWatch, leak_in, leaks_below, redacted

KEY = base64.b64encode(bytes(range(64))).decode()


def test_a_key_or_a_signature_in_a_file_or_a_text_is_found(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name, text in {
        "record.json": f'{{"key": "{KEY}"}}',
        "deep/log.txt": "GET /c/b?sv=1&sig=" + "a" * 43 + "%3D HTTP/1.1",
        "lock.json": f'"integrity": "sha512-{KEY}"',
        "storage.key": KEY,
        "batch.key": KEY,
    }.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o600)
    (tmp_path / "batch.key").chmod(0o640)
    try:
        found = sorted(Path(leak.split(" ")[0]).name for leak in leaks_below(tmp_path))
    finally:
        for path in (tmp_path / "record.json", tmp_path / "deep" / "log.txt", tmp_path / "batch.key"):
            path.unlink()
    assert found == ["batch.key", "log.txt", "record.json"]
    assert leak_in(f"the key {KEY}") is not None
    assert leak_in("sig=*** and AccountKey=***") is None


def test_a_text_is_told_without_its_secrets() -> None:
    assert redacted(f"the key {KEY} and é") == "the key *** and é"


# Ends when its standard input does.
WAITING = ["/bin/sh", "-c", "read wait", "sh", KEY]


def test_a_secret_in_a_command_line_is_found_and_not_repeated() -> None:
    watch = ProcessWatch()
    with subprocess.Popen(WAITING, env=os.environ | watch.mark, stdin=subprocess.PIPE):
        watch.start()
        watch.stop()
    (leak,) = watch.leaks
    assert "read wait" in leak
    assert KEY not in leak
    assert "test_a_secret_in_a_command_line_is_found_and_not_repeated" in leak


def test_a_process_stays_watched_when_its_parent_has_ended_and_its_environment_is_empty() -> None:
    watch = ProcessWatch()
    parent = 'exec 3<&0; env -i /bin/sh -c "$0" <&3 & wait'
    child = "echo $$; read wait"
    with subprocess.Popen(
        ["/bin/sh", "-c", parent, child], env=os.environ | watch.mark, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        started = psutil.Process(int(process.stdout.readline()))
        watch.look()
        process.kill()
        process.wait()
        watch.look()
        assert started in watch.watched
    psutil.wait_procs([started], timeout=60)
    watch.look()
    assert started not in watch.watched


def test_a_process_of_another_watch_is_not_looked_at() -> None:
    watch = ProcessWatch()
    with subprocess.Popen(WAITING, env=os.environ | NOT_WATCHED, stdin=subprocess.PIPE):
        watch.look()
    assert not watch.leaks
