"""The search for secrets that ends every run of the tests (see conftest.py) finds what it should."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
from pathlib import Path

from secret_search import ProcessWatch, leak_in, leaks_below

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


def test_a_secret_in_a_command_line_is_found() -> None:
    watch = ProcessWatch()
    watch.start()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", KEY]) as process:
        deadline = time.monotonic() + 60
        while not watch.leaks and time.monotonic() < deadline:
            time.sleep(0.05)
        process.kill()
    watch.stop()
    assert any(KEY in line for line in watch.leaks)
