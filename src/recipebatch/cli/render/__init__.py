"""What commands print for people; each file gives the texts of one subject and is imported by the commands of it."""


def indented(text: str) -> list[str]:
    """The lines of a text, two blanks further in."""
    return [f"  {line}" for line in text.rstrip("\n").split("\n")]
