"""The short form; `PYTHONPATH=tests python -m attack.service --seed N --count N --seconds N` attacks for longer."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from attack.service.campaign import attack
from attack.service.hostile_requests import OPERATIONS, HostileRequests, seeded

from recipebatch.emulator import start_emulator
from recipebatch.emulator.http.operations import _OPERATIONS

if TYPE_CHECKING:
    from recipebatch.emulator import EmulatorAccount

TESTS = Path(__file__).resolve().parents[2]
LIMITED = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
from recipebatch.emulator import start_emulator
emulator = start_emulator(Path(sys.argv[1]))
print(emulator.endpoint, emulator.account_name, emulator.account_key.reveal(), flush=True)
sys.stdin.read()
emulator.stop()
"""


def attacked(account: EmulatorAccount, *, seed: int, count: int, clients: int = 4) -> list[dict[str, str]]:
    address = account.endpoint.removeprefix("http://").split(":")
    findings = asyncio.run(
        attack(
            host=address[0],
            port=int(address[1]),
            account=account.name,
            key=account.key.reveal(),
            seed=seed,
            clients=clients,
            goes_on=lambda done: done < count,
        )
    )
    assert findings.requests >= count
    return findings.wrong


def test_every_hostile_request_gets_an_answer_of_the_service(tmp_path: Path) -> None:
    with start_emulator(tmp_path) as emulator:
        account = emulator.new_account()
        assert attacked(account, seed=7, count=600) == []


def test_the_attack_has_every_operation_of_the_service() -> None:
    served = {(path[1:].replace("{...}", "{}"), verb) for path, verbs in _OPERATIONS.items() for verb in verbs}
    asked = {
        (re.sub(r"{\w+}", "{}", path), verb.partition(" ")[0]) for path, verbs in OPERATIONS.items() for verb in verbs
    }
    assert asked == served


def test_equal_seeds_give_equal_requests() -> None:
    def some(seed: int) -> list[str]:
        requests = HostileRequests(seeded(seed), account="a", key="a2V5", host="h")
        return [requests.next().what for _ in range(100)]

    assert some(1) == some(1)
    assert some(1) != some(2)


def test_four_hundred_idle_connections_under_256_open_files_stop_nobody(tmp_path: Path) -> None:
    """In a process of its own, because of its limit of open files."""
    with subprocess.Popen(
        [sys.executable, "-c", LIMITED, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    ) as child:
        assert child.stdout is not None
        endpoint, name, key = child.stdout.readline().split()
        host, port = endpoint.removeprefix("http://").split(":")
        asyncio.run(_hold_and_ask(host, int(port), HostileRequests(seeded(1), account=name, key=key, host=host)))
        child.communicate(timeout=30)
    assert child.returncode == 0


async def _hold_and_ask(host: str, port: int, requests: HostileRequests) -> None:
    held = [await asyncio.open_connection(host, port) for _ in range(400)]
    for _, writer in held[::2]:
        writer.write(b"GET /pools HTTP/1.1\r\nHo")
    for _ in range(20):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(requests.signed("GET", "/pools"))
        async with asyncio.timeout(30):
            assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
    for _, writer in held:
        writer.close()
