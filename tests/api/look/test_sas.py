"""sas: a result of a run is read by someone who has no key."""

from __future__ import annotations

import urllib.request
from typing import TYPE_CHECKING

from command import PRINTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from command import Cli

TEXT = """\
storage: {output: {}}
tasks: [{commands: ['echo hello > a.txt'], output_files: [{file_pattern: a.txt, container: output}]}]
purge: never
"""


def test_a_result_of_a_run_is_shared_and_stdout_is_the_address_alone(
    cli: Cli, write_recipe: Callable[..., Path], tmp_path: Path
) -> None:
    recipe = write_recipe("shares", TEXT)
    run = str(cli.json("apply", recipe, "--to", "watch", cwd=tmp_path)["run"])
    for container in ("output", f"shares-{run}-output"):
        done = cli("sas", container, "a.txt", "--run", run, "--for", "90m")
        del cli.printed[-2:], PRINTED[-2:]
        assert done.returncode == 0
        assert ("sig=" in done.stderr, done.stderr.count("account: ")) == (False, 1)
        assert f"blob a.txt of container shares-{run}-output: read until " in done.stderr
        with urllib.request.urlopen(done.stdout.strip()) as answer:  # noqa: S310 - of a test
            assert answer.read() == b"hello\n"
    assert "sig=" not in cli("runs", "show", run).stdout
    newest = cli("sas", "output")
    del cli.printed[-2:], PRINTED[-2:]
    assert newest.stderr.count("account: ") == 1
    wrong = cli("sas", "outpu", "--run", run)
    assert (wrong.returncode, "did you mean" in wrong.stderr) == (2, True)
    assert "is too long" in cli("sas", "output", "--run", run, "--for", "366d").stderr
    assert cli("purge", "--run", run, "--force", "--yes").returncode == 0
