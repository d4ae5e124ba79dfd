"""The one exception that the library raises."""


class ServiceAccountImportError(Exception):
    """One sentence: which file or name can't be used, why, and what to do next; never a token."""
