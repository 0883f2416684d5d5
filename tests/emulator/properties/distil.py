"""Makes the tables of properties beside this file from the descriptions of the service.

    python distil.py FOLDER

FOLDER holds `batch-2025-06-01.json`, an extract of the 15.1.0 client, and the official OpenAPI files of the older
versions as `VERSION/BatchService.json`. A table says for each type its properties, each with its type, with `!` at the
end of one that is always there: `str int float bool instant duration map any`, `@Name` an enumeration, `[x]` a list,
another name a type of the table.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
NEWEST = "2025-06-01"
OLDER = ("2024-07-01.20.0", "2024-02-01.19.0")
PLAIN = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "bytes": "str",
    "datetime.datetime": "instant",
    "datetime.timedelta": "duration",
    "dict[str, str]": "map",
    "Any": "any",
}
FORMATS = {"date-time": "instant", "duration": "duration"}


def of_client(text: str) -> str:
    """A type as the extract writes it, in the table's words."""
    if text in PLAIN:
        return PLAIN[text]
    if listed := re.fullmatch(r"list\[(.*)\]", text):
        return f"[{of_client(listed[1])}]"
    if union := re.fullmatch(r"Union\[str, (?:_enums\.)?(\w+)\]", text):
        return f"@{union[1]}"
    return text


def of_openapi(name: str, schema: dict[str, Any], enums: dict[str, list[str]]) -> str:
    """A type as OpenAPI writes it, in the table's words."""
    schema = schema["allOf"][0] if "allOf" in schema else schema
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    kind = schema.get("type", "object")
    if kind == "array":
        return f"[{of_openapi(name, schema['items'], enums)}]"
    if kind == "object":
        return "map"
    if "enum" in schema:
        enum = schema.get("x-ms-enum", {}).get("name", name)
        enums[enum] = [str(value) for value in schema["enum"]]
        return f"@{enum}"
    if kind == "string":
        return FORMATS.get(schema.get("format", ""), "str")
    return {"integer": "int", "number": "float", "boolean": "bool"}[kind]


def table_of_client(document: dict[str, Any]) -> dict[str, Any]:
    """The table of the newest version."""
    types = {}
    for name, model in document["models"].items():
        properties = dict(model["properties"])
        for base in model["bases"]:
            properties = document["models"].get(base, {"properties": {}})["properties"] | properties
        types[name] = {
            key: of_client(found["type"]) + ("!" if found["required"] else "") for key, found in properties.items()
        }
    enums = {name: [entry["value"] for entry in enum["values"]] for name, enum in document["enums"].items()}
    return {"types": types, "enums": enums}


def table_of_openapi(document: dict[str, Any]) -> dict[str, Any]:
    """The table of an older version."""
    types: dict[str, dict[str, str]] = {}
    enums: dict[str, list[str]] = {}
    for name, model in document["definitions"].items():
        if "enum" in model:
            of_openapi(name, model, enums)
            continue
        required = set(model.get("required", ()))
        types[name] = {
            key: of_openapi(key, found, enums) + ("!" if key in required else "")
            for key, found in model.get("properties", {}).items()
        }
    # A reference to an enumeration looks like one to a type.
    for properties in types.values():
        for key, found in properties.items():
            bare = found.strip("[]!")
            if bare in enums and f"@{bare}" not in found:
                properties[key] = found.replace(bare, f"@{bare}")
    return {"types": types, "enums": enums}


def main(folder: Path) -> None:
    """Write one table for each version."""
    tables = {NEWEST: table_of_client(json.loads((folder / f"batch-{NEWEST}.json").read_text(encoding="utf-8")))}
    for version in OLDER:
        source = folder / version / "BatchService.json"
        tables[version] = table_of_openapi(json.loads(source.read_text(encoding="utf-8")))
    for version, table in tables.items():
        text = json.dumps(table, separators=(",", ":"))
        (HERE / f"{version}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
