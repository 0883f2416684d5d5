"""`recipebatch` and `python -m recipebatch`: the entry point, before anything else is imported."""

import gc
import os
import sys

_NO_ROOM = 4
"""`ExitCode.SERVICE`, which cannot be loaded where no module can."""


def main() -> None:
    """Run the command; no module of the current folder is imported."""
    sys.path[:] = safe_path(sys.path, _current_folder(), os.environ.get("PYTHONPATH", ""))
    _end_by_signals()
    if sys.argv[1:2] == ["__complete"]:
        from recipebatch.cli.completion.entry import main as complete

        complete(sys.argv[2:], _commands)
        return
    # Modules are no garbage: looking for it as often as usual costs 30 ms of each start.
    gc.set_threshold(20_000, 20, 20)
    try:
        from recipebatch.cli.app import main as command
    except (ImportError, MemoryError, OSError) as error:
        if not _is_limit(error):
            raise
        os.write(2, f"error: cannot start: {str(error) or 'out of memory'} [machine]\n  hint: see ulimit -a\n".encode())
        raise SystemExit(_NO_ROOM) from None
    command()


def _commands() -> object:
    """The root of all commands."""
    import typer

    from recipebatch.cli.app import app

    return typer.main.get_command(app)


def safe_path(path: list[str], folder: str | None, named: str) -> list[str]:
    """The search path of modules without the current folder, which `python -m` and an empty item of PYTHONPATH add.

    Args:
        path: as `sys.path`.
        folder: the current folder, or None if it is gone.
        named: PYTHONPATH; a folder that it names by its absolute path is kept, and so is the one with recipebatch.
    """
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib is not imported
    kept = {own, *(item for item in named.split(os.pathsep) if os.path.isabs(item))}  # noqa: PTH117 - the same
    return [item for item in path if item in kept or item not in {"", ".", folder}]


def _end_by_signals() -> None:
    """Until the command begins, which has handlers of its own, there is nothing to leave: say it and end."""
    import signal

    def end(number: int, _frame: object) -> None:
        os.write(2, b"error: interrupted [interrupted]\n")
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)


def _is_limit(error: Exception) -> bool:
    """Whether a limit of the process, such as ulimit -n or -v, is why a module is not loaded."""
    words = ("failed to map segment", "cannot allocate memory")
    return not isinstance(error, ImportError) or any(text in str(error).lower() for text in words)


def _current_folder() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - the same
    except OSError:
        return None


if __name__ == "__main__":
    main()
