"""What a process opens, starts and connects to, by Python's audit events."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

_READS = frozenset(("open", "os.listdir", "os.scandir", "sqlite3.connect", "os.open"))
_WRITES = frozenset(
    ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.chmod", "os.utime")
)
_STARTS = frozenset(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile", "pty.spawn"))
_SENDS = frozenset(("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "urllib.Request"))
_SYSTEM = ("/usr/share/zoneinfo", "/usr/lib", "/lib", "/usr/share/locale", "/etc/localtime", "/etc/mime.types")
_DEVICES = ("/dev/null", "/dev/urandom", "/proc/self/status", "/proc/meminfo", "/proc/cpuinfo", "/sys/fs/cgroup")


_AnyPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]


class Trace:
    """Watches this process from `start` on.

    Attributes:
        findings: what happened outside of what is allowed, since it was last emptied.
    """

    def __init__(self, *, readable: list[Path], writable: list[Path]) -> None:
        own = [Path(sys.prefix), Path(sys.base_prefix), *(Path(entry) for entry in sys.path if entry)]
        self._readable = tuple(os.path.realpath(path) for path in (*readable, *writable, *own))
        self._writable = tuple(os.path.realpath(path) for path in writable)
        self.findings: list[str] = []
        self.on = False

    def start(self) -> None:
        """Watch from now on; an audit hook cannot be removed."""
        sys.addaudithook(self._heard)
        opens = os.open

        def watched(path: _AnyPath, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            # The event of an open below a folder that is open already does not say which folder that is.
            if dir_fd is not None and self.on:
                self._heard("open", (f"{_path_of(dir_fd)}/{os.fsdecode(path)}", None, flags))
            return opens(path, flags, mode, dir_fd=dir_fd)

        os.open = watched

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.on:
            return
        self.on = False
        try:
            if event in _STARTS or event in _SENDS:
                self.findings.append(f"{event} {arguments!r:.300}")
            elif event in _READS or event in _WRITES:
                self._file(event, arguments)
        finally:
            self.on = True

    def _file(self, event: str, arguments: tuple[object, ...]) -> None:
        paths = arguments[:2] if event in {"os.rename", "os.symlink", "os.link"} else arguments[:1]
        flags = arguments[2] if event == "open" and isinstance(arguments[2], int) else 0
        writes = event in _WRITES or bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))
        for path in paths:
            if not isinstance(path, (str, bytes, os.PathLike)):
                continue
            text = os.fsdecode(path)
            if "\0" in text or ("/" not in text and text not in {"", ".", ".."}):
                continue  # no path, or a name below an open folder
            real = os.path.realpath(text)
            if flags & os.O_DIRECTORY and self._is_above(real):
                continue  # on the way to a folder that is allowed
            if not self._is_allowed(real, writes=writes):
                self.findings.append(f"{event} {'writes' if writes else 'reads'} {text} ({real})")

    def _is_above(self, real: str) -> bool:
        return any(_is_below(folder, (real,)) for folder in (*self._readable, *self._writable))

    def _is_allowed(self, real: str, *, writes: bool) -> bool:
        if _is_below(real, self._writable) or real in _DEVICES:
            return True
        return not writes and (_is_below(real, self._readable) or real.startswith((*_SYSTEM, *_DEVICES)))


def _path_of(descriptor: int) -> str:
    """The path of an open folder."""
    if sys.platform == "darwin":
        return fcntl.fcntl(descriptor, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0").decode()
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def _is_below(real: str, folders: tuple[str, ...]) -> bool:
    return any(real == folder or real.startswith(folder.rstrip("/") + "/") for folder in folders)
