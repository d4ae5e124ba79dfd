"""Lines for terminals, in which control characters are escapes and do nothing."""

import sys


def visible(text: str) -> str:
    """`text` with Python's escapes for control characters, line ends and bidirectional marks."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def show(*lines: str, err: bool = False) -> None:
    """Print each line as one line, on standard output or standard error."""
    for line in lines:
        print(visible(line), file=sys.stderr if err else sys.stdout, flush=True)
