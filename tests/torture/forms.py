"""Two forms of run that are disturbed, and what must hold in the end of each."""

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
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1, task_slots_per_node: 4}
watch: {timeout: PT5M}
purge: always
"""

_PLAIN = """
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

# The task of the second file fails the first time; the last job depends on what the first one wrote.
_STAGED = """
storage:
  input: {uploads: ['input/*.txt']}
  parts: {}
  output: {}
jobs:
  cut:
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
    """What does not hold after a run: tasks by how often they ran too seldom or too often, and things by name."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """All of them as sentences."""
        return [
            *(f"lost: {task}" for task in self.lost),
            *(f"ran twice: {task}" for task in self.doubled),
            *(f"left: {thing}" for thing in self.left),
            *self.other,
        ]


@dataclass(frozen=True)
class Form:
    """A recipe to be disturbed.

    Attributes:
        jobs: how many jobs are made: with one that is made for a retry, or without, when the task could run again in
            its own job.
    """

    name: str
    text: str
    jobs: tuple[int, ...]

    def write(self, folder: Path, name: str) -> Path:
        """The recipe of one round, its inputs, and no results."""
        (folder / "input").mkdir(parents=True)
        for number in range(FILES):
            (folder / "input" / f"text{number}.txt").write_text(f"words of file {number}\n" * 50_000)
        text = _TOP.replace("NAME", name) + self.text.replace("COUNT", str(MANY)).replace("PARTS", str(PARTS))
        text = text.replace("LEDGER", str(folder / "ledger")).replace("MARK", str(folder / "mark"))
        (folder / "recipe.yaml").write_text(text)
        return folder / "recipe.yaml"

    def expected(self) -> Counter[str]:
        """How often each task runs when nothing is lost and nothing done twice."""
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


PLAIN = Form("plain", _PLAIN, (1,))
STAGED = Form("staged", _STAGED, (2, 3))
FORMS = (PLAIN, STAGED)


def findings(form: Form, there: Account, folder: Path, name: str, *, service_died: bool) -> Findings:
    """What does not hold after a run that said it is done.

    Args:
        form: of the run.
        there: the account, asked with plain clients.
        folder: of the round.
        name: of the recipe.
        service_died: the service itself has tasks run again that it was killed over, and made things without an answer.
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
    found.left += [f"pool {pool.id}" for pool in there.batch.list_pools() if pool.id.startswith(name)]
    found.left += [f"job {job.id}" for job in there.batch.list_jobs() if job.id.startswith(name)]
    found.left += [
        f"container {container.name}"
        for container in there.blobs.list_containers()
        if container.name.startswith(f"{name}-")
    ]
    pools, jobs = made(there, "pools"), made(there, "jobs")
    # An answer that a killed service never gave is not among those that were seen.
    right = pools <= 1 and jobs <= max(form.jobs) if service_died else pools == 1 and jobs in form.jobs
    if not right:
        found.doubled.append(f"{pools} pools and {jobs} jobs were made")
    return found


def _plain_number(task: str) -> str:
    """`many-007` as `many-7`."""
    template, _, number = task.rpartition("-")
    return f"{template}-{int(number)}" if number.isdecimal() and template else task


def made(there: Account, kind: str) -> int:
    """How many pools or jobs the service has made, whether the client learnt of it or not."""
    return sum(
        request.service == "batch"
        and request.method == "POST"
        and request.path.startswith(f"/{kind}?")
        and status == 201
        for request, status in there.journal.answers
    )
