"""The server: binds the port and runs the event loop in a thread."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import sys
import threading
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Self, TypeVar

import uvicorn

from recipebatch.emulator.daemon_executor import DaemonExecutor
from recipebatch.emulator.engine import Engine
from recipebatch.emulator.http import Application, Connection, ConnectionLimits, Connections
from recipebatch.emulator.node_agent import PROCESSES
from recipebatch.emulator.state import AccountRegistry, AccountSettings, AutoStorage, Quotas, decode_key
from recipebatch.vocabulary.states import JobState, TaskState

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from types import TracebackType

    from recipebatch.text.secret import Secret

_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)
_LOCK_FILE = "lock"
_BACKLOG = 512
_ACCEPTED_AT_ONCE = 16
"""Connections that are accepted before others are closed for them; asyncio would accept as many as are queued."""
_SHUTDOWN_SECONDS = 2
"""Seconds that open requests may take when the emulator stops."""
_CALL_SECONDS = 60.0
"""Seconds that a call from another thread waits for the emulator's thread."""
_COUNT_SECONDS = 2.0
"""The same for the counts, which are asked for every second."""
_TAKE_UP_SECONDS = 2.0
"""Seconds that the start waits until the work of an earlier emulator is taken up; then that goes on beside requests."""
_STOP_WORK_SECONDS = 4.5
"""Seconds that tasks and other work may take to end when the emulator stops."""
_STOP_SECONDS = 9.5
"""Seconds after which the emulator's thread is abandoned when it stops."""


class EmulatorInUseError(RuntimeError):
    """Another emulator is using this root; the message names its process."""


class UnsupportedSystemError(RuntimeError):
    """This system is not POSIX; nodes need its process groups and file modes."""


@dataclass(frozen=True, slots=True)
class EmulatorAccount:
    """An account of a running emulator.

    Attributes:
        endpoint: `http://host:port`.
        key: base64.
    """

    endpoint: str
    name: str
    key: Secret


class Emulator:
    """A running emulator, returned by `start_emulator`. Also a context manager that stops it at exit."""

    def __init__(
        self, registry: AccountRegistry, *, listening: socket.socket, lock: int, root: Path, account: EmulatorAccount
    ) -> None:
        self._registry = registry
        self._lock: int | None = lock
        self._socket = listening
        self._account = account
        self._application = Application(registry)
        self._work = Engine(registry, root=root, account_url=account.endpoint)
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)

    @property
    def endpoint(self) -> str:
        """`http://host:port`, the account endpoint of every account."""
        return self._account.endpoint

    @property
    def account_name(self) -> str:
        """Name of the default account."""
        return self._account.name

    @property
    def account_key(self) -> Secret:
        """Key of the default account, base64."""
        return self._account.key

    def new_account(self) -> EmulatorAccount:
        """Create a new, empty account, for tests that must not affect each other."""
        name = f"test{secrets.token_hex(8)}"
        key = self._call(self._open_account(name))
        return EmulatorAccount(self.endpoint, name, key)

    def use_auto_storage(self, connection_string: Secret) -> None:
        """Set the storage account to which `autoStorageContainerName` refers.

        Raises:
            ValueError: the connection string lacks the account's name or key.
        """
        self._call(self._use_auto_storage(AutoStorage.from_connection_string(connection_string)))

    def last_activity(self) -> float:
        """Time of last use (`time.monotonic`): now while a task runs, else the last authenticated request."""
        return monotonic() if self._work.running else self._application.last_request

    def counts(self) -> dict[str, int]:
        """The numbers of pools, nodes, jobs that are not completed, active and running tasks in all accounts.

        Raises:
            TimeoutError: the emulator is too busy to count.
        """
        return self._call(self._count(), seconds=_COUNT_SECONDS)

    def stop(self) -> None:
        """End the processes of running tasks, write all changes to disk and stop; a second call has no effect.

        Those tasks are requeued when an emulator starts on this root again. It takes less than ten seconds: what does
        not end in that time is abandoned, and ends with this process.
        """
        if not self._thread.is_alive():
            return
        with suppress(RuntimeError):  # its thread has just ended
            self._started.result().call_soon_threadsafe(self._stopping.set)
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            # The root stays locked: that thread may still write to it.
            _LOG.error("the emulator did not stop within %g s and is abandoned", _STOP_SECONDS)
        elif self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server thread; returns once requests are served. Called once, by `start_emulator`."""
        self._thread.start()
        self._started.result()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if not self._started.done():
                self._started.set_exception(error)
                return
            raise

    async def _serve(self) -> None:
        limits = ConnectionLimits.of_process()
        connection: Any = partial(Connection, Connections(limits, self._registry.clock))
        config = uvicorn.Config(
            self._application,
            lifespan="off",
            loop="none",
            http=connection,
            ws="none",
            backlog=_ACCEPTED_AT_ONCE,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=round(limits.idle_seconds),
            timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
        )
        server = uvicorn.Server(config)
        loop = asyncio.get_running_loop()
        loop.set_default_executor(DaemonExecutor())
        taking_up: asyncio.Task[None] | None = None
        try:
            self._work.begin()
            # Not server.serve(), which wakes up ten times a second to check a flag.
            config.load()
            server.lifespan = config.lifespan_class(config)
            await server.startup(sockets=[self._socket])
            self._socket.listen(_BACKLOG)
            # Requests are answered already: to take up the work of an earlier emulator may fail or take long.
            taking_up = loop.create_task(self._work.take_up())
            await asyncio.wait({taking_up}, timeout=_TAKE_UP_SECONDS)
            self._started.set_result(loop)
            await self._stopping.wait()
            await server.shutdown(sockets=[self._socket])
        finally:
            self._socket.close()
            if taking_up is not None:
                taking_up.cancel()
            await self._stop_work()
            await self._registry.store.close()

    async def _stop_work(self) -> None:
        """Stop the engine in bounded time; work that does not end is abandoned and taken up by the next emulator."""
        try:
            async with asyncio.timeout(_STOP_WORK_SECONDS):
                await self._work.stop()
        except TimeoutError:
            _LOG.error("some work did not stop within %g s and is abandoned", _STOP_WORK_SECONDS)

    def _call(self, work: Coroutine[Any, Any, _T], *, seconds: float = _CALL_SECONDS) -> _T:
        """Run a coroutine on the emulator's thread. Raises: TimeoutError if that thread is busy for too long."""
        return asyncio.run_coroutine_threadsafe(work, self._started.result()).result(seconds)

    async def _open_account(self, name: str) -> Secret:
        return self._registry.open_account(name)

    async def _use_auto_storage(self, storage: AutoStorage) -> None:
        self._registry.use_auto_storage(storage)

    def task_processes(self) -> list[int]:
        """End what tasks left; returns the ids of the processes of tasks, or nothing if orphans are not adopted.

        Raises:
            TimeoutError: the emulator is too busy.
        """
        return self._call(self._list_processes(), seconds=_COUNT_SECONDS)

    async def _list_processes(self) -> list[int]:
        return PROCESSES.sweep()

    async def _count(self) -> dict[str, int]:
        accounts = list(self._registry.accounts.values())
        jobs = [job for account in accounts for job in account.jobs.values() if job.state is not JobState.COMPLETED]
        pools = [pool for account in accounts for pool in account.pools.values()]
        return {
            "pools": len(pools),
            "nodes": sum(len(pool.nodes) for pool in pools),
            "jobs": len(jobs),
            "active_tasks": sum(job.tasks.count(TaskState.ACTIVE) for job in jobs),
            "running_tasks": self._work.running,
        }


def adopt_orphans() -> None:
    """Also find the processes that tasks detach from themselves without a trace, where the system can.

    For a program that runs nothing but one emulator, before it starts that: it becomes the parent of all orphans below
    it, and ends those whose tasks have ended.
    """
    PROCESSES.adopt_orphans()


def start_emulator(
    root: Path,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    account_name: str = "local",
    account_key: Secret | None = None,
    time_scale: float = 1.0,
    quotas: Quotas | None = None,
    auto_storage: Secret | None = None,
) -> Emulator:
    """Start a Batch service on this machine, in its own thread; it accepts requests when this returns.

    Args:
        root: its directory; created with mode 0700 if it does not exist. The pools, jobs and tasks of an earlier
            emulator on this root continue.
        port: 0 selects a free one.
        host: the address to listen on; if it is not loopback, other machines can run programs on this one.
        account_name: the default account.
        account_key: base64; None keeps the account's key, or generates one. It is stored in the root, mode 0600.
        time_scale: divisor of the service's delays: how long a new node is creating and starting, how long a transient
            state is kept for a reader, resize timeouts, retention times, recurrence and evaluation intervals. Not
            scaled are the wall clock limits of tasks and jobs, times in answers, and the 15 minutes for which a signed
            request is valid.
        quotas: the quotas of every account; None means the defaults of `Quotas`.
        auto_storage: connection string of the auto-storage account; None means that there is none.

    Raises:
        UnsupportedSystemError: this is not a POSIX system.
        EmulatorInUseError: another emulator is using this root.
        OSError: the port is taken, or the root cannot be written.
        ValueError: the key is not base64, the time scale is not a positive number, or the connection string lacks the
            account's name or key.
    """
    if os.name != "posix":
        raise UnsupportedSystemError(
            f"the emulator needs a POSIX system such as Linux, macOS or WSL; this is {sys.platform}"
        )
    if account_key is not None:
        decode_key(account_key.reveal())
    if not 0 < time_scale < float("inf"):
        raise ValueError(f"the time scale must be a positive number, not {time_scale}")
    root = Path(root).absolute()
    settings = AccountSettings(
        quotas=quotas or Quotas(),
        auto_storage=None if auto_storage is None else AutoStorage.from_connection_string(auto_storage),
        applications=root / "applications",
    )
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as undo:
        lock = _lock(root)
        undo.callback(os.close, lock)
        listening = _listen(host, port)
        undo.callback(listening.close)
        registry = AccountRegistry(root, time_scale=time_scale, settings=settings)
        key = registry.open_account(account_name, account_key)
        name = f"[{host}]" if ":" in host else host
        account = EmulatorAccount(f"http://{name}:{listening.getsockname()[1]}", account_name, key)
        emulator = Emulator(registry, listening=listening, lock=lock, root=root, account=account)
        emulator.start()
        undo.pop_all()
    return emulator


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With an explicit protocol asyncio disables Nagle's algorithm, which would delay each reply by 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # Allows a port whose last owner has just stopped; a port with a listener is still refused.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _lock(root: Path) -> int:
    """Lock the root; the lock is released when this process exits for any reason. Raises: EmulatorInUseError."""
    import fcntl  # POSIX only

    descriptor = os.open(root / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise EmulatorInUseError(f"another emulator (process {owner}) is using {root}") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor
