"""Runs `python -m azure.cli` for each line of stdin, a JSON list of arguments; each answer is one line of JSON.

Every command is a process forked from one that has already run a command, so that the imports, which take most of the
time of `az`, are done once. It runs in the environment of the Azure CLI and imports no code of this project.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from io import StringIO
from typing import BinaryIO


def run(arguments: list[str]) -> dict[str, object]:
    """Exit code and output of one command."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            main(arguments)
        _, status = os.waitpid(child, 0)
        return {"code": os.waitstatus_to_exitcode(status), "stdout": text(out), "stderr": text(err)}


def main(arguments: list[str]) -> None:
    """Run `az` and exit."""
    code: object = 1
    try:
        sys.argv = ["az", *arguments]
        runpy.run_module("azure.cli", run_name="__main__")
        code = 0
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def text(file: BinaryIO) -> str:
    """All that was written to a file."""
    file.seek(0)
    return file.read().decode()


def warm_up() -> None:
    """Import the modules of commands by running one in this process."""
    core = import_module("azure.cli.core")
    with suppress(SystemExit):
        core.get_default_cli().invoke(["batch", "pool", "list"], out_file=StringIO())


if __name__ == "__main__":
    warm_up()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(run(json.loads(line))) + "\n")
        sys.stdout.flush()
