"""A recipe with two loops and a dependency, and ways to run test cases for it in the current folder."""

from __future__ import annotations

from pathlib import Path

from recipebatch.recipe_tests import CasesReport, find_tests, run_tests

RECIPE = """\
schema_version: 1
name: demo
parameters: {n: {type: integer, default: 2, minimum: 1}, letter: {default: t}}
storage:
  input: {uploads: ["*.txt"]}
  there: {existing: true, container: there}
pool: {image: ubuntu-24.04, vm_size: STANDARD_D2S_V3, target_dedicated_nodes: 1}
tasks:
  - name: count
    id: ${{ params.letter }}${{ item }}
    for_each: {range: {start: 1, stop: "${{ params.n }}"}}
    commands: [cd "$HOME", "echo ${{ item }} > out"]
    environment_settings: {N: "${{ item }}", SAS: "${{ storage.input.sas_token('read') }}"}
  - name: files
    for_each: {files: there}
    command_line: cat ${{ file.name }}
  - {name: end, command_line: done, depends_on: {task_ids: ["${{ params.letter }}1"]}}
"""

CASE = "- name: a case\n  blobs: {there: [x.txt, y.txt]}\n  expect:\n"


def run(cases: str, *, update: bool = False) -> CasesReport:
    Path("demo.test.yaml").write_text(f"cases:\n{cases}", encoding="utf-8")
    return run_tests(find_tests(["."]), update=update)


def failures(cases: str) -> list[str]:
    return [failure.message for case in run(cases).cases for failure in case.failures]
