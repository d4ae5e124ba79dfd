"""The error that ends a sync whose import is not Ready."""

from mcsa_core.names import Reason


class NotReadyError(Exception):
    """A reason, its message, and what becomes of the Secret and of the next sync."""

    def __init__(
        self, reason: Reason, message: str, *, keep: bool = True, retry: bool = True, after: int = 0
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.keep = keep
        """Whether the Secret stays as it is observed; if not, it is deleted."""
        self.retry = retry
        """Whether to sync again by a timer, rather than only when an object changes."""
        self.after = after
        """Seconds before which the source is not to be called again."""
