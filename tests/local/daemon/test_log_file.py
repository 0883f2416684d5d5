from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from recipebatch.local.daemon.log_file import open_log

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import os, resource, signal, sys
from pathlib import Path
from recipebatch.local.daemon import log_file
path, what = Path(sys.argv[1]), sys.argv[2]
sys.stdout = sys.stderr = log_file.LogFile(path, max_bytes=20_000)
if what == "flood":
    for number in range(5000):
        print(f"line {number} " + "x" * 100)
elif what == "huge":
    print("y" * 10_000_000)
    print("after")
elif what == "full":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    print("lost")
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("kept \\udc80")
elif what == "gone":
    path.parent.rename(path.parent.with_name("elsewhere"))
    for number in range(5000):
        print("x" * 100)
os.write(2, b"last\\n")
"""


def run(path: Path, what: str) -> int:
    log = open_log(path)
    return subprocess.run([sys.executable, "-c", PROGRAM, path, what], stdout=log, stderr=log, check=False).returncode


def test_a_flood_of_lines_keeps_the_newest_in_two_files_of_bounded_size(tmp_path: Path) -> None:
    assert run(tmp_path / "service.log", "flood") == 0
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"service.log", "service.log.1"}
    assert max(sizes.values()) <= 20_100
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    text = (tmp_path / "service.log").read_text()
    assert "line 4999 " in text
    # What does not go through Python is in the newest log too.
    assert text.endswith("last\n")


def test_a_huge_line_is_cut(tmp_path: Path) -> None:
    assert run(tmp_path / "service.log", "huge") == 0
    text = (tmp_path / "service.log").read_text()
    assert len(text) < 9000
    assert "... (9991808 bytes left out)\n" in text
    assert text.endswith("after\nlast\n")


def test_a_full_disk_is_no_error_of_the_writer(tmp_path: Path) -> None:
    assert run(tmp_path / "service.log", "full") == 0
    assert (tmp_path / "service.log").read_text() == "kept \\x80\nlast\n"


def test_a_log_whose_folder_is_gone_does_not_grow(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    assert run(folder / "service.log", "gone") == 0
    assert (tmp_path / "elsewhere" / "service.log").stat().st_size <= 20_100


ENTRIES = """
import logging, sys, threading
from pathlib import Path
from recipebatch.local.daemon.log_file import write_entry, write_log_to
write_log_to(Path(sys.argv[1]))
print("printed \\x1b[2K")
write_entry("Azurite: \\x07\\nsecond")
logging.getLogger("uvicorn.error").warning("Invalid \\x1b]0;title\\x07 %s", "a\\n2026-01-01T00:00:00 started")
try:
    raise ValueError("\\x1b[31m")
except ValueError:
    logging.exception("failed")
threading.Thread(target=lambda: 1 / 0, name="thread\\x1b").start()
"""


def test_nothing_in_the_log_controls_a_terminal_or_begins_an_entry(tmp_path: Path) -> None:
    path = tmp_path / "service.log"
    log = open_log(path)
    subprocess.run([sys.executable, "-c", ENTRIES, path], stdout=log, stderr=log, check=True)
    os.close(log)
    printed = path.read_text("utf-8")
    assert re.search("[\x00-\x08\x0b-\x1f\x7f]", printed) is None
    for text in ("printed \\x1b[2K\n", "Azurite: \\x07\n    | second\n", "\n    | 2026-01-01T00:00:00 started\n"):
        assert text in printed
    assert "\n    | ValueError: \\x1b[31m\n" in printed
    assert "Exception in thread thread\\x1b" in printed
