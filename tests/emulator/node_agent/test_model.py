from __future__ import annotations

from recipebatch.emulator.node_agent.model import Failure, OutputFile, ResourceFile

SECRET = "https://blobs.example/c?sig=secret"


def test_a_resource_file_is_read_from_its_rest_form() -> None:
    file = ResourceFile.from_json({"httpUrl": SECRET, "filePath": "a", "fileMode": "0755", "identityReference": {}})
    assert file == ResourceFile(http_url=SECRET, file_path="a", file_mode="0755")
    container = ResourceFile.from_json({"storageContainerUrl": SECRET, "blobPrefix": "in/"})
    assert container == ResourceFile(storage_container_url=SECRET, blob_prefix="in/")
    assert "secret" not in repr((file, container))


def test_an_output_file_is_read_from_its_rest_form() -> None:
    document = {
        "filePattern": "*.txt",
        "destination": {
            "container": {
                "containerUrl": SECRET,
                "path": "out",
                "uploadHeaders": [{"name": "x-ms-blob-content-type", "value": "text/plain"}, {"name": "x-ms-meta-a"}],
            }
        },
        "uploadOptions": {"uploadCondition": "TaskSuccess"},
    }
    file = OutputFile.from_json(document)
    assert (file.file_pattern, file.container_url, file.path) == ("*.txt", SECRET, "out")
    assert file.upload_headers == (("x-ms-blob-content-type", "text/plain"), ("x-ms-meta-a", ""))
    assert file.upload_condition == "tasksuccess"
    assert "secret" not in repr(file)


def test_an_output_file_is_uploaded_whatever_the_outcome_unless_it_says_so() -> None:
    file = OutputFile.from_json({"filePattern": "a", "destination": {"container": {"containerUrl": SECRET}}})
    assert (file.path, file.upload_headers, file.upload_condition) == (None, (), "taskcompletion")


def test_a_failure_has_details_only_if_there_are_some() -> None:
    failure = Failure(category="UserError", code="C", message="M")
    assert failure.to_json() == {"category": "UserError", "code": "C", "message": "M"}
    detailed = Failure(category="UserError", code="C", message="M", details=(("a", "b"),))
    assert detailed.to_json()["details"] == [{"name": "a", "value": "b"}]
