"""Checks of an account: whether its addresses answer, the clock, keys or sign-in, and what is allowed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from recipebatch.errors import ServiceError
from recipebatch.execution.doctor.check import bad, fine, not_checked, warning
from recipebatch.execution.quota import PlanQuota, plan_quota

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipebatch.execution.doctor.check import Check
    from recipebatch.execution.open_account import Services
    from recipebatch.plan.model import Plan

CLOCK, SIGN_IN, ROLES, STORAGE, QUOTA = "clock", "sign-in", "roles", "storage", "quota"
_SECONDS = (3.05, 5)
"""How long a connection, and an answer, may take."""
_MAX_SKEW = 14 * 60
"""The services refuse a request whose date differs by 15 minutes. Source: "Authorize with Shared Key"."""
_SOME_SKEW = 60
_ABSENT = "recipebatch-doctor-absent"
_ROLES = "Azure Batch Data Contributor and Storage Blob Data Contributor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an address answered to a request without a signature.

    Attributes:
        headers: in lower case; empty if it did not answer.
        problem: why it did not answer; empty if it did.
        cure: what to do about that.
        asked, answered: when, by this machine's clock.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    cure: str = ""
    asked: datetime
    answered: datetime


def ask(url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Answer:
    """Ask an address for anything, through the proxy and with the certificates that the services are asked with too."""
    import requests

    asked = now()
    try:
        response = requests.get(url, timeout=_SECONDS, allow_redirects=False)
    except requests.exceptions.RequestException as error:
        problem, cure = _why_no_answer(error)
        return Answer(problem=problem, cure=cure, asked=asked, answered=now())
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(headers=headers, asked=asked, answered=now())


def _why_no_answer(error: Exception) -> tuple[str, str]:
    """Why there was no answer, and what to do."""
    import requests

    kinds: tuple[tuple[type[Exception], str, str], ...] = (
        (
            requests.exceptions.ProxyError,
            "the proxy does not answer",
            "correct HTTPS_PROXY, or set NO_PROXY",
        ),
        (
            requests.exceptions.SSLError,
            "its certificate is not trusted",
            "set REQUESTS_CA_BUNDLE to a PEM file with the CA of your organization",
        ),
        (requests.exceptions.Timeout, "no answer in time", "check the network, the firewall and the proxy"),
        (requests.exceptions.InvalidURL, "the address is not valid", "correct the endpoint"),
    )
    for kind, problem, cure in kinds:
        if isinstance(error, kind):
            return problem, cure
    text = str(error)
    why = next(
        (
            said
            for sign, said in (
                ("NameResolution", "its name is not known"),
                ("Name or service", "its name is not known"),
                ("refused", "the connection is refused"),
            )
            if sign in text
        ),
        "it cannot be reached",
    )
    return why, "check the endpoint, the network and the firewall"


def check_reachable(name: str, url: str, answer: Answer) -> Check:
    """Whether an address answers. Pure."""
    if answer.problem:
        return bad(name, f"{url}: {answer.problem}", answer.cure)
    return fine(name, f"{url} answers")


def check_clock(answer: Answer) -> Check:
    """Whether this machine's clock agrees with the service's, as its `Date` header says. Pure."""
    if answer.problem:
        return not_checked(CLOCK, "the service does not answer")
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        return not_checked(CLOCK, "the service does not say its time")
    # It said the time at some moment between: only what is outside counts. The header has whole seconds.
    ahead = (answer.asked - theirs).total_seconds() - 1
    behind = (theirs - answer.answered).total_seconds()
    skew = max(ahead, behind, 0)
    if skew < _SOME_SKEW:
        return fine(CLOCK, "it agrees with the service's")
    said = f"this machine's clock is {_minutes(skew)} {'ahead of' if ahead > behind else 'behind'} the service's"
    cure = "set the clock, or switch on its synchronization: timedatectl set-ntp true"
    return bad(CLOCK, said, cure) if skew >= _MAX_SKEW else warning(CLOCK, said, cure)


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return "1 minute" if minutes == 1 else f"{minutes:,} minutes"


def check_roles(services: Services) -> Check:
    """Whether what a run changes is allowed: what is not there is deleted, which changes nothing.

    Raises:
        ServiceError: another problem than a lack of permission.
    """
    attempts: dict[str, Callable[[], object]] = {
        "end jobs": lambda: services.batch.terminate_job(_ABSENT, reason="not there"),
        "delete pools": lambda: services.batch.delete_pool(_ABSENT),
        "delete blobs": lambda: services.blobs.delete_document(_ABSENT, _ABSENT),
    }
    refused = [(what, error) for what, attempt in attempts.items() if (error := _refusal(attempt)) is not None]
    if not refused:
        return fine(ROLES, "jobs and pools may be ended, and blobs deleted (tried with names that are not there)")
    names = " and ".join(what for what, _ in refused)
    return bad(ROLES, f"not allowed to {names}: {refused[0][1].message}", refused[0][1].hint or f"assign {_ROLES}")


def _refusal(attempt: Callable[[], object]) -> ServiceError | None:
    try:
        attempt()
    except ServiceError as error:
        return error
    return None


def check_storage(services: Services, container: str) -> Check:
    """Whether the key, or the sign-in, fits the storage account.

    Raises:
        ServiceError: it does not.
    """
    there = services.blobs.container_metadata(container) is not None
    records = "the container with the records of runs is there" if there else "no run is recorded yet"
    return fine(STORAGE, f"account {services.blobs.account_name} can be read; {records}")


def check_quota(services: Services, plan: Plan | None) -> Check:
    """Whether the quotas of the account have room for a plan; without one, what they are.

    Raises:
        ServiceError: the account cannot be asked what is in use.
    """
    found = PlanQuota(why_unknown=services.quotas().why_unknown) if plan is None else plan_quota(services, plan)
    short = [row for row in found.rows if row.missing]
    if short:
        said = "; ".join(f"{row.what}: needs {row.needs:,}, {row.used:,} of {row.quota:,} in use" for row in short)
        return bad(QUOTA, said, "use fewer nodes, purge runs that are not needed, or ask for more quota")
    if found.why_unknown:
        # Nodes may be missing then, and a run would start all the same.
        return not_checked(QUOTA, found.why_unknown, decides=False)
    if plan is None:
        quotas = services.quotas()
        return fine(QUOTA, f"{_number(quotas.dedicated_cores)} dedicated cores, {_number(quotas.pools)} pools at most")
    return fine(QUOTA, "there is room: " + ", ".join(f"{row.what} {row.needs}" for row in found.rows if row.needs))


def _number(value: int | None) -> str:
    return "an unknown number of" if value is None else f"{value:,}"
