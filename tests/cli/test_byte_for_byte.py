"""Any value reaches the program on the node byte for byte: through recipes, blobs, Batch, a shell, and back."""

from __future__ import annotations

import json
import shutil
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

    from command import Cli

SCRIPT = """
import json, os, pathlib, sys
found = {"arguments": sys.argv[1:], "environment": os.environ["VALUE"]}
for name in ("here", "below"):
    files = [path for path in pathlib.Path(name).rglob("*") if path.is_file()] if os.path.isdir(name) else []
    found[name] = {str(path.relative_to(name)): path.read_text() for path in files}
pathlib.Path("seen.json").write_text(json.dumps(found))
"""
RECIPE = """
schema_version: 1
name: bytes
parameters:
  one: {}
  many: {type: list}
storage:
  application: {uploads: [seen.py]}
  input: {uploads: [blobs/**]}
  output: {}
pool: {image: ubuntu-24.04, vm_size: standard_d2s_v3, target_dedicated_nodes: 1, task_slots_per_node: 4}
tasks:
  - name: row
    for_each: {rows: rows.jsonl}
    resource_files: [application]
    environment_settings: {VALUE: "${{ item.v }}"}
    commands: ["python3 seen.py ${{ item.v }} --x=${{ item.v }} ${{ params.one }} ${{ params.many }}"]
    output_files: [{file_pattern: seen.json, container: output, path: "${{ task.id }}.json"}]
  - name: file
    for_each: {files: input}
    resource_files:
      - application
      - {container: input, blob: "${{ file.path }}", file_path: "here/${{ file.name }}"}
      - {container: input, blob: "${{ file.path }}", file_path: "below/${{ file.path }}"}
    environment_settings: {VALUE: "${{ file.path }}"}
    command_line: "python3 seen.py ${{ file.path }} ${{ file.stem }}${{ file.suffix }}"
    output_files: [{file_pattern: seen.json, container: output, path: "${{ task.id }}.json"}]
collect: [{container: output, into: out}]
purge: always
"""
HOSTILE = [
    *(
        "a; rm -rf ~.txt",
        "$(touch x)",
        "`id`",
        "it's",
        '"',
        "\\",
        "-n",
        " ",
        "*",
        "é中😀",
        "$HOME",
        "!!",
        "#",
        "~",
        "%2F",
    ),
    *(
        "${{ params.one }}",
        "{{ 7 * 7 }}",
        "{% raw %}",
        "a b ",
        "?x=1&y",
        "[a]",
        "+",
        "%",
        "a'b\"c`d$e\\f",
        "e\u0301",
        "\u00a0",
    ),
]
# NUL cannot be an argument, lone surrogates cannot be UTF-8, and U+E000 and U+E001 are reserved.
values = st.text(st.characters(exclude_characters="\x00\ue000\ue001", exclude_categories=["Cs"]), max_size=20)
# Blob names are more restricted: no control characters or non-characters, no segment that ends in a dot; a backslash
# separates folders like a slash.
names = st.text(
    st.characters(exclude_characters="/\\", exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=20
).filter(lambda name: not name.endswith("."))

runs = count()


# A run takes seconds, so failing examples are not shrunk by more runs.
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(values, min_size=1, max_size=12),
    st.lists(names, min_size=1, max_size=12, unique_by=str.casefold),
    st.lists(values, min_size=1, max_size=3),
)
@example(
    [*HOSTILE, "", "a\nb", "\t", "\r\n", "\x01\x7f\x85\u2028\ufeff"],
    [name for name in HOSTILE if "\\" not in name],
    ["$(id)", "\n'"],
)
def test_any_value_of_a_row_a_parameter_or_a_blob_name_reaches_the_program(
    cli: Cli, tmp_path: Path, rows: list[str], blobs: list[str], parameters: list[str]
) -> None:
    folder = tmp_path / str(next(runs))
    (folder / "blobs" / "folder").mkdir(parents=True)
    (folder / "seen.py").write_text(SCRIPT)
    recipe = folder / "bytes.yaml"
    recipe.write_text(RECIPE)
    (folder / "rows.jsonl").write_text("".join(json.dumps({"v": value}) + "\n" for value in rows))
    (folder / "parameters.json").write_text(json.dumps({"one": parameters[0], "many": parameters}))
    paths = [f"folder/{name}" if index % 2 else name for index, name in enumerate(blobs)]
    for path in paths:
        (folder / "blobs" / path).write_text(f"of {path}", encoding="utf-8")

    done = cli("apply", recipe, "--params", folder / "parameters.json", cwd=folder)
    assert done.returncode == 0, done.stderr

    # Ids are padded with zeros, so their order is the order of rows.
    seen_rows, seen_files = (
        [json.loads(path.read_text()) for path in sorted((folder / "out").glob(f"{task}-*.json"))]
        for task in ("row", "file")
    )
    for value, seen in zip(rows, seen_rows, strict=True):
        assert seen["arguments"] == [value, f"--x={value}", parameters[0], *parameters]
        assert seen["environment"] == value
    assert sorted(seen["environment"] for seen in seen_files) == sorted(paths)
    for seen in seen_files:
        path = seen["environment"]
        name = path.rpartition("/")[2]
        assert seen["arguments"] == [path, name]
        assert seen["here"] == {name: f"of {path}"}
        assert seen["below"] == {path: f"of {path}"}
    shutil.rmtree(folder)
