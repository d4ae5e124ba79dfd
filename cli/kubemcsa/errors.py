"""The errors of the tool: one whole sentence each, which main.py prints before it exits."""


class KubemcsaError(Exception):
    """The command failed: exit code 1."""


class InputError(KubemcsaError):
    """The command line or a kubeconfig names what can't be used: exit code 2, with the usage."""


class ClusterError(KubemcsaError):
    """A cluster, or the kubeconfig that should lead to it, failed."""

    def __init__(self, message: str, status: int | None = None, cause: str = "") -> None:
        super().__init__(message)
        self.status = status
        """The HTTP status, if there was an answer."""
        self.cause = cause
        """Why there was no answer, without what to do about it; quotes nothing that was sent."""
