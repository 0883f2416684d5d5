"""Rules about container images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipebatch.lint.subject import finding, texts
from recipebatch.recipe import has_expression

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipebatch.errors import Problem
    from recipebatch.recipe import Node

_KEYS = ("image_name", "container_image_names", "container_images")


def mutable_tags(document: Node) -> Iterator[Problem]:
    """Container images with the tag `latest`, or without a tag, which means `latest`."""
    for path, node in texts(document):
        text = str(node.value)
        if path[-1:] and path[-1] in _KEYS and not has_expression(text) and _is_mutable(text):
            message = f"container image {text} has a mutable tag"
            yield finding(node.at, message, "latest-image", "use a version tag, such as :1.2, or a digest")


RULES = (mutable_tags,)


def _is_mutable(image: str) -> bool:
    if "@" in image:
        return False
    # A colon before the last slash is the port of a registry.
    _, colon, tag = image.rpartition("/")[2].partition(":")
    return not colon or tag == "latest"
