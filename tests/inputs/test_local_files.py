from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipebatch.errors import SourcePosition
from recipebatch.inputs import LocalFile, LocalInputs, RequiredInputs

TEXT = LocalFile(blob="t", source="", size=2, content="ab", content_type="text/plain", metadata=(("a", "b"),))


@pytest.mark.parametrize(
    "inputs",
    [
        LocalInputs(files={}, tables={}),
        LocalInputs(
            files={"c": (LocalFile(blob="a b;ü.txt", source="/a b;ü.txt", size=1), TEXT)}, tables={"t.csv": "a"}
        ),
        LocalInputs(files={"c": ()}, tables={}, items={"k": [1, {"a": None}]}, names={"*": ["a", "b/c"]}),
    ],
)
def test_inputs_survive_json(inputs: LocalInputs) -> None:
    assert LocalInputs.from_json(json.loads(json.dumps(inputs.to_json()))) == inputs


def test_what_a_file_does_not_have_is_not_recorded() -> None:
    assert LocalFile(blob="b", source="/b", size=1).to_json() == {"blob": "b", "source": "/b", "size": 1}
    assert LocalInputs(files={}, tables={}).to_json() == {"files": {}, "tables": {}}


def test_a_path_starts_at_the_folder_of_the_file_that_it_is_written_in() -> None:
    required = RequiredInputs(folder=Path("/r"), uploads=(), tables=(), folders={"part.yaml": Path("/r/parts")})
    assert required.folder_of(SourcePosition("part.yaml", 1, 1)) == Path("/r/parts")
    assert required.folder_of(SourcePosition("r.yaml", 1, 1)) == Path("/r")
