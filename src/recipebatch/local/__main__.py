"""`python -m recipebatch.local`: the background service. Started by `recipebatch.local.start`, not by hand."""

from __future__ import annotations

import argparse
import os
import sys
import threading

from recipebatch.local.folders import folders

_EXIT_SECONDS = 2.0
"""Seconds that the exit may take after the service has stopped."""


def main() -> None:
    """Detach from the starting process, then serve."""
    arguments = argparse.ArgumentParser(prog="python -m recipebatch.local")
    arguments.add_argument("--batch-port", type=int, default=0, help="0: the last used port, else a free one")
    arguments.add_argument("--blob-port", type=int, default=0, help="0: the last used port, else a free one")
    arguments.add_argument("--time-scale", type=float, default=1.0, help="divisor of the delays of the Batch service")
    arguments.add_argument("--ready", type=int, required=True, metavar="FD", help="file descriptor for the result")
    chosen = arguments.parse_args()
    # The starting process may run for long; as its child, this process would stay a zombie after it exits.
    if os.fork() != 0:
        os._exit(0)
    # Imported after the fork: it imports the whole emulator.
    from recipebatch.local.daemon import serve

    code = serve(
        folders(),
        batch_port=chosen.batch_port,
        blob_port=chosen.blob_port,
        time_scale=chosen.time_scale,
        ready=chosen.ready,
    )
    # A thread of a library that hangs does not keep the process running.
    last = threading.Timer(_EXIT_SECONDS, os._exit, (code,))
    last.daemon = True
    last.start()
    sys.exit(code)


if __name__ == "__main__":
    main()
