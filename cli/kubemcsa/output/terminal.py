"""Lines for terminals, which nothing that a server or an object says can steer."""

import sys


def visible(text: str) -> str:
    """`text` with Python's escapes for what is not printed: controls, line ends, bidi marks."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def show(*lines: str, err: bool = False) -> None:
    """Print lines, each of which stays one, on standard output or standard error."""
    for line in lines:
        print(visible(line), file=sys.stderr if err else sys.stdout, flush=True)
