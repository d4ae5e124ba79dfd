"""The one exception that the library raises."""

from collections.abc import Iterable
from enum import StrEnum


class Problem(StrEnum):
    """What is the matter, for programs."""

    MISSING = "missing"
    """There is no such import, context or kubeconfig, or nothing at all to load."""
    AMBIGUOUS = "ambiguous"
    """There are several, and none was chosen by its name."""
    UNUSABLE = "unusable"
    """It is there and can't be used: a file is missing, malformed or unreadable."""


class ServiceAccountImportError(Exception):
    """One sentence: which file or name can't be used, why, and what to do next; never a token."""

    def __init__(
        self, message: str, problem: Problem = Problem.UNUSABLE, names: Iterable[str] = ()
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.names = tuple(names)
        """The names that can be loaded instead, sorted, where the sentence lists them."""
