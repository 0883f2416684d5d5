"""The short form of the attack with recipes, and proofs that the attack notices what it looks for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from attack.recipes.campaign import attack, generated
from attack.recipes.hostile_recipes import documents, keys
from attack.recipes.place import CANARIES, Place
from attack.recipes.worker import faults

MEMORY_MIB = 300
COUNT = 120


def test_hostile_recipes_read_write_send_and_print_nothing_that_was_not_given_to_them(tmp_path: Path) -> None:
    outcome = attack(tmp_path, generated(20, COUNT))
    assert outcome.findings == {}
    assert outcome.recipes == COUNT
    assert outcome.peak < MEMORY_MIB
    assert outcome.codes[0] > COUNT // 10, "recipes that are valid in spite of their values"
    assert outcome.codes[3] > COUNT // 10, "recipes that are refused"


def test_without_hostile_values_the_recipes_are_valid(tmp_path: Path) -> None:
    outcome = attack(tmp_path, [json.dumps(document) for document in documents()[7:]])
    assert outcome.findings == {}
    assert outcome.codes == {0: len(documents()) - 7}


def test_every_text_valued_key_of_the_language_is_attacked() -> None:
    named = {at[-1] for at in keys()}
    assert {"command_line", "file_pattern", "group_by", "content_type", "key_vault", "url", "extends", "into"} & named
    assert len(keys()) > 150


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("open('/etc/passwd')", "open reads /etc/passwd"),
        ("open(root / 'recipe' / 'link-to-file')", "open reads"),
        ("open(root / 'outside' / 'new', 'w')", "open writes"),
        ("(root / 'recipe' / 'data' / 'a.txt').unlink()", "os.remove writes"),
        ("os.open('passwd', os.O_RDONLY, dir_fd=os.open('/etc', os.O_RDONLY | os.O_DIRECTORY))", "open reads /etc"),
        ("os.open('secret.txt', os.O_RDONLY, dir_fd=folder)", "secret.txt"),
        ("os.listdir('/etc')", "os.listdir reads /etc"),
        ("os.system('true')", "os.system"),
        ("subprocess.run(['true'])", "subprocess.Popen"),
        ("socket.create_connection(('127.0.0.1', 9))", "socket."),
    ],
)
def test_the_trace_finds(tmp_path: Path, statement: str, finding: str) -> None:
    place = Place(tmp_path / "place")
    place.lay_out()
    program = f"""
import contextlib, os, pathlib, socket, subprocess
from attack.recipes.trace import Trace
root = pathlib.Path({str(place.root)!r})
trace = Trace(readable=[root / 'recipe'], writable=[root / 'state'])
trace.start()
folder = os.open(root / 'outside', os.O_RDONLY | os.O_DIRECTORY)
trace.on = True
(root / 'recipe' / 'data' / 'a.txt').read_text()
(root / 'state' / 'new').write_text('')
with contextlib.suppress(OSError):
    {statement}
trace.on = False
print(len(trace.findings), *trace.findings)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert not done.stdout.startswith("0"), done.stdout
    assert finding in done.stdout


def test_changed_and_new_files_are_found(tmp_path: Path) -> None:
    place = Place(tmp_path / "place")
    place.lay_out()
    assert place.changes() == []
    (place.home / ".profile").write_text("other", encoding="utf-8")
    (place.current / "new").write_text("", encoding="utf-8")
    assert place.changes() == [f"wrote {place.home / '.profile'}", f"made {place.current / 'new'}"]


@pytest.mark.parametrize(
    "output", ["a\x1b[2K", "\x9b", "\u202e", "\udcff", "a\rb", CANARIES[1], "Traceback (most recent"]
)
def test_a_fault_in_the_output_is_found(output: str) -> None:
    assert faults(f"one\n{output}\n", 0, json_wanted=False)
    assert faults("one\n\ttwo é\n", 3, json_wanted=False) == []
