"""Two recipes for rounds with faults, and the expectations after each round."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from torture.account import Account

FILES = 3
MANY = 105  # more than one chunk of a submission
PARTS = 4

_TOP = """
schema_version: 1
name: NAME
watch: {timeout: PT5M}
purge: always
"""

_POOL = "{image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1, task_slots_per_node: 4}"
_PLAIN = """
pool: POOL
storage:
  input: {uploads: ['input/*.txt']}
  output: {}
tasks:
  - name: shout
    for_each: {files: input}
    resource_files: ['${{ file }}']
    commands:
      - echo ${{ task.id }} >> LEDGER
      - tr a-z A-Z < ${{ file.name }} > loud-${{ file.name }}
    output_files: [{file_pattern: 'loud-*', container: output}]
  - name: many
    for_each: {range: {start: 1, stop: COUNT}}
    commands: ['echo ${{ task.id }} >> LEDGER']
collect: [{container: output, into: results}]
"""

# The task of the second file fails the first time; the last job has its own pool, and depends on what the first wrote.
_STAGED = """
pools: {first: POOL, second: POOL}
storage:
  input: {uploads: ['input/*.txt']}
  parts: {}
  output: {}
jobs:
  cut:
    pool: first
    tasks:
      - name: cut
        for_each: {files: input}
        resource_files: ['${{ file }}']
        commands:
          - echo ${{ task.id }} >> LEDGER
          - if test ${{ file.name }} = text1.txt && ! test -e MARK; then touch MARK; exit 75; fi
          - split -n PARTS -d ${{ file.name }} ${{ file.stem }}-
        output_files: [{file_pattern: '*-0*', container: parts, upload_condition: task_success}]
        retry: {exit_codes: [75], limit: 2}
  join:
    after: [cut]
    pool: second
    tasks:
      - name: shout
        for_each: {files: parts}
        resource_files: ['${{ file }}']
        commands:
          - echo ${{ task.id }} >> LEDGER
          - tr a-z A-Z < ${{ file.name }} > loud-${{ file.name }}
        output_files: [{file_pattern: 'loud-*', container: output}]
      - name: last
        depends_on: [shout]
        commands: ['echo ${{ task.id }} >> LEDGER']
collect: [{container: output, into: results}, {task_files: [stdout.txt], into: logs}]
"""


@dataclass
class Findings:
    """Violated expectations after a run: tasks that ran too few or too many times, leftover resources, other errors."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """All violations as text."""
        return [
            *(f"lost: {task}" for task in self.lost),
            *(f"ran twice: {task}" for task in self.doubled),
            *(f"left: {thing}" for thing in self.left),
            *self.other,
        ]


@dataclass(frozen=True)
class Form:
    """A recipe for rounds with faults.

    Attributes:
        jobs: the allowed numbers of created jobs: with a retry job, or without if the task could be retried in its
            own job.
        pools: how many are created.
    """

    name: str
    text: str
    jobs: tuple[int, ...]
    pools: int

    def write(self, folder: Path, name: str) -> Path:
        """Write recipe and inputs of one round, and remove earlier results."""
        (folder / "input").mkdir(parents=True)
        for number in range(FILES):
            (folder / "input" / f"text{number}.txt").write_text(f"words of file {number}\n" * 50_000)
        text = _TOP.replace("NAME", name) + self.text.replace("COUNT", str(MANY)).replace("PARTS", str(PARTS))
        text = (
            text.replace("POOL", _POOL).replace("LEDGER", str(folder / "ledger")).replace("MARK", str(folder / "mark"))
        )
        (folder / "recipe.yaml").write_text(text)
        return folder / "recipe.yaml"

    def expected(self) -> Counter[str]:
        """How often each task must run: not lost and not repeated."""
        if self is PLAIN:
            return Counter([*(f"shout-{n}" for n in range(FILES)), *(f"many-{n}" for n in range(MANY))])
        tasks = [f"cut-{n}" for n in range(FILES)] + [f"shout-{n}" for n in range(FILES * PARTS)]
        return Counter([*tasks, "last", "cut-1"])

    def results(self, folder: Path) -> dict[str, str]:
        """The files that must have been collected."""
        texts = {n: (folder / "input" / f"text{n}.txt").read_text().upper() for n in range(FILES)}
        if self is PLAIN:
            return {f"loud-text{n}.txt": text for n, text in texts.items()}
        found = {}
        for number, text in texts.items():
            size = len(text) // PARTS
            for part in range(PARTS):
                end = (part + 1) * size if part < PARTS - 1 else len(text)
                found[f"loud-text{number}-{part:02}"] = text[part * size : end]
        return found


PLAIN = Form("plain", _PLAIN, (1,), 1)
STAGED = Form("staged", _STAGED, (2, 3), 2)
FORMS = (PLAIN, STAGED)


def findings(form: Form, account: Account, folder: Path, name: str, *, service_died: bool) -> Findings:
    """The violated expectations after a run that reported success.

    Args:
        form: of the run.
        account: the account, inspected with plain SDK clients.
        folder: of the round.
        name: of the recipe.
        service_died: the service was killed; then it may rerun tasks and may have created resources without an answer.
    """
    found = Findings()
    expected = form.expected()
    ledger = (folder / "ledger").read_text().split() if (folder / "ledger").exists() else []
    ran = Counter(map(_plain_number, ledger))
    found.lost += sorted((expected - ran).elements())
    if not service_died:
        found.doubled += sorted((ran - expected).elements())
    for file, text in form.results(folder).items():
        path = folder / "results" / file
        if not path.exists() or path.read_text() != text:
            found.other.append(f"{file} is missing or wrong")
    found.left += [f"pool {pool.id}" for pool in account.batch.list_pools() if pool.id.startswith(name)]
    found.left += [f"job {job.id}" for job in account.batch.list_jobs() if job.id.startswith(name)]
    found.left += [
        f"container {container.name}"
        for container in account.blobs.list_containers()
        if container.name.startswith(f"{name}-")
    ]
    pools, jobs = made(account, "pools"), made(account, "jobs")
    # A killed service may have created a resource without sending the answer.
    most = pools <= form.pools and jobs <= max(form.jobs)
    right = most if service_died else pools == form.pools and jobs in form.jobs
    if not right:
        found.doubled.append(f"{pools} pools and {jobs} jobs were made")
    return found


def _plain_number(task: str) -> str:
    """`many-007` as `many-7`."""
    template, _, number = task.rpartition("-")
    return f"{template}-{int(number)}" if number.isdecimal() and template else task


def made(account: Account, kind: str) -> int:
    """How many pools or jobs the service created, whether or not the client got the answer."""
    return sum(
        request.service == "batch"
        and request.method == "POST"
        and request.path.startswith(f"/{kind}?")
        and status == 201
        for request, status in account.journal.answers
    )
