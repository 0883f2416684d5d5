"""Rules about single texts: secrets, URLs of accounts, and booleans that are no texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding, texts
from recipebatch.recipe import has_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.recipe import Node

_SECRETS = {
    "an account key": re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])"),
    "a connection string": re.compile(r"\b(?:AccountKey|SharedAccessKey|SharedAccessSignature)\s*=\s*[^;\s$]"),
    "a SAS": re.compile(r"(?:^|[?&\s'\"])sig=[A-Za-z0-9%+/=]{6,}"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a client secret": re.compile(r"(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~.-])"),
    "an access token": re.compile(
        r"(?<![\w-])eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bAKIA[0-9A-Z]{16}\b"
    ),
    "a password in a URL": re.compile(r"://[^/\s:@$]+:[^/\s:@$]+@"),
}
"""Kind of secret → its pattern. The key of a storage or Batch account is base64 of 64 bytes."""

_SECRET_NAME = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|(?:API|ACCESS|ACCOUNT|PRIVATE|STORAGE|BATCH)_?KEY)\Z",
    re.IGNORECASE,
)
_SECRET_KEY = re.compile(
    r"(?:PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIALS?|(?:API|ACCESS|ACCOUNT|PRIVATE|STORAGE|BATCH)_?KEY)['\"]?\s*[:=]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"(?<![a-z0-9-])[a-z0-9-]+\.(?:(?:blob|file|queue|table|dfs)\.(?:core\.|storage\.)|(?:[a-z0-9-]+\.)?batch\.(?:azure\.|core\.))"
    r"[a-z]+(?:\.[a-z]+)*",
    re.IGNORECASE,
)
_NEARLY = re.compile(
    r"(?<![${])\{\{(?P<braces>[^{}]{1,200})\}\}|(?<!\$)\$\{(?P<dollar>[^{}]{1,200})\}(?!\})|(?<!\$)\$\((?P<round>[^(){}]{1,200})\)"
)
NEARLY_VARIABLE = re.compile(r"(?<![\\$])\$(?P<name>params|vars|secrets|item|storage)\.[A-Za-z_]\w*")
"""`$params.n`: the shell replaces `$params` and leaves `.n`."""

_SETS = re.compile(
    r"(?:\bfor(?:each)?\s*\(?\s*|\bread\s+(?:-\w+\s+)*|\bas\s+|\bparam\s*\(|--\w+\s+)\$?(?P<named>params|vars|secrets|item|storage)\b"
    r"|(?<![\w.-])\$?(?P<assigned>params|vars|secrets|item|storage)\s*="
)
"""Where a shell, PowerShell or jq gives a value to a variable with the name of a namespace."""

_NAMESPACES = frozenset({"params", "vars", "item", "index", "storage", "task", "run", "secrets", "recipe", "file"})
_BARE = frozenset({"item", "index"})
_NEVER_PROGRAMS = frozenset({"params", "vars", "secrets"})
_MAY_NAME_ACCOUNTS = (("description",), ("azure_file_url",))
"""Texts about accounts: words for people, and the share of a mount, which no container of `storage` can be."""

_ENVIRONMENTS = ("environment_settings", "common_environment_settings")


def secrets(document: Node) -> Iterator[Problem]:
    """Texts that look like secrets; the message never contains them."""
    hint = "use a parameter of type secret, and rotate the secret: it has been exposed"
    for _, node in texts(document):
        for what, shape in _SECRETS.items():
            if shape.search(str(node.value)):
                yield finding(node.at, f"this looks like {what}", "secret-in-recipe", hint)
                break


def holds_secret(line: str) -> bool:
    """Whether a line of a recipe seems to hold a secret, or to give a value to something with the name of one."""
    return any(shape.search(line) for shape in _SECRETS.values()) or _SECRET_KEY.search(line) is not None


def secret_names(document: Node) -> Iterator[Problem]:
    """Environment settings with the name of a secret and a literal value."""
    for path, node in texts(document):
        if len(path) > 1 and path[-2] in _ENVIRONMENTS and _SECRET_NAME.search(path[-1]) and node.value:
            if has_expression(str(node.value)):
                continue
            message = f"{path[-1]} looks like a secret and has a literal value"
            hint = "use ${{ secrets.NAME }} with a parameter of type secret"
            yield finding(node.at, message, "secret-by-name", hint)


def account_urls(document: Node) -> Iterator[Problem]:
    """URLs of storage and Batch accounts."""
    for path, node in texts(document):
        found = _ADDRESS.search(str(node.value))
        if found is not None and path[-1:] not in _MAY_NAME_ACCOUNTS:
            message = f"{found[0]} is the URL of a specific account, so the recipe works with no other"
            hint = "list the container in storage and use ${{ storage.NAME.url }}; accounts belong in accounts.yaml"
            yield finding(node.at, message, "account-address", hint)


def expressions_of_other_tools(document: Node) -> Iterator[Problem]:
    """`{{ params.x }}`, `${params.x}`, `$(params.x)` and `$params.x`: texts that were meant as expressions."""
    own = own_variables(document)
    for path, node in texts(document):
        if path[-1:] == ("description",) or any(key.startswith("x-") for key in path):
            continue
        for found in _NEARLY.finditer(str(node.value)):
            inner = str(found["braces"] or found["dollar"] or found["round"]).strip()
            if _is_meant_as_expression(found, inner):
                message = f"{found[0]} is no expression: it is passed on as it is"
                yield finding(node.at, message, "not-an-expression", f"write ${{{{ {inner} }}}}")
        for found in NEARLY_VARIABLE.finditer(str(node.value)):
            if found["name"] not in own:
                message = f"{found[0]} is no expression: it is passed on as it is"
                yield finding(node.at, message, "not-an-expression", f"write ${{{{ {found[0][1:]} }}}}")


def own_variables(document: Node) -> set[str]:
    """Names that the recipe's commands or environment settings give to variables of the shell."""
    own: set[str] = set()
    for path, node in texts(document):
        own.update(found["named"] or found["assigned"] for found in _SETS.finditer(str(node.value)))
        if len(path) > 1 and path[-2] in _ENVIRONMENTS:
            own.add(path[-1])
    return own


def _is_meant_as_expression(found: re.Match[str], inner: str) -> bool:
    """`${item}` and `$(run.sh)` belong to the shell; `${params.x}` means nothing to it."""
    name, dot, _ = inner.partition(".")
    if found["braces"] is not None:
        return name in _NAMESPACES and bool(dot or name in _BARE)
    return bool(dot) and name in (_NAMESPACES if found["dollar"] is not None else _NEVER_PROGRAMS)


def booleans(document: Node) -> Iterator[Problem]:
    """Booleans among defaults of parameters which are written as `True` or `FALSE`, and are `true` as a text."""
    node = document.get("parameters")
    for boolean, written in _unusual_booleans(node) if node is not None else ():
        message = f"{written} is a boolean here, and {written.lower()} as a text"
        yield finding(boolean.at, message, "boolean-spelling", f'write {written.lower()}, or "{written}" for a text')


def _unusual_booleans(node: Node) -> Iterator[tuple[Node, str]]:
    if node.boolean is not None:
        yield node, node.boolean.written
    for key, entry in node.value.items() if isinstance(node.value, dict) else ():
        if key != "default" or (kind := node.get("type")) is None or kind.value != "boolean":
            yield from _unusual_booleans(entry.value)
    for item in node.items():
        yield from _unusual_booleans(item)


RULES = (secrets, secret_names, account_urls, expressions_of_other_tools, booleans)
