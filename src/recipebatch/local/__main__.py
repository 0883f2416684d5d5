"""`python -m recipebatch.local`: the background service. Started by `recipebatch.local.start`, not by hand."""

from __future__ import annotations

import argparse
import os
import sys

from recipebatch.local.folders import folders


def main() -> None:
    """Become a process that nobody waits for, then serve."""
    arguments = argparse.ArgumentParser(prog="python -m recipebatch.local")
    arguments.add_argument("--batch-port", type=int, default=0, help="0: the one used last, else any")
    arguments.add_argument("--blob-port", type=int, default=0, help="0: the one used last, else any")
    arguments.add_argument("--time-scale", type=float, default=1.0, help="divides the waits of the Batch service")
    arguments.add_argument("--ready", type=int, required=True, metavar="FD", help="where to tell how the start went")
    chosen = arguments.parse_args()
    # Whoever starts us may live long; as its child we would remain as a zombie when we end.
    if os.fork() != 0:
        os._exit(0)
    # Only now: it brings the whole emulator along.
    from recipebatch.local.daemon import serve

    sys.exit(
        serve(
            folders(),
            batch_port=chosen.batch_port,
            blob_port=chosen.blob_port,
            time_scale=chosen.time_scale,
            ready=chosen.ready,
        )
    )


if __name__ == "__main__":
    main()
