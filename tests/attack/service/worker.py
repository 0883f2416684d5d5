"""The clients in a process of their own: `worker ENDPOINT ACCOUNT SEED CLIENTS COUNT SECONDS`, the key on stdin."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

from attack.service.campaign import attack


def main() -> None:
    """Attack until both the number of requests and the time are reached; print the findings as JSON."""
    endpoint, account = sys.argv[1:3]
    seed, clients, count, seconds = map(int, sys.argv[3:])
    address = urlsplit(endpoint)
    end = time.monotonic() + seconds
    findings = asyncio.run(
        attack(
            host=str(address.hostname),
            port=address.port or 80,
            account=account,
            key=sys.stdin.readline().strip(),
            seed=seed,
            clients=clients,
            goes_on=lambda done: done < count or time.monotonic() < end,
        )
    )
    print(
        json.dumps(
            {
                "requests": findings.requests,
                "codes": dict(findings.codes.most_common()),
                "wrong": findings.wrong,
                "slowest": findings.slowest,
            }
        )
    )


if __name__ == "__main__":
    main()
