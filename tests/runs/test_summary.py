from __future__ import annotations

from dataclasses import replace

from in_memory_run import RECORD

from recipebatch.runs.record import record_from_json
from recipebatch.runs.summary import summary_from_metadata


def test_labels_and_counts_of_tasks_come_back_from_the_metadata() -> None:
    labels = {"project": "a&b = c", "größe": "50 %"}
    record = replace(RECORD, labels=labels, tasks={"active": 0, "succeeded": 2990, "failed": 10})
    metadata = record.to_metadata("created")
    assert all(value.isascii() for value in metadata.values())
    found = summary_from_metadata("r", metadata)
    assert (found.labels, found.tasks) == (labels, {"succeeded": 2990, "failed": 10})
    assert record_from_json(record.to_json(), etag=None).labels == labels
    many = replace(RECORD, labels={f"name{number}": "x" * 50 for number in range(1000)})
    assert 10 < len(summary_from_metadata("r", many.to_metadata("created")).labels) < 1000
    assert len(many.to_metadata("created")["labels"]) < 4096
    assert summary_from_metadata("r", {"tasks": "a=x&b=2&=&", "labels": "%"}).tasks == {"b": 2}
